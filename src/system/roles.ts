import type { Json } from '../message/json-value.ts'
import type { Delivery, Position } from '../message/message.ts'
import type { SinkChannel } from './channel.ts'
import type { TraceContext } from './trace-context.ts'

/**
 * Delivers messages. `run` reads until the signal aborts and then resolves, having no delivery under way; it rejects
 * when the source stops working, and is called again by the engine after a pause. It takes up from
 * `intake.position()`, acknowledges towards the source only what `intake.accept` has resolved for, and waits for it:
 * that waiting is the back-pressure.
 */
export interface Source {
  run(intake: Intake, signal: AbortSignal): Promise<void>
  /**
   * Hands over what is there now, from its beginning, for looking at data: nothing is taken away, claimed, acknowledged or
   * marked, so that a source that runs is not disturbed. Absent where the technology does not allow that.
   */
  peek?(signal: AbortSignal): AsyncIterable<readonly Delivery[]>
}

export interface Intake {
  /**
   * Resolves when every delivery is durable. `position`, if given, is stored in the same transaction: the place after
   * these deliveries. Rejects with ADMISSION-CLOSED (`retryAfter` in milliseconds) when nothing can be taken now; then
   * nothing of the call was kept. May be called concurrently only without a position.
   */
  accept(deliveries: readonly Delivery[], options?: AcceptOptions): Promise<Receipt[]>
  /** The last stored position, or undefined at the very first start. */
  position(): Promise<Position | undefined>
}

export interface AcceptOptions {
  readonly position?: Position | undefined
  /**
   * What to do with a delivery whose id is known with other content: `park` keeps it, set aside for a person
   * (the default); `refuse` keeps nothing of it, for a source that can tell its caller.
   */
  readonly conflict?: 'park' | 'refuse' | undefined
}

/** `id` is that of the message that stands: for a duplicate the first one's. */
export interface Receipt {
  readonly status: 'accepted' | 'duplicate' | 'conflict'
  readonly id: string
}

/**
 * Accepts messages. `write` answers per item, in order; items of one call have different keys and may be applied in
 * any order, but an item that answered `ok: false` must have had no effect unless its error says TARGET-UNANSWERED.
 * When it rejects, the error stands for every item. An item may come again with the same effect key: after a failure,
 * or after a crash although it had succeeded.
 */
export interface Sink<T = unknown> {
  write(items: readonly Outgoing<T>[], signal: AbortSignal): Promise<Answer[]>
  probe?(item: Outgoing<T>, signal: AbortSignal): Promise<Probed>
  /** Most items in one call; 1 if absent. */
  readonly batch?: number
  /** Most calls at a time; 1 if absent. */
  readonly concurrency?: number
}

/** Answers. The same promises as a sink's, with a result in each answer. */
export interface Requester<I = unknown, O = unknown> {
  ask(items: readonly Outgoing<I>[], signal: AbortSignal): Promise<Answer<O>[]>
  probe?(item: Outgoing<I>, signal: AbortSignal): Promise<Probed<O>>
  readonly batch?: number
  readonly concurrency?: number
}

/** One message on its way to a channel. */
export interface Outgoing<T = unknown> {
  readonly data: T
  /** Stable over attempts, restarts and releases, and different for any two effects: the idempotency key. */
  readonly effectKey: string
  /** The ordering and business key. */
  readonly key: string
  /** Id of the message in Isthmus. */
  readonly messageId: string
  /** 1 for the first attempt. */
  readonly attempt: number
  /** The trace it belongs to, for protocols that can say so; see `traceHeaders`. */
  readonly trace?: TraceContext | undefined
}

/**
 * `result` is kept for ever as the recorded result: small, and without secrets. An error that is not an IsthmusError
 * is retried where the effect contract allows that.
 */
export type Answer<O = Json | undefined> =
  | { readonly ok: true; readonly result?: O }
  | { readonly ok: false; readonly error: unknown }

/** What a probe found: the call happened (with its result), it did not, or that cannot be told. */
export type Probed<O = Json | undefined> =
  | { readonly outcome: 'done'; readonly result?: O }
  | { readonly outcome: 'absent' | 'unknown' }

/**
 * A database that can promise to commit: it votes in two-phase commit. A branch is the part that one participant has in
 * a transaction; its id is unique for ever, and begins with a prefix by which an Isthmus knows its own.
 */
export interface Participant {
  /**
   * Does the work of a branch in a transaction of its own, together with its marker (a row that holds the branch's id,
   * and one with its effect key), and promises to commit it. When it rejects nothing is promised and nothing done,
   * unless the error says TARGET-UNANSWERED: then a promise may stand, or may still come to stand, under this id.
   */
  prepare(branch: Branch, signal: AbortSignal): Promise<Vote>
  /**
   * Keeps a promise or takes it back, and tells what became of the branch in the end, whoever ended it: read from its
   * marker, where no promise stands. May be repeated. Where a connection that is still open, though nobody is at its
   * other end, keeps the branch from being ended, the participant finds it by the branch's id and closes it. Rejects
   * while that cannot be told.
   */
  end(id: string, how: 'commit' | 'roll back'): Promise<'committed' | 'rolled back'>
  /** The branches whose promise stands and whose id begins with `prefix`. */
  prepared(prefix: string): Promise<readonly PreparedBranch[]>
  /** What keeps this database from taking part, and what to do about it; empty if nothing does. */
  unfit(): Promise<readonly string[]>
}

export interface Branch {
  readonly id: string
  /** Of the transaction; the same in all its branches and whenever it is tried again, under another id. */
  readonly effectKey: string
  readonly work: readonly BranchWork[]
  /** No other participant takes part: the work is committed at once, and voted `committed`. */
  readonly alone: boolean
}

export interface BranchWork {
  readonly channel: SinkChannel<unknown>
  readonly data: unknown
}

/**
 * `read only`: nothing was changed, and nothing is to be ended. `committed`: it was done at once. `known`: an earlier
 * transaction of this effect key was committed, and nothing was done.
 */
export interface Vote {
  readonly vote: 'prepared' | 'read only' | 'committed' | 'known'
}

export interface PreparedBranch {
  readonly id: string
  /** Milliseconds since 1970 UTC, where the database tells it. */
  readonly since?: number | undefined
  /** What it locks, in words for people, where the database tells it. */
  readonly holds?: string | undefined
}
