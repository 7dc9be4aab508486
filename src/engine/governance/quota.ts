import type { Rate } from '../../system/governance.ts'
import type { Host } from '../host.ts'
import { FairQueue } from './fair-queue.ts'
import { TokenBucket } from './token-bucket.ts'

/** Milliseconds over which it is counted how much was sent when the system said that it was too much. */
const counted = 1000

/**
 * How much may be sent: what is declared, and what the system has taught us. After it said "too much", half of what
 * was sent in the last second; then a tenth more every second, until that is twice what had been too much.
 */
export class Quota {
  readonly #host: Host
  readonly #declared: Rate | undefined
  #sharers = 1
  readonly #waiting = new FairQueue()
  #bucket: TokenBucket | undefined
  /** Learned: how much per second now, and at which the lesson is forgotten. */
  #learned: { perSecond: number; readonly over: number } | undefined
  /** When the last lesson was learned. */
  #taught = 0
  #since: number
  #sent = 0
  #sentBefore = 0
  /** On the monotonic clock: nothing before. */
  #from = 0
  #timer: (() => void) | undefined
  #recovering: (() => void) | undefined

  constructor(host: Host, declared: Rate | undefined) {
    this.#host = host
    this.#declared = declared
    this.#bucket = declared && new TokenBucket(host, declared)
    this.#since = host.monotonic()
  }

  /** So many, this one included, share what is declared: each has an equal part, and at least one at a time. */
  set sharers(count: number) {
    if (count === this.#sharers) return
    this.#sharers = count
    this.#renew()
    this.#pump()
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Milliseconds for which the system wants not to be called. */
  get pause(): number {
    return Math.max(0, this.#from - this.#host.monotonic())
  }

  /** Undefined if it may be sent now. */
  take(name: string, signal: AbortSignal): Promise<void> | undefined {
    if (this.#waiting.size === 0 && this.#grant()) return undefined
    const turn = this.#waiting.wait(name, signal)
    this.#arm()
    return turn
  }

  /** The system asked not to be called for so many milliseconds. */
  rest(ms: number): void {
    this.#from = Math.max(this.#from, this.#host.monotonic() + ms)
  }

  /** The system said that it was too much. What it says of calls that went together is one lesson. */
  tooMuch(): void {
    const now = this.#host.monotonic()
    if (this.#learned && now - this.#taught < counted) return
    this.#taught = now
    this.#count()
    const rate = this.#learned?.perSecond ?? Math.max(1, this.#sent, this.#sentBefore)
    this.#learned = { perSecond: Math.max(0.1, rate / 2), over: this.#learned?.over ?? rate * 2 }
    this.#renew()
    if (!this.#recovering) this.#recoverLater()
  }

  /** Timers end; whoever waits is let go by its signal. */
  stop(): void {
    this.#recovering?.()
    this.#timer?.()
  }

  #grant(): boolean {
    if (this.#host.monotonic() < this.#from) return false
    if (this.#bucket?.take() === false) return false
    this.#count()
    this.#sent++
    return true
  }

  #count(): void {
    const now = this.#host.monotonic()
    if (now - this.#since < counted) return
    this.#sentBefore = now - this.#since < 2 * counted ? this.#sent : 0
    this.#sent = 0
    this.#since = now
  }

  #recover(): void {
    this.#recovering = undefined
    if (!this.#learned) return
    if (this.pause === 0) this.#learned.perSecond *= 1.1
    if (this.#learned.perSecond >= this.#learned.over) this.#learned = undefined
    else this.#recoverLater()
    this.#renew()
    this.#pump()
  }

  /** While it rests, nothing is found out about what it bears. */
  #recoverLater(): void {
    this.#recovering = this.#host.after(this.pause + counted, () => this.#recover())
  }

  #renew(): void {
    const { perSecond = Number.POSITIVE_INFINITY } = this.#learned ?? {}
    const share = this.#share
    const declared = share?.perSecond ?? Number.POSITIVE_INFINITY
    const rate = perSecond < declared ? { perSecond, burst: Math.max(1, Math.floor(perSecond)) } : share
    if (rate && this.#bucket) this.#bucket.rate = rate
    else this.#bucket = rate && new TokenBucket(this.#host, { ...rate, burst: 1 })
  }

  get #share(): Rate | undefined {
    if (!this.#declared) return undefined
    const { perSecond, burst } = this.#declared
    return { perSecond: perSecond / this.#sharers, burst: Math.max(1, Math.floor(burst / this.#sharers)) }
  }

  #pump(): void {
    while (this.#waiting.size > 0 && this.#grant()) this.#waiting.next()
    this.#arm()
  }

  #arm(): void {
    this.#timer?.()
    this.#timer = undefined
    if (this.#waiting.size === 0) return
    const wait = Math.max(this.pause, this.#bucket?.wait ?? 0, 1)
    this.#timer = this.#host.after(wait, () => this.#pump())
  }
}
