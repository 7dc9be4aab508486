import type { Host } from '../host.ts'

/** Fills with `perSecond` tokens a second up to `burst`, and is full at the begin. */
export class TokenBucket {
  readonly #host: Host
  #perSecond: number
  #burst: number
  #tokens: number
  #at: number

  constructor(host: Host, rate: { readonly perSecond: number; readonly burst: number }) {
    this.#host = host
    this.#perSecond = rate.perSecond
    this.#burst = rate.burst
    this.#tokens = rate.burst
    this.#at = host.monotonic()
  }

  /** From now on it fills so quickly. */
  set rate(rate: { readonly perSecond: number; readonly burst: number }) {
    this.#fill()
    this.#perSecond = rate.perSecond
    this.#burst = rate.burst
    this.#tokens = Math.min(this.#tokens, this.#burst)
  }

  /** Takes one, if there is one. */
  take(): boolean {
    this.#fill()
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  add(tokens: number): void {
    this.#fill()
    this.#tokens = Math.min(this.#burst, this.#tokens + tokens)
  }

  /** Milliseconds until there is one; a little more, so that rounding does not find it missing. */
  get wait(): number {
    this.#fill()
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000) + 1
  }

  #fill(): void {
    const now = this.#host.monotonic()
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond)
    this.#at = now
  }
}
