import { pause } from '../../system/patience.ts'

/** Lets so much time pass between the begins of two requests, whoever makes them. */
export class Pace {
  /** Milliseconds. */
  interval: number
  #next = 0

  constructor(interval: number) {
    this.interval = interval
  }

  /** Resolves when it is the caller's turn, or when the signal aborts. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = performance.now()
    const begin = Math.max(now, this.#next)
    this.#next = begin + this.interval
    if (begin > now) await pause(begin - now, signal)
  }
}
