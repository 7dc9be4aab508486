export interface Frequent {
  readonly text: string
  /** At most so often. */
  readonly count: number
  /** By so much the count may be too high. */
  readonly error: number
}

/**
 * The most frequent texts of any number, in bounded memory: as Space-Saving (Metwally, Agrawal and El Abbadi 2005)
 * does it, with the rare half forgotten from time to time instead of one text at each new one.
 */
export class FrequentTexts {
  readonly #most: number
  #floor = 0
  #known = new Map<string, { count: number; error: number }>()

  constructor(most: number) {
    this.#most = most
  }

  add(text: string): void {
    const known = this.#known.get(text)
    if (known) known.count++
    else {
      this.#known.set(text, { count: this.#floor + 1, error: this.#floor })
      if (this.#known.size > 2 * this.#most) this.#forget()
    }
  }

  /** Whether no text was ever forgotten: all counts are exact. */
  get isComplete(): boolean {
    return this.#floor === 0
  }

  /** The most frequent first. */
  get all(): Frequent[] {
    const found = [...this.#known].map(([text, { count, error }]) => ({ text, count, error }))
    return found.sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1))
  }

  #forget(): void {
    const sorted = [...this.#known].sort(([, a], [, b]) => b.count - a.count)
    this.#floor = Math.max(this.#floor, sorted[this.#most]?.[1].count ?? 0)
    this.#known = new Map(sorted.slice(0, this.#most))
  }
}
