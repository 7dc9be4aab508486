import type { Setting } from '../../system/setting.ts'
import { loginFailure, Shared } from '../http/shared.ts'
import type { RpcError } from './outcome.ts'
import type { Params } from './protocol.ts'

/** A login whose token goes with every call. `S` is the token: what `token` makes of the result of the login. */
export interface SessionOptions<S = unknown> {
  /** The method that logs in. */
  readonly method: string
  /** Below the path of `url`. Default: `url` itself. */
  readonly path?: string | undefined
  /** Credentials are looked up by `resolve`, never written down in a landscape. */
  readonly params: (resolve: Resolve) => Params
  /** Throws, or gives undefined, null, false or '', where the result is no login. Default: the result itself. */
  readonly token?: ((result: unknown, resolve: Resolve) => S) | undefined
  /** The header that carries the token, which then is text. Else `params` of the channels put it where it belongs. */
  readonly header?: string | undefined
  /** Whether an error says that the token is not valid any more. It must be certain that nothing was done. */
  readonly expired?: ((error: RpcError) => boolean) | undefined
}

export type Resolve = (setting: Setting) => string

/** One login; two of the same token are two objects. */
export interface Opened {
  readonly token: unknown
}

/** Logs in when first needed, and again when told that it expired: once, for all who wait. */
export class Session {
  readonly #logins: Shared<Opened>

  constructor(login: () => Promise<unknown>) {
    this.#logins = new Shared(async () => {
      try {
        return { token: await login() }
      } catch (error) {
        throw loginFailure(error)
      }
    })
  }

  /** Rejects with TARGET-UNAVAILABLE on abort; the login goes on, since others may wait for it. */
  open(signal: AbortSignal): Promise<Opened> {
    return this.#logins.get(signal)
  }

  /** What took the place of `used`, which expired. */
  renew(used: Opened, signal: AbortSignal): Promise<Opened> {
    this.#logins.drop(used)
    return this.open(signal)
  }
}
