import type { Host } from '../host.ts'

/**
 * When what one saga waits for is due. Its log says that by the wall clock; while this process lives, the clock that only
 * grows counts from when it is first asked: where the wall clock jumps, nothing is early.
 */
export class Dues {
  readonly #host: Host
  /** By what is waited for: when it is due by the wall clock of then, and by the clock that only grows. */
  readonly #known = new Map<string, { readonly due: number; readonly at: number }>()

  constructor(host: Host) {
    this.#host = host
  }

  /** Milliseconds until then, 0 or less when the time is over. `due` in milliseconds since 1970 UTC. */
  left(id: string, due: number): number {
    const now = this.#host.monotonic()
    const known = this.#known.get(id)
    if (known?.due === due) return known.at - now
    const left = due - this.#host.now()
    this.#known.set(id, { due, at: now + left })
    return left
  }
}
