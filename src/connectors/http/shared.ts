import { IsthmusError } from '../../errors.ts'

/** A thing that is obtained when first needed, and again after it was dropped: once, for all who wait. */
export class Shared<T extends object> {
  readonly #obtain: () => Promise<T>
  #obtaining: Promise<T> | undefined
  #current: T | undefined

  constructor(obtain: () => Promise<T>) {
    this.#obtain = obtain
  }

  /** Rejects with TARGET-UNAVAILABLE on abort; what is under way goes on, since others may wait for it. */
  get(signal: AbortSignal): Promise<T> {
    this.#obtaining ??= this.#begin()
    return unlessAborted(this.#obtaining, signal)
  }

  /** `used` is of no use any more. What took its place already stays. */
  drop(used: T): void {
    if (this.#current !== used) return
    this.#current = undefined
    this.#obtaining = undefined
  }

  /** What failed is not kept, so that the next one tries anew. */
  async #begin(): Promise<T> {
    try {
      this.#current = await this.#obtain()
      return this.#current
    } catch (error) {
      this.#obtaining = undefined
      throw error
    }
  }
}

/**
 * The error of a login as it concerns the call that needed it. Whatever became of the login, no message was sent: none
 * is in doubt, and a refusal would meet each of them.
 */
export function loginFailure(error: unknown): unknown {
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
