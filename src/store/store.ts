import type { Json } from '../message/json-value.ts'
import type { Membership, NewMember, Standing } from './members.ts'
import type { StreamAppend, StreamReader } from './streams.ts'

/**
 * The database behind journal and progress. The engine is its only writer of messages; a store keeps what it is given
 * and knows nothing of flows but their names.
 *
 * Words: `seq` numbers the messages of one flow 1, 2, 3, ... without a gap, in the order in which their acceptance
 * became durable: a reader that has seen `seq` n has seen every lower one. A *partition* is a share of the keys of all flows;
 * each is worked off by one worker at a time, which shows by its fencing token that it still may.
 */
export interface Store {
  /**
   * Takes the whole store for oneself. Throws STORE-IN-USE while another process owns it or members work on it.
   * Ownership ends with close or the process.
   */
  claim(owner: string, options?: ClaimOptions): Promise<Claim>
  /**
   * Joins those who work on the store together; absent where there is room for one process only. `partitions` counts
   * only when the store is made by this call, or has never had a message: 16 if absent. Throws STORE-IN-USE while somebody has claimed it.
   */
  join?(member: NewMember, options?: JoinOptions): Promise<Membership>
  /**
   * Appends messages, each all or nothing, in the given order. Resolves when they are durable (synced); what was
   * asked for in the meantime shares one sync. The position is stored in the same transaction, also when every
   * message is a duplicate, and not at all if it says so and a message is a conflict. A rejection with STORE-FULL or STORE-UNAVAILABLE means that nothing was kept;
   * STORE-FAILED that it is unknown.
   */
  accept(messages: readonly NewMessage[], position?: SourcePosition): Promise<Accepted[]>
  /**
   * Records what became of messages, in one durable transaction for the whole settlement. Rejected as a whole with
   * STORE-FENCED if the token is neither the owner's nor that of a lease that is held. May be repeated after a failure: the same settlement twice is once.
   */
  settle(settlement: Settlement): Promise<void>
  /**
   * Appends to streams, each append all or nothing and none bound to the others. Resolves when what was appended is
   * durable; what was asked for in the meantime shares one sync. An append to a stream that has gone on since
   * `version` is answered by a conflict and changes nothing. Rejects with STORE-FENCED if the token is neither the owner's
   * nor that of a lease that is held or of a member that lives,
   * with STORE-FULL or STORE-UNAVAILABLE when nothing was kept, with STORE-FAILED when that is not known.
   */
  append(appends: readonly Append[], token: number): Promise<Appended[]>
  /**
   * Removes finished messages accepted before `limits.before`, or, oldest first, while the store holds more than
   * `limits.bytes`, identities older than `limits.identitiesBefore`, and closed streams that changed last before
   * `limits.before`; at most a few thousand rows a call, or a part of the journal as a whole: such messages may stay an
   * eighth of their time longer, and of `limits.bytes` an eighth more may go. Gives how many messages and streams went:
   * call again until 0.
   * Never touches an unfinished message or an open stream.
   */
  retire(limits: RetireLimits): Promise<number>
  /** Reading needs no claim: it works beside a running owner and on a stopped store. Each call sees one moment. */
  readonly read: StoreReader
  /**
   * Waits for what was asked and gives up ownership. The next claim is `clean`, unless it is said that this one ended
   * `unclean`: then what was running before this claim is still to be looked after.
   */
  close(how?: 'clean' | 'unclean'): Promise<void>
}

export interface ClaimOptions {
  /** In how many shares the keys are to be divided. Counts only while an embedded store has never had a message: 1 if absent. */
  readonly partitions?: number | undefined
}

export interface JoinOptions {
  readonly partitions?: number | undefined
  /** Milliseconds; `leaseTime` if absent. */
  readonly lease?: number | undefined
}

export interface Claim {
  /** Grows with every claim of this store; every settlement carries it. */
  readonly token: number
  /** False when the owner before did not close: its running messages may have met a crash. */
  readonly clean: boolean
  /** In how many shares the keys are divided; 1 if absent. Fixed when the store was made. */
  readonly partitions?: number | undefined
}

/** One message for one flow. Messages that come from one delivery to several flows share id and identity. */
export interface NewMessage {
  readonly flows: readonly FlowAddress[]
  readonly id: string
  /** Everything of the message but its body: kept as it is. */
  readonly head: MessageHead
  readonly body: Uint8Array
  /** Milliseconds since 1970 UTC. */
  readonly acceptedAt: number
  /** Accept once: a second message of this name is a duplicate, or a conflict if its body differs. */
  readonly identity?: string | undefined
}

export interface FlowAddress {
  readonly flow: string
  readonly partition: number
  readonly key: string
}

export interface MessageHead {
  readonly source: string
  readonly type: string
  readonly time: number
  readonly subject?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly contentType: string
  /** What makes two deliveries of this source the same message, where something does. Part of its effect keys. */
  readonly identity?: string | undefined
  readonly cause?: string | undefined
  /** Where it belongs in a trace. Source: W3C Trace Context. */
  readonly trace?: { readonly traceparent: string; readonly tracestate?: string | undefined } | undefined
  /** There when a person let a message that had ended run once more: this is that run. */
  readonly replay?: Replay | undefined
  /** Why the message cannot run: it is parked when its turn comes. */
  readonly defect?: { readonly code: string; readonly reason: string } | undefined
}

/** A message of the same flow that runs again, and what it begins with. */
export interface Replay {
  readonly seq: number
  readonly by: string
  readonly why?: string | undefined
  /** The name in its effect keys, which are thus those of that message; without one they are its own. */
  readonly name?: readonly string[] | undefined
  /** What is taken as done, what the targets are asked about first, and data that a person had put in. */
  readonly start: Pick<Unfinished, 'results' | 'sent' | 'edited'>
}

/** `id` is the message that stands: for a duplicate or a conflict the first one. `seqs` are in the order of `flows`. */
export type Accepted =
  | { readonly status: 'accepted'; readonly id: string; readonly seqs: readonly number[] }
  | { readonly status: 'duplicate' | 'conflict'; readonly id: string }

export interface Append extends StreamAppend {
  /** Accepted in the same transaction (outbox): there if and only if the events are. */
  readonly messages?: readonly NewMessage[] | undefined
}

/** `version` is how many events the stream has now; `accepted` is in the order of `messages`. */
export type Appended =
  | { readonly status: 'appended'; readonly version: number; readonly accepted: readonly Accepted[] }
  | { readonly status: 'conflict'; readonly version: number }

export interface SourcePosition {
  readonly source: string
  readonly position: Json
  /** Stored only if no message of the same call is a conflict. */
  readonly unlessConflict?: boolean | undefined
  /** Of the lease of the source, where it has one: the call is rejected with STORE-FENCED once that is lost. */
  readonly token?: number | undefined
}

/** A message of one flow as the journal holds it. */
export interface Entry extends FlowAddress {
  readonly seq: number
  readonly id: string
  readonly head: MessageHead
  readonly body: Uint8Array
  readonly acceptedAt: number
}

export interface Settlement {
  readonly flow: string
  readonly partition: number
  readonly token: number
  /** Every message of the partition up to here is settled or unfinished (has a row below). Never moves back. */
  readonly cursor: number
  /** Messages that ended. Their unfinished rows, if any, go. A message that has ended already is left as it was. */
  readonly settled: readonly Settled[]
  /** Messages that go on later: the row replaces the one before. */
  readonly unfinished: readonly Unfinished[]
}

export interface Settled {
  readonly seq: number
  readonly outcome: 'delivered' | 'filtered' | 'discarded'
  /** Milliseconds since 1970 UTC. */
  readonly at: number
  readonly attempts: number
  /** What effects answered, by path of the step, where there was something to keep. */
  readonly results?: Results | undefined
  /** Why it was filtered, or who let it run again or discarded it, and why. */
  readonly note?: string | undefined
  readonly edited?: Edited | undefined
}

/** Recorded results of effects by step path (`cost`, or `lines[3].cost` inside a split). Never replaced, never repeated. */
export type Results = Readonly<Record<string, Json>>

/**
 * A message that was begun and is not finished. `retrying` waits until `due`; `held` waits for an earlier message of
 * its key; `parked` and `doubt` wait for a person; `running` is the note written before something that may happen
 * only once: found after a crash, its `sent` effects are in doubt.
 */
export interface Unfinished {
  readonly seq: number
  readonly key: string
  readonly status: 'retrying' | 'held' | 'parked' | 'doubt' | 'running'
  readonly attempts: number
  /** Deaths of the process that it may have caused. */
  readonly crashes: number
  /** Milliseconds since 1970 UTC. */
  readonly since: number
  readonly due?: number | undefined
  readonly error?:
    | {
        readonly code: string
        readonly reason: string
        readonly step?: string | undefined
        /** How often in a row this step has failed in a way that is tried again. */
        readonly times?: number | undefined
        /** With which the target answered, where it speaks HTTP. */
        readonly status?: number | undefined
      }
    | undefined
  readonly results?: Results | undefined
  /** Step paths of effects that were sent on channels that must not be repeated, and have no recorded result. */
  readonly sent?: readonly string[] | undefined
  readonly edited?: Edited | undefined
  /** Who let it run again, and why; the oldest first. */
  readonly decisions?:
    | readonly {
        readonly do: string
        readonly by: string
        readonly why?: string | undefined
        readonly at: number
      }[]
    | undefined
}

/** Data that a person put in the place of a message's own. */
export interface Edited {
  readonly data: Json
  readonly by: string
  readonly at: number
  readonly why?: string | undefined
  /** What was put in before, the oldest first. */
  readonly earlier?: readonly Pick<Edited, 'data' | 'by' | 'at' | 'why'>[] | undefined
  /** By path of an effect that had been tried: how often a person has changed its data. */
  readonly renewed?: Readonly<Record<string, number>> | undefined
}

export interface RetireLimits {
  readonly before?: number | undefined
  readonly bytes?: number | undefined
  readonly identitiesBefore?: number | undefined
}

export interface StoreReader {
  /** Every flow that has ever had a message. */
  flows(): Promise<FlowState[]>
  /** The highest `seq` given of every flow that has ever had a message: cheap enough to be asked each second. */
  heads(): Promise<{ readonly flow: string; readonly head: number }[]>
  /** Messages in order of `seq`, at most `limit` and about `bytes` (always at least one if there is one). */
  entries(query: EntryQuery): Promise<Entry[]>
  /** Unfinished messages in order of `seq`. */
  unfinished(query: UnfinishedQuery): Promise<UnfinishedEntry[]>
  /** What is recorded of ended messages with `from` <= seq <= `to`, in order of `seq`. */
  settled(query: { readonly flow: string; readonly from: number; readonly to: number }): Promise<Settled[]>
  /**
   * Finds messages by business key, the newest first; a key that is longer than what an index takes is compared as a
   * whole. Looks at every message that is kept but those it says it has not.
   */
  find(query: FindQuery): Promise<Found>
  /** The id of the message that stands for an identity, while that is known; the message itself may have been retired. */
  identified(identity: string): Promise<string | undefined>
  /** The stored position of a source, or undefined. */
  position(source: string): Promise<Json | undefined>
  readonly streams: StreamReader
  /** Who works on the store; nobody where nobody has joined. */
  standing(): Promise<Standing>
  /** Several reads of one and the same moment: the reader given is valid until `use` ends. */
  snapshot<T>(use: (reader: StoreReader) => Promise<T>): Promise<T>
}

export interface FlowState {
  readonly flow: string
  /** The highest `seq` given: so many messages were ever accepted. */
  readonly head: number
  /** Ended messages that retention has removed, by outcome. */
  readonly retired: Readonly<Record<Settled['outcome'], number>>
  /** Of a partition that is not named no message is known to have been dealt with. */
  readonly cursors: readonly { readonly partition: number; readonly cursor: number }[]
  /** How many messages the journal holds, and of these how many are unfinished rows by status. */
  readonly entries: number
  readonly unfinished: Readonly<Record<Unfinished['status'], number>>
  /** Acceptance time of the oldest message that is neither settled nor parked, if there is one. */
  readonly oldestWaiting: number | undefined
}

export interface EntryQuery {
  readonly flow?: string | undefined
  readonly after?: number | undefined
  /** No higher `seq` than this. */
  readonly to?: number | undefined
  readonly partitions?: readonly number[] | undefined
  readonly seqs?: readonly number[] | undefined
  readonly key?: string | undefined
  readonly id?: string | undefined
  readonly limit: number
  readonly bytes?: number | undefined
}

/** By whole keys or by the beginning of one; `after` is `next` of the page before, with the same question. */
export type FindQuery = ({ readonly keys: readonly string[] } | { readonly prefix: string }) & {
  readonly flow?: string | undefined
  readonly limit: number
  readonly after?: string | undefined
}

export interface Found {
  readonly messages: readonly FoundMessage[]
  /** Absent on the last page. */
  readonly next?: string | undefined
  /** So many of the newest messages are not indexed yet and were not looked at. */
  readonly unsearched: number
}

export interface FoundMessage {
  readonly flow: string
  readonly seq: number
  readonly key: string
  readonly id: string
  readonly acceptedAt: number
}

export interface UnfinishedQuery {
  readonly flow: string
  readonly partitions?: readonly number[] | undefined
  readonly status?: readonly Unfinished['status'][] | undefined
  readonly key?: string | undefined
  readonly after?: number | undefined
  readonly limit: number
}

export interface UnfinishedEntry extends Unfinished {
  readonly partition: number
}
