/** Control numbers that have occurred. Those that count on from the first cost nothing. */
export class Numbers {
  readonly #others = new Set<string>()
  #width = 0
  #first = 0
  #last = -1

  /** False where it has been added before. */
  add(number: string): boolean {
    const value = /^[0-9]{1,15}$/.test(number) ? Number(number) : -1
    const counts = value !== -1 && String(value).padStart(this.#width, '0') === number
    if (this.#last === -1 && value !== -1) {
      this.#width = number.length
      this.#first = this.#last = value
      return true
    }
    if (counts && value === this.#last + 1) {
      this.#last = value
      return !this.#others.has(number)
    }
    if ((counts && value >= this.#first && value <= this.#last) || this.#others.has(number)) return false
    // A copy: the text itself may hold on to the whole of what it was cut from.
    this.#others.add(Buffer.from(number).toString())
    return true
  }
}
