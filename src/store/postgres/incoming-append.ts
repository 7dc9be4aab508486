import type { Append } from '../store.ts'
import { eventJson } from '../stream-chain.ts'
import type { StreamName } from '../streams.ts'
import type { AcceptCall } from './incoming.ts'
import { acceptCall } from './incoming.ts'

/** A call of `append` in the words of the tables, put so when it is asked: what cannot be said fails by itself. */
export interface AppendCall {
  readonly token: number
  readonly appends: readonly IncomingAppend[]
}

export interface IncomingAppend extends StreamName, Pick<Append, 'version' | 'state' | 'open'> {
  /** JSON, as the snapshot is. */
  readonly events: readonly string[]
  /** Milliseconds since 1970 UTC: of the first and the last of `events`. */
  readonly began: number
  readonly changed: number
  readonly snapshot: string | undefined
  readonly accept: AcceptCall
  /** About what it takes on the disk. */
  readonly bytes: number
}

export function appendCall(appends: readonly Append[], token: number): AppendCall {
  return { token, appends: appends.map(incoming) }
}

function incoming({ kind, key, version, state, open, ...append }: Append): IncomingAppend {
  const events = append.events.map(eventJson)
  const snapshot = append.snapshot === undefined ? undefined : JSON.stringify(append.snapshot)
  const accept = acceptCall(append.messages ?? [], undefined)
  const sizes = [...events, snapshot ?? ''].map(each => each.length + 100)
  for (const { bytes, rows } of accept.messages) sizes.push(bytes * rows.length)
  return {
    ...{ kind, key, version, state, open, events, snapshot, accept },
    began: append.events[0]?.at ?? 0,
    changed: append.events.at(-1)?.at ?? 0,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  }
}
