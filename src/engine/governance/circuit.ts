import { backoff, type Host } from '../host.ts'
import { FairQueue } from './fair-queue.ts'

export interface CircuitOptions {
  readonly failures: number
  /** Milliseconds. */
  readonly first: number
  readonly longest: number
}

/**
 * Keeps calls back while a system does not answer. *Closed*, everything passes. So many failures in a row *open* it:
 * everything waits for a pause. Then it is *half open*: one passes, and one more after each further pause. A success
 * closes it and lets all pass; the failure of one that had passed makes the pauses longer.
 */
export class Circuit {
  readonly #host: Host
  readonly #options: CircuitOptions
  readonly #onChange: (reason: string | undefined) => void
  readonly #waiting = new FairQueue()
  #failures = 0
  #openings = 0
  /** Why it is open. */
  #reason: string | undefined
  /** How many pauses it has had, each twice as long as the one before. */
  #pauses = 0
  #timer: (() => void) | undefined
  /** A pause is over and nobody was there to try. */
  #ready = false
  /** One has passed while it was open. */
  #trying = false

  /** `onChange` is told why it opens, and undefined when it closes. */
  constructor(host: Host, options: CircuitOptions, onChange: (reason: string | undefined) => void) {
    this.#host = host
    this.#options = options
    this.#onChange = onChange
  }

  /** Why calls wait; undefined while they do not. */
  get reason(): string | undefined {
    return this.#reason
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Undefined if it may pass now. */
  pass(name: string, signal: AbortSignal): Promise<void> | undefined {
    if (this.#reason === undefined) return undefined
    if (!this.#ready) return this.#waiting.wait(name, signal)
    this.#trying = true
    this.#pause()
    return undefined
  }

  /** How often it has opened: whoever passed before it did so last has to pass again. */
  get openings(): number {
    return this.#openings
  }

  succeeded(): void {
    this.#failures = 0
    if (this.#reason !== undefined) this.#close()
  }

  failed(reason: string): void {
    this.#failures++
    if (this.#reason === undefined) {
      if (this.#failures >= this.#options.failures) this.#open(reason)
    } else if (this.#trying) {
      this.#trying = false
      this.#reason = reason
      this.#pauses++
      this.#pause()
    }
  }

  /** Lets nobody wait any more: for the end. */
  stop(): void {
    this.#timer?.()
  }

  #open(reason: string): void {
    this.#reason = reason
    this.#openings++
    this.#pauses = 1
    this.#pause()
    this.#onChange(reason)
  }

  #close(): void {
    this.#timer?.()
    this.#reason = undefined
    this.#ready = false
    this.#trying = false
    this.#onChange(undefined)
    this.#waiting.all()
  }

  #pause(): void {
    const { first, longest } = this.#options
    this.#timer?.()
    this.#ready = false
    this.#timer = this.#host.after(backoff(this.#host, this.#pauses, first, longest), () => this.#try())
  }

  /** Whoever passes may never call, and so the next one gets its chance too. */
  #try(): void {
    if (this.#waiting.size > 0) {
      this.#trying = true
      this.#pause()
      this.#waiting.next()
    } else this.#ready = true
  }
}
