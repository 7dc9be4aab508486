/** Numbers spread evenly over all that came, so many at most: the rarer the more came. The same ones each time. */
export class Sample {
  readonly #most: number
  #numbers: number[] = []
  #every = 1
  #skipped = 0

  constructor(most: number) {
    this.#most = most
  }

  add(value: number): void {
    if (++this.#skipped < this.#every) return
    this.#skipped = 0
    this.#numbers.push(value)
    if (this.#numbers.length < 2 * this.#most) return
    this.#numbers = this.#numbers.filter((_, at) => at % 2 === 0)
    this.#every *= 2
  }

  /** The nine values between tenths of them; undefined of fewer than 20. */
  get tenths(): number[] | undefined {
    if (this.#numbers.length < 20) return undefined
    const sorted = Float64Array.from(this.#numbers).sort()
    return Array.from({ length: 9 }, (_, at) => sorted[Math.floor(((at + 1) * sorted.length) / 10)] as number)
  }
}
