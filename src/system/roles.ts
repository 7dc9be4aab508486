import type { Json } from '../message/json-value.ts'
import type { Delivery, Position } from '../message/message.ts'

/**
 * Delivers messages. `run` reads until the signal aborts and then resolves, having no delivery under way; it rejects
 * when the source stops working, and is called again by the engine after a pause. It takes up from
 * `intake.position()`, acknowledges towards the source only what `intake.accept` has resolved for, and waits for it:
 * that waiting is the back-pressure.
 */
export interface Source {
  run(intake: Intake, signal: AbortSignal): Promise<void>
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
