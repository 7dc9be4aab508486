/** Failures that cost nothing, and the longest wait after more of them, in milliseconds. */
interface Limit {
  readonly free: number
  readonly longest: number
}

const minute = 60_000

/**
 * By whom a login is tried. Someone who guesses is stopped by `attempt` and `address`; who guesses from many addresses, by
 * `stranger`, which does not count for browsers from which the account has logged in before (`device`), so that
 * nobody can lock its owner out. Source: OWASP, device cookies.
 */
const limits = {
  attempt: { free: 5, longest: 15 * minute },
  address: { free: 30, longest: 15 * minute },
  stranger: { free: 50, longest: minute },
  device: { free: 10, longest: 15 * minute },
} as const satisfies Record<string, Limit>

export interface LoginAttempt {
  readonly name: string
  readonly address: string
  /** Known from an earlier login to this account. */
  readonly device: string | undefined
}

/** In memory: a restart forgives. */
const remembered = 10_000

export class LoginLimits {
  readonly #failures = new Map<string, { count: number; last: number }>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Milliseconds until the next attempt is looked at; 0 for at once. */
  wait(attempt: LoginAttempt): number {
    return Math.max(...bucketsOf(attempt).map(({ key, limit }) => this.#waitOf(key, limit)))
  }

  failed(attempt: LoginAttempt): void {
    for (const { key, limit } of bucketsOf(attempt)) {
      const { count, last } = this.#failures.get(key) ?? { count: 0, last: 0 }
      // Twice the longest wait without a failure, and all is forgotten.
      const fresh = this.#now() - last > 2 * limit.longest
      this.#failures.delete(key)
      this.#failures.set(key, { count: fresh ? 1 : count + 1, last: this.#now() })
    }
    for (const key of this.#failures.keys()) {
      if (this.#failures.size <= remembered) break
      this.#failures.delete(key)
    }
  }

  succeeded({ name, address, device }: LoginAttempt): void {
    this.#failures.delete(`attempt ${address} ${name}`)
    if (device !== undefined) this.#failures.delete(`device ${device} ${name}`)
  }

  #waitOf(key: string, { free, longest }: Limit): number {
    const { count, last } = this.#failures.get(key) ?? { count: 0, last: 0 }
    if (count < free) return 0
    const wait = Math.min(longest, 1_000 * 2 ** Math.min(count - free, 20))
    return Math.max(0, last + wait - this.#now())
  }
}

function bucketsOf({ name, address, device }: LoginAttempt) {
  if (device !== undefined) return [{ key: `device ${device} ${name}`, limit: limits.device }]
  return [
    { key: `attempt ${address} ${name}`, limit: limits.attempt },
    { key: `address ${address}`, limit: limits.address },
    { key: `stranger ${name}`, limit: limits.stranger },
  ]
}
