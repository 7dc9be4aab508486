import { IsthmusError, reasonOf } from '../errors.ts'
import type { Watcher } from './events.ts'
import type { Host } from './host.ts'

export interface AdmissionLimits {
  /** Bodies on their way into the journal, in bytes, at which nothing more is taken. */
  readonly pendingBytes: number
  /** Free disk in bytes below which nothing is taken; it is taken again at 1.25 times as much. */
  readonly freeDisk: number
}

export const defaultAdmissionLimits: AdmissionLimits = { pendingBytes: 64 * 2 ** 20, freeDisk: 128 * 2 ** 20 }

/** Milliseconds after which a refused caller should try again. */
const retryAfter = 1_000

/**
 * Decides whether messages are taken at all. Closes at high water (bytes under way, disk, a store without space) and
 * opens by itself.
 */
export class Admission {
  readonly #host: Host
  readonly #limits: AdmissionLimits
  readonly #watch: Watcher
  #pending = 0
  #closed: string | undefined
  #stopped = false
  #cancel: (() => void) | undefined

  constructor(host: Host, limits: AdmissionLimits, watch: Watcher) {
    this.#host = host
    this.#limits = limits
    this.#watch = watch
  }

  get closed(): string | undefined {
    return this.#closed
  }

  /** Throws ADMISSION-CLOSED, or counts the bytes until the function it gives is called. */
  enter(bytes: number): () => void {
    const full = this.#pending > 0 && this.#pending + bytes > this.#limits.pendingBytes
    if (this.#closed !== undefined || full)
      throw refusal(this.#closed ?? 'too much is on its way into the journal')
    this.#pending += bytes
    return () => {
      this.#pending -= bytes
    }
  }

  /** Looks at the machine now and every second from now on. */
  async start(): Promise<void> {
    await this.#look()
    if (!this.#stopped) this.#cancel = this.#host.after(1_000, () => void this.start())
  }

  /** Closes for good. */
  stop(): void {
    this.#stopped = true
    this.#cancel?.()
    this.#set('the instance is stopping')
  }

  /** The store has no space: closed until the next look finds some. */
  storeFull(): void {
    this.shut('the store has no space left')
  }

  /** Closed until the next look. */
  shut(why: string): void {
    this.#set(why)
  }

  async #look(): Promise<void> {
    try {
      const free = await this.#host.freeDisk()
      const needed = this.#limits.freeDisk * (this.#closed === undefined ? 1 : 1.25)
      const low = free !== undefined && free < needed
      this.#set(low ? `only ${Math.floor(free / 2 ** 20)} MiB of disk are free` : undefined)
    } catch (error) {
      this.#set(`the disk cannot be looked at: ${reasonOf(error)}`)
    }
  }

  #set(closed: string | undefined): void {
    if (this.#stopped && closed === undefined) return
    const changed = (closed === undefined) !== (this.#closed === undefined)
    this.#closed = closed
    if (changed) this.#watch({ type: 'admission', open: closed === undefined, reason: closed })
  }
}

function refusal(why: string): IsthmusError {
  return new IsthmusError('ADMISSION-CLOSED', `Nothing is accepted for now: ${why}.`, { retryAfter })
}
