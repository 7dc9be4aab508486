import type { IsthmusError } from '../errors.ts'
import type { Accepted, Entry, Settled, Unfinished } from '../store/store.ts'
import type { TraceContext } from '../system/trace-context.ts'

/** Follows messages on their way. Like watchers it must not throw, and cannot change what happens. */
export interface Tracing {
  /** A message is about to be accepted; `parent` is what its source said. */
  accept(source: string, parent: TraceContext | undefined): AcceptTrace
  /** A message is about to run; undefined if it is not followed. */
  run(flow: string, entry: Entry, attempt: number): RunTrace | undefined
}

export interface AcceptTrace {
  /** Is kept with the message. */
  readonly context: TraceContext
  end(outcome: Accepted | Error): void
}

export interface RunTrace {
  /** A step is about to call a channel. `context` goes with the call. */
  call(path: string, channel: string, system: string): CallTrace
  /** What became of the message is about to be made durable. */
  record(): void
  end(
    verdict:
      | { readonly settled: Settled }
      | { readonly unfinished: Unfinished; readonly error: IsthmusError },
  ): void
}

export interface CallTrace {
  readonly context: TraceContext
  end(error: IsthmusError | undefined): void
}
