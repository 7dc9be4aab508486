import type { EventOptions } from '../../message/cloud-event.ts'
import type { Codec } from '../../message/codec/codec.ts'
import type { Model } from '../../model/model.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import type { Outgoing } from '../../system/roles.ts'
import type { Setting } from '../../system/setting.ts'
import type { HttpOptions } from '../http/config.ts'
import type { Outcome, Outcomes } from '../http/outcome.ts'
import type { Query, Scalar } from '../http/path.ts'
import type { Multipart } from './multipart.ts'
import type { Pages } from './pages.ts'
import type { Signature } from './signature.ts'
import type { Where } from './where.ts'

/** What a REST system says of itself. */
export interface RestOptions extends HttpOptions {
  /** http or https; its path stands before the paths of channels. Default: none, for a system that only calls us. */
  readonly url?: Setting | undefined
  /** How many redirects within the origin of `url` are followed: 0, the default, to 5. Others never are. */
  readonly redirects?: number | undefined
}

/** How a system calls us. */
export interface WebhookOptions<T = unknown> {
  /**
   * How a caller proves who it is. `unsigned` takes what anybody sends: choose it only on a closed network, or with a
   * `path` that is a secret, and with a `rate`.
   */
  readonly verify: Signature | 'unsigned'
  /** Where the system calls us, at our own listener. Default `/hooks/SYSTEM/NAME`. */
  readonly path?: Setting | undefined
  /** How it calls us. Default `POST`. */
  readonly method?: 'POST' | 'PUT' | undefined
  /**
   * Reads the body, whatever content type the caller claims: but a CloudEvent, also a structured one or a batch, is
   * known by its headers, and its data are read. Default JSON.
   */
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
   * cannot be read (400). By default any body is accepted, and one that does
   * not fit is parked for us to deal with.
   */
  readonly validate?: boolean | undefined
  /** What is done with a known identity that has another body: `refuse` answers 409. Default `park`. */
  readonly conflict?: 'park' | 'refuse' | undefined
  /** Longest body in bytes. Default 1 MiB. */
  readonly limit?: number | undefined
  /** Requests a second, on average; more are answered 429 with Retry-After. Default: as many as come. */
  readonly rate?: number | undefined
}

/** How a list of the system is read, again and again. */
export interface ListOptions<T = unknown> {
  /** Begins with a slash; below the path of `url`. */
  readonly path: string
  /** The same for every request: length of a page, order, filters. Default: none. */
  readonly query?: Query | undefined
  /** The same for every request. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Where the records stand in an answer. Default: the answer is the list. */
  readonly records?: Where | undefined
  /** How the list is divided into pages. Default: one answer holds everything. */
  readonly pages?: Pages | undefined
  /** Reads only what has changed since the last look. Default: everything is read at every look. */
  readonly since?: Since<T> | undefined
  /** What a record is known by in its system. Default: its whole content. */
  readonly key?: ((record: T) => string | number) | undefined
  /** From the end of a look to the begin of the next. Default `1m`. */
  readonly every?: string | undefined
  /** Reads an answer. Default JSON. */
  readonly codec?: Codec | undefined
  /** What statuses mean where that differs from `defaultOutcomes`. Default: nowhere. */
  readonly outcomes?: Outcomes | undefined
  /** Finds the failure in an answer whose status is good. Default: there is none. */
  readonly failure?: Failing | undefined
}

export interface Since<T = unknown> {
  /** The query parameter from whose time on, that time included, the system lists what has changed. */
  readonly parameter: string
  /** When a record was changed last, in milliseconds since 1970 UTC. */
  readonly time: (record: T) => number
  /**
   * How far each look reaches back behind the latest time that was found, for records that appear later than their time
   * says. One that takes longer is missed. Default `5m`.
   */
  readonly overlap?: string | undefined
  /** Writes milliseconds since 1970 UTC as the system wants them. Default: ISO 8601 in UTC, with milliseconds. */
  readonly format?: ((time: number) => string | number) | undefined
}

/** How a system is called. */
export interface CallOptions<T = unknown, K extends EffectKind = EffectKind> {
  /** The method of HTTP. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the path of `url`. Begins with a slash. Parts that come from data are passed through encodeURIComponent. */
  readonly path: string | ((data: T) => string)
  /** Parameters of the query; see `Query`. Default: none. */
  readonly query?: ((data: T) => Query) | undefined
  /** Headers beside those that are sent anyway. What is undefined or null is left out. Default: none. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | ((item: Outgoing<T>) => Readonly<Record<string, Scalar | null | undefined>>)
    | undefined
  /** What is sent; undefined sends nothing. Default: the data itself, and nothing by GET, which never does, and DELETE. */
  readonly body?: ((item: Outgoing<T>) => unknown) | undefined
  /** Writes the body: `json()`, `form()`, `multipart()`, `xml(...)`. Default JSON. */
  readonly codec?: Codec | Multipart | undefined
  /** Reads the answer. Default: `codec`, and JSON beside `form()` and `multipart()`. */
  readonly responseCodec?: Codec | undefined
  /** Makes it a CloudEvent, whose id is the effect key. Default: it is none. */
  readonly event?: EventOptions<T> | undefined
  /** What a repeat of the call does. */
  readonly effect: Effect<K, false>
  /** The header that carries the effect key on idempotent channels. Default `idempotency-key`. */
  readonly idempotencyHeader?: string | undefined
  /** What statuses mean where that differs from `defaultOutcomes`. Default: nowhere. */
  readonly outcomes?: Outcomes | undefined
  /** Finds the failure in an answer whose status is good. Default: there is none. */
  readonly failure?: Failing | undefined
  /** Most calls of this channel at a time. Default 8. */
  readonly concurrency?: number | undefined
}

/**
 * Reads what was answered with a good status: undefined where it is good indeed. `null` is an answer without a body. The
 * reason is for people.
 */
export type Failing = (answer: unknown, status: number) => BusinessFailure | undefined

export interface BusinessFailure {
  /** It decides what becomes of the message, as the outcome of a status does. */
  readonly outcome: Exclude<Outcome, 'ok'>
  /** Shown to people, in one line. Default: none. */
  readonly reason?: string | undefined
}

export interface OperationOptions<I = unknown, O = unknown, K extends EffectKind = EffectKind>
  extends CallOptions<I, K> {
  /** What is asked with. */
  readonly request: Model<I>
  /** What is answered. An answer without a body is null, which it may allow. Default: every answer is null. */
  readonly response?: Model<O> | undefined
  /**
   * The field of the answer that is given what the header `etag` says, for the header `if-match` of a later write. Default:
   * none.
   */
  readonly etag?: string | undefined
}

/**
 * Asks whether a call has happened. A good answer says that it has, if `done` agrees; 404 says that it has not, and so
 * the call is repeated: where a gateway might answer 404 for a target that is away, ask for a list and let `done` look
 * into it. Any other answer tells nothing.
 */
export interface Probe<T = unknown> {
  /** Default `GET`. */
  readonly method?: 'GET' | undefined
  /** Below the path of `url`. */
  readonly path: (item: Outgoing<T>) => string
  /** Parameters of the query. Default: none. */
  readonly query?: ((item: Outgoing<T>) => Query) | undefined
  /** Reads the answer, for `done` and `result`. Default: that of the channel's answers. */
  readonly codec?: Codec | undefined
  /** Whether a good answer says that the call has happened. Default: it does. */
  readonly done?: ((answer: unknown) => boolean) | undefined
}

export interface OperationProbe<I = unknown, O = unknown> extends Probe<I> {
  /** The operation's answer out of the probe's. Default: they are the same. */
  readonly result?: ((answer: unknown) => O) | undefined
}
