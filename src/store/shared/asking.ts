import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import type { Party, ShareClock } from './party.ts'

interface Asked {
  readonly lease: string
  readonly request: Json
  /** Who has been asked. */
  by?: Party
  resolve(answer: Json): void
  reject(error: unknown): void
}

/** Brings requests to whoever holds a lease. */
export class Asking {
  readonly #holder: (lease: string) => Party | undefined
  readonly #clock: ShareClock
  readonly #waiting = new Set<Asked>()

  /** `holder`: the member that holds a lease and lives. */
  constructor(holder: (lease: string) => Party | undefined, clock: ShareClock) {
    this.#holder = holder
    this.#clock = clock
  }

  async ask(lease: string, request: Json, patience: number, signal?: AbortSignal): Promise<Json> {
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<Json>()
    const asked: Asked = { lease, request, resolve, reject }
    const cancel = this.#clock.after(patience, () => reject(silent(lease, patience)))
    const abort = () => reject(signal?.reason)
    signal?.addEventListener('abort', abort)
    this.#waiting.add(asked)
    this.#bring(asked)
    try {
      return await promise
    } finally {
      cancel()
      signal?.removeEventListener('abort', abort)
      this.#waiting.delete(asked)
    }
  }

  /** To be called when leases have changed hands: what is not answered is asked of the new holders. */
  again(): void {
    for (const asked of this.#waiting) this.#bring(asked)
  }

  #bring(asked: Asked): void {
    const { lease, request } = asked
    const holder = this.#holder(lease)
    if (holder?.handler === undefined || holder === asked.by) return
    asked.by = holder
    holder.handler(lease, request).then(asked.resolve, error => {
      // Who has lost the lease does not refuse in the name of the one who holds it now.
      if (this.#holder(lease) === holder) asked.reject(error)
    })
  }
}

function silent(lease: string, ms: number): IsthmusError {
  return new IsthmusError('MEMBER-SILENT', `nobody who holds ${lease} has answered for ${ms / 1000} s`)
}
