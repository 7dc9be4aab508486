import type { EffectKind } from '../../system/effect.ts'
import type { Outgoing, Sink } from '../../system/roles.ts'

/** What the suite sends: `n` counts from 1 and tells records apart, `text` may hold any characters. */
export interface SuiteRecord {
  readonly n: number
  readonly text: string
}

/** One target, fresh and empty when made. */
export interface SinkFixture {
  /** A connection of its own to the target, as a restarted process would make it. */
  open(): Promise<OpenedSink>
  /** Everything that the target holds, in any order: a record that was applied twice is there twice. */
  effects(): Promise<readonly SuiteRecord[]>
  /** A text that the target refuses for good. */
  readonly refused?: string | undefined
  /** From now on nothing reaches the target, until `up`. */
  down?(): Promise<void>
  /** Ends `down`. */
  up?(): Promise<void>
  /** From now on the target takes calls and does not answer, until `resume`: then it may answer what has come. */
  stall?(): Promise<void>
  /** Ends `stall`. */
  resume?(): Promise<void>
  /** The next call is carried out by the target, and its answer is lost on the way. */
  loseAnswer?(): Promise<void>
  /** The next call is carried out by the target, and the connection is cut in the midst of its answer. */
  cutAnswer?(): Promise<void>
  /** Cuts the connections to the target, which takes new ones at once. */
  disconnect?(): Promise<void>
  /** Removes everything. All that was opened is closed by then. */
  destroy(): Promise<void>
}

/** A connection of its own. */
export interface OpenedSink {
  /** The sink of the channel that is tried; called once. */
  sink(): Sink
  /** Ends it, after the calls under way. */
  close(): Promise<void>
}

/** What is demanded of it. */
export interface SinkCapabilities {
  /** As the channel declares it. */
  readonly effect: EffectKind
  /** Characters of the longest text that is tried; it must be held whole, or refused. Default 1,000,000. */
  readonly longest?: number
}

export interface SinkSubject {
  readonly make: () => Promise<SinkFixture>
  readonly capabilities: SinkCapabilities
}

/** Records `first` to `last` on their way, each with an effect key of its own. */
export function items(first: number, last: number, text = 'text, "quoted"; 中文'): Outgoing<SuiteRecord>[] {
  return Array.from({ length: last - first + 1 }, (_, index) =>
    item(first + index, `${first + index} ${text}`),
  )
}

export function item(n: number, text: string): Outgoing<SuiteRecord> {
  return {
    data: { n, text },
    effectKey: `effect-${n}`,
    key: `key-${n}`,
    messageId: `message-${n}`,
    attempt: 1,
  }
}
