import { IsthmusError } from '../../errors.ts'
import type { Setting } from '../../system/setting.ts'
import type { RpcError } from './outcome.ts'
import type { Params } from './protocol.ts'

/** A login whose token goes with every call. `S` is the token: what `token` makes of the result of the login. */
export interface SessionOptions<S = unknown> {
  readonly method: string
  /** Below the path of `url`. */
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
  readonly #login: () => Promise<unknown>
  #opening: Promise<Opened> | undefined
  #opened: Opened | undefined

  constructor(login: () => Promise<unknown>) {
    this.#login = login
  }

  /** Rejects with TARGET-UNAVAILABLE on abort; the login goes on, since others may wait for it. */
  open(signal: AbortSignal): Promise<Opened> {
    this.#opening ??= this.#begin()
    return unlessAborted(this.#opening, signal)
  }

  /** What took the place of `used`, which expired. */
  renew(used: Opened, signal: AbortSignal): Promise<Opened> {
    if (this.#opened === used) {
      this.#opened = undefined
      this.#opening = undefined
    }
    return this.open(signal)
  }

  /** What failed is not kept, so that the next call logs in anew. */
  async #begin(): Promise<Opened> {
    try {
      this.#opened = { token: await this.#login() }
      return this.#opened
    } catch (error) {
      this.#opening = undefined
      throw loginFailure(error)
    }
  }
}

/** Whatever became of a login, no message was sent: none is in doubt, and a refusal would meet each of them. */
function loginFailure(error: unknown): unknown {
  if (!(error instanceof IsthmusError) || error.fate === 'pause') return error
  const again = error.fate === 'retry' || error.fate === 'doubt'
  const { detail, retryAfter } = error
  return new IsthmusError(again ? 'TARGET-UNAVAILABLE' : 'TARGET-CREDENTIALS', `login: ${error.message}`, {
    cause: error,
    detail,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new IsthmusError('TARGET-UNAVAILABLE', 'given up while logging in'))
    const done = () => signal.removeEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(done)
  })
}
