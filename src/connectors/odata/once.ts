import { IsthmusError } from '../../errors.ts'

/** What is fetched when first needed, once for all who wait, and anew after it failed or was given up. */
export class Once<T> {
  readonly #fetch: () => Promise<T>
  #fetching: Promise<T> | undefined
  #value: T | undefined

  /** `fetch` is not aborted, since others may wait for it. */
  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch
  }

  get isThere(): boolean {
    return this.#value !== undefined
  }

  /** Rejects with TARGET-UNAVAILABLE on abort. */
  get(signal: AbortSignal): Promise<T> {
    this.#fetching ??= this.#begin()
    return unlessAborted(this.#fetching, signal)
  }

  /** `used` is of no use any more; what was fetched since stays. */
  giveUp(used: T): void {
    if (this.#value !== used) return
    this.#fetching = undefined
    this.#value = undefined
  }

  async #begin(): Promise<T> {
    try {
      this.#value = await this.#fetch()
      return this.#value
    } catch (error) {
      this.#fetching = undefined
      throw beforehand(error)
    }
  }
}

/** Whatever became of it, no message was sent: none is in doubt, and a refusal would meet each of them. */
function beforehand(error: unknown): unknown {
  if (!(error instanceof IsthmusError) || error.fate === 'pause') return error
  const again = error.fate === 'retry' || error.fate === 'doubt'
  const { detail, retryAfter } = error
  return new IsthmusError(again ? 'TARGET-UNAVAILABLE' : 'CONFIG-INVALID', error.message, {
    cause: error,
    detail,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new IsthmusError('TARGET-UNAVAILABLE', 'given up before anything was sent'))
    const done = () => signal.removeEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(done)
  })
}
