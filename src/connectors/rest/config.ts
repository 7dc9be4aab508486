import type { Codec } from '../../message/codec/codec.ts'
import type { Model } from '../../model/model.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import type { Outgoing } from '../../system/roles.ts'
import type { Setting } from '../../system/setting.ts'
import type { HttpOptions, Query } from '../http/config.ts'
import type { Outcomes } from '../http/outcome.ts'
import type { Signature } from './signature.ts'

/** What a REST system says of itself. */
export interface RestOptions extends HttpOptions {}

/** How a system calls us. */
export interface WebhookOptions<T = unknown> {
  /**
   * How a caller proves who it is. `unsigned` takes what anybody sends: choose it only on a closed network, or with a
   * `path` that is a secret, and with a `rate`.
   */
  readonly verify: Signature | 'unsigned'
  /** Default `/hooks/SYSTEM/NAME`. */
  readonly path?: Setting | undefined
  readonly method?: 'POST' | 'PUT' | undefined
  /** Reads the body, whatever content type the caller claims. Default JSON. */
  readonly codec?: Codec | undefined
  /**
   * Where the identity of a message stands: in its data, or in the header of this name. Default: `webhook-id` where
   * `hmac` verifies it, else the CloudEvents attributes `ce-source` and `ce-id`.
   */
  readonly id?: ((data: T) => string) | string | undefined
  /** When it happened, in milliseconds since 1970 UTC. Default: the CloudEvents attribute `ce-time`. */
  readonly time?: ((data: T) => number) | undefined
  /**
   * Accepts only what fits the model: a caller whose data does not is told all its problems (422), or where its body
   * cannot be read (400). Else any body is accepted, and one that does not fit is parked for us to deal with.
   */
  readonly validate?: boolean | undefined
  /** `refuse` answers 409 to a known identity with another body, instead of parking it. */
  readonly conflict?: 'park' | 'refuse' | undefined
  /** Longest body in bytes. Default 1 MiB. */
  readonly limit?: number | undefined
  /** Requests a second, on average; more are answered 429 with Retry-After. Default: as many as come. */
  readonly rate?: number | undefined
}

/** How a system is called. */
export interface CallOptions<T = unknown, K extends EffectKind = EffectKind> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Begins with a slash. Parts that come from data are passed through encodeURIComponent. */
  readonly path: string | ((data: T) => string)
  readonly query?: ((data: T) => Query) | undefined
  readonly headers?:
    | Readonly<Record<string, string>>
    | ((item: Outgoing<T>) => Record<string, string>)
    | undefined
  /** What is sent, where that is not the data itself. GET and DELETE send nothing. */
  readonly body?: ((item: Outgoing<T>) => unknown) | undefined
  /** Writes the body. Default JSON. */
  readonly codec?: Codec | undefined
  readonly effect: Effect<K, false>
  /** The header that carries the effect key on idempotent channels. Default `idempotency-key`. */
  readonly idempotencyHeader?: string | undefined
  /** What statuses mean where that differs from `defaultOutcomes`. */
  readonly outcomes?: Outcomes | undefined
  /** Most calls of this channel at a time. Default 8. */
  readonly concurrency?: number | undefined
}

export interface OperationOptions<I = unknown, O = unknown, K extends EffectKind = EffectKind>
  extends CallOptions<I, K> {
  readonly request: Model<I>
  /** Without one the answer is null, and a body is not looked at. */
  readonly response?: Model<O> | undefined
  /** Reads the answer. Default: `codec`. */
  readonly responseCodec?: Codec | undefined
}

/**
 * Asks whether a call has happened. A good answer says that it has, if `done` agrees; 404 says that it has not, and so
 * the call is repeated: where a gateway might answer 404 for a target that is away, ask for a list and let `done` look
 * into it. Any other answer tells nothing.
 */
export interface Probe<T = unknown> {
  readonly method?: 'GET' | undefined
  readonly path: (item: Outgoing<T>) => string
  readonly query?: ((item: Outgoing<T>) => Query) | undefined
  /** Reads the answer, for `done` and `result`. Default: that of the channel's answers. */
  readonly codec?: Codec | undefined
  readonly done?: ((answer: unknown) => boolean) | undefined
}

export interface OperationProbe<I = unknown, O = unknown> extends Probe<I> {
  /** The operation's answer out of the probe's, where they differ. */
  readonly result?: ((answer: unknown) => O) | undefined
}
