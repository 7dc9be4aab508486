import type { Model } from '../../model/model.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import type { Setting } from '../../system/setting.ts'
import type { HttpOptions } from '../http/config.ts'
import type { RpcErrors } from './outcome.ts'
import type { Dialect, Params, Tags } from './protocol.ts'
import type { SessionOptions } from './session.ts'

/** What an RPC system says of itself. `S` is the token of a session. */
export interface RpcOptions<S = undefined> extends HttpOptions {
  /** http or https. Nothing is sent to another origin; redirects are not followed. */
  readonly url: Setting
  /** JSON-RPC 2.0, or XML-RPC. */
  readonly protocol: 'json' | 'xml'
  /** For servers that want a login before the calls. Default: none. */
  readonly session?: SessionOptions<S> | undefined
  /** What errors mean where that differs from `defaultRpcErrors`. */
  readonly errors?: RpcErrors | undefined
  /** How XML-RPC writes nil and i8: as `nil`, or as Apache's `ex:nil`. Both are read. Default `plain`. */
  readonly dialect?: Dialect | undefined
}

/** What `params` is given beside the data. */
export interface CallContext<S = unknown> {
  /** Stable over attempts and restarts: for servers that take an idempotency key among the params. */
  readonly effectKey: string
  /** Of the session; undefined where the system has none. */
  readonly token: S
}

/** How a method is called. */
export interface ProcedureOptions<T = unknown, K extends EffectKind = EffectKind, S = unknown> {
  /** Its name at the server. */
  readonly method: string
  /** Below the path of `url`. */
  readonly path?: string | undefined
  /** Default: the data itself, which is positional if it is a list and else by name. */
  readonly params?: ((data: T, call: CallContext<S>) => Params) | undefined
  /** What a repeated call does. */
  readonly effect: Effect<K, false>
  /** What errors mean where that differs from the system's `errors`. */
  readonly errors?: RpcErrors | undefined
  /** XML-RPC tags of params, by path, where the value alone does not say enough. */
  readonly tags?: Tags | undefined
  /** Most messages in one JSON-RPC batch: 1, the default, for servers that take none. */
  readonly batch?: number | undefined
  /** Most HTTP calls of this channel at a time. Default 8. */
  readonly concurrency?: number | undefined
}

/** How to find out whether a call has happened, when its answer was lost: by another method of the server. */
export interface Probe<T = unknown, S = unknown> {
  /** Its name at the server; it must change nothing. */
  readonly method: string
  /** Below the path of `url`. Default: the url itself. */
  readonly path?: string | undefined
  /** By what it is found: a business key of the data, or the effect key where the call left it at the server. */
  readonly params: (data: T, call: CallContext<S>) => Params
  /** Whether the result says that the call has happened. */
  readonly done: (result: unknown, data: T) => boolean
  /** What errors mean; of one that is `ok` the result is null. Default: as the system's `errors` say. */
  readonly errors?: RpcErrors | undefined
  /** XML-RPC tags of params, by path. Default: none. */
  readonly tags?: Tags | undefined
}

export interface CallProbe<I = unknown, O = unknown, S = unknown> extends Probe<I, S> {
  /** The call's result out of the probe's. Default: they are the same. */
  readonly result?: ((result: unknown) => O) | undefined
}

export interface CallOptions<I = unknown, O = unknown, K extends EffectKind = EffectKind, S = unknown>
  extends ProcedureOptions<I, K, S> {
  /** What the params are made of. */
  readonly request: Model<I>
  /** Without one the result is null, whatever the server says. */
  readonly response?: Model<O> | undefined
}
