import { IsthmusError } from '../../errors.ts'

/** A thing that is obtained when first needed, and again after it was dropped: once, for all who wait. */
export class Shared<T extends object> {
  readonly #obtain: () => Promise<T>
  readonly #waitingFor: string
  #obtaining: Promise<T> | undefined
  #current: T | undefined

  /** `obtain` is not aborted, since others may wait for it. */
  constructor(obtain: () => Promise<T>, waitingFor = 'logging in') {
    this.#obtain = obtain
    this.#waitingFor = waitingFor
  }

  get isThere(): boolean {
    return this.#current !== undefined
  }

  /** Rejects with TARGET-UNAVAILABLE on abort. */
  get(signal: AbortSignal): Promise<T> {
    this.#obtaining ??= this.#begin()
    return unlessAborted(this.#obtaining, signal, `given up while ${this.#waitingFor}`)
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

/** The error of a login as it concerns the call that needed it. */
export function loginFailure(error: unknown): unknown {
  return failureBefore(error, 'TARGET-CREDENTIALS', 'login: ')
}

/**
 * The error of what comes before a call, as it concerns that call. Whatever became of it, no message was sent: none is in
 * doubt, and a refusal, which becomes `refused`, would meet each of them.
 */
export function failureBefore(
  error: unknown,
  refused: 'TARGET-CREDENTIALS' | 'CONFIG-INVALID',
  prefix = '',
): unknown {
  if (!(error instanceof IsthmusError) || error.fate === 'pause') return error
  const again = error.fate === 'retry' || error.fate === 'doubt'
  const { detail, retryAfter } = error
  return new IsthmusError(again ? 'TARGET-UNAVAILABLE' : refused, `${prefix}${error.message}`, {
    cause: error,
    detail,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal, why: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new IsthmusError('TARGET-UNAVAILABLE', why))
    const done = () => signal.removeEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(done)
  })
}
