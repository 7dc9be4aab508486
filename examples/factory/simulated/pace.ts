import type { Call } from './service.ts'

/** Has something done `rate` times a second on average, evenly. `POST /rate {rate}` changes it. */
export class Pace {
  #rate: number
  #due = 0
  #last = performance.now()

  /** `act` is told how many are due, one or more. */
  constructor(rate: number, act: (due: number) => void) {
    this.#rate = rate
    setInterval(() => {
      const now = performance.now()
      this.#due += (this.#rate * (now - this.#last)) / 1000
      this.#last = now
      const due = Math.floor(this.#due)
      this.#due -= due
      if (due > 0) act(due)
    }, 50)
  }

  /** Undefined for what is no order to it. */
  control({ what, body }: Call): { rate: number } | undefined {
    if (what !== 'POST /rate') return undefined
    this.#rate = (JSON.parse(body) as { rate: number }).rate
    return { rate: this.#rate }
  }
}
