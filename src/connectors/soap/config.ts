import type { Model } from '../../model/model.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import type { Setting } from '../../system/setting.ts'
import type { HttpOptions } from '../http/config.ts'
import type { Faults, SoapFault } from './fault.ts'
import type { Security } from './security.ts'

/** What a SOAP system says of itself. */
export interface SoapOptions extends HttpOptions {
  /**
   * The file of the WSDL 1.1. `./erp.wsdl` is beside the file that calls `soap`; without `./` it is in the folder that
   * the process works in. What it imports lies beside or below it, or anywhere in that folder. Read when the connection
   * opens. The addresses in it are not looked at.
   */
  readonly wsdl: string
  /** The address that is called: http or https, with its query if it has one. Nothing is sent to another origin. */
  readonly url: Setting
  /** The port of the WSDL whose binding is used: its SOAP version, its actions. Default: the first that has the operation. */
  readonly port?: string | undefined
  /** The WS-Security header of every call: `usernameToken(...)`. Default: none. */
  readonly security?: Security | undefined
  /** SOAP header elements of every call, by name as in `header` of a channel. Credentials are looked up by `resolve`. */
  readonly header?: ((resolve: (setting: Setting) => string) => Headers) | undefined
  /** HTTP headers of every call. Default: none but those that SOAP wants. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** What faults mean where that differs from `defaultFaults`. */
  readonly faults?: Faults | undefined
}

/** By local name, or with the namespace: `{urn:erp}Session`. */
export type Headers = Readonly<Record<string, unknown>>

/** What functions of a channel are given beside the data. */
export interface CallContext {
  /** Stable over attempts and restarts: for operations that take a request id or the like. */
  readonly effectKey: string
}

/** How an operation is called. */
export interface SendOptions<T = unknown, K extends EffectKind = EffectKind> {
  /** Its name in the WSDL. */
  readonly operation: string
  /** Where the WSDL has the operation at several ports. Default: that of the system, else the first. */
  readonly port?: string | undefined
  /** The content of the body's element, as the schema names it. Default: the data itself. */
  readonly body?: ((data: T, call: CallContext) => unknown) | undefined
  /** Elements of the SOAP header. Default: those of the system. */
  readonly header?: ((data: T, call: CallContext) => Headers) | undefined
  /** What a repeated call does. */
  readonly effect: Effect<K, false>
  /** What faults mean where that differs from the system's `faults`. */
  readonly faults?: Faults | undefined
  /** Most calls of this channel at a time. Default 8. */
  readonly concurrency?: number | undefined
}

export interface OperationOptions<I = unknown, O = unknown, K extends EffectKind = EffectKind>
  extends SendOptions<I, K> {
  /** What the body is made of. */
  readonly request: Model<I>
  /** Without one the answer is null, whatever the server says. */
  readonly response?: Model<O> | undefined
  /** What `response` is to fit, made of body and SOAP headers of the answer. Default: the body. */
  readonly result?: ((body: unknown, headers: Headers) => unknown) | undefined
}

/**
 * Asks by another operation whether a call has happened. An answer says that it has, if `done` agrees; a fault tells
 * nothing, unless `absent` says that it means that the call has not happened. Then it is repeated.
 */
export interface Probe<T = unknown> {
  /** Its name in the WSDL. */
  readonly operation: string
  /** Where the WSDL has that operation at several ports. Default: that of the system, else the first. */
  readonly port?: string | undefined
  /** The content of the body, as the schema names it. */
  readonly body: (data: T, call: CallContext) => unknown
  /** Default: whatever is answered. */
  readonly done?: ((answer: unknown) => boolean) | undefined
  /** Default: no fault does. */
  readonly absent?: ((fault: SoapFault) => boolean) | undefined
}

export interface OperationProbe<I = unknown, O = unknown> extends Probe<I> {
  /** The operation's answer out of the probe's, where they differ. */
  readonly result?: ((answer: unknown) => O) | undefined
}
