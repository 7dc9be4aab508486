import type { Json } from '../../message/json-value.ts'
import type { Entry, FlowState, Settled, StoreReader, Unfinished } from '../store.ts'
import type { StreamEvent, StreamHead, StreamName } from '../streams.ts'

/** Messages of a flow that are kept, from the first `seq` to the last without a gap. */
export type Range = readonly [first: number, last: number]

/** What a store holds that no reader of it tells, because nobody but a copy needs it. */
export interface Holdings {
  /** Which messages of a flow are kept, in order. */
  kept(flow: string): Promise<Range[]>
  /** All that were accepted at `since` or later, some thousand at a time, in any order. */
  identities(since: number): AsyncIterable<readonly CopiedIdentity[]>
  positions(): Promise<CopiedPosition[]>
  /** The position of the last event of a stream that was ever given. */
  lastPosition(): Promise<number>
}

export interface CopiedIdentity {
  /** Where the store keeps but a digest of it: that (moved-identity.ts). */
  readonly name: string | Uint8Array
  /** The first `contentBytes` of the SHA-256 digest of the message's body. */
  readonly content: Uint8Array
  /** Of the message that stands for it. */
  readonly id: string
  /** Milliseconds since 1970 UTC. */
  readonly at: number
}

/** 120 bits: what every store has, and can say in its own alphabet without a rest. */
export const contentBytes = 15

export interface CopiedPosition {
  readonly source: string
  readonly position: Json
}

/** Says of a store that it must not be started, and why. `other`: the store where it went, or came from. */
export interface Mark {
  readonly state: 'moved' | 'copying'
  readonly other: string
}

/** Where a copy comes from. Nothing is changed there but the mark. */
export interface Origin {
  /** For people, and to know it again. Holds no secret. */
  readonly place: string
  readonly read: StoreReader
  readonly holdings: Holdings
  mark(): Promise<Mark | undefined>
  setMark(mark: Mark | undefined): Promise<void>
  /** Stops reading. */
  close(): Promise<void>
}

/** Where a copy goes. Durable, and open to be started, after `finish` only. */
export interface Target extends Origin {
  /** Keys are divided in so many shares. */
  readonly partitions: number
  /**
   * Keeps everybody else out, and empties what another copy from the same place has left. Throws STORE-IN-USE, and
   * CLI-USAGE if the store holds anything else.
   */
  begin(from: string): Promise<void>
  /** In order of `seq`, behind all that came before; what is left out between them is retired. */
  entries(flow: string, entries: readonly Entry[]): Promise<void>
  /** Of messages that are there, and of which nothing is recorded yet. */
  settled(flow: string, settled: readonly Settled[]): Promise<void>
  /** Takes messages away, with what is recorded of them. */
  remove(flow: string, seqs: readonly number[]): Promise<void>
  /** Once for each flow, at the end. */
  progress(flow: string, progress: Progress): Promise<void>
  identities(identities: readonly CopiedIdentity[]): Promise<void>
  forgetIdentities(): Promise<void>
  setPositions(positions: readonly CopiedPosition[]): Promise<void>
  /** `events` go on where the stream ends. */
  stream(head: StreamHead, events: readonly StreamEvent[]): Promise<void>
  removeStream(name: StreamName): Promise<void>
  /** All is there: what is counted is written. */
  complete(lastPosition: number): Promise<void>
  /** Makes all durable, and opens the store; `clean` as a claim would have found the origin. */
  finish(clean: boolean): Promise<void>
}

export interface Progress {
  readonly head: number
  readonly retired: FlowState['retired']
  /** Every message up to here has ended or is unfinished, in every partition. */
  readonly cursor: number
  readonly unfinished: readonly Unfinished[]
}
