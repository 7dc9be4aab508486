/**
 * Writes whole numbers that rise in small steps, each behind the same text. What stands in front of the last three digits
 * is made once for all that share it, since a number's text costs as much as the rest of a small record.
 */
export class RisingNumbers {
  readonly #prefix: string
  #thousands = -1
  #begin = ''

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  text(number: number): string {
    const thousands = Math.floor(number / 1000)
    if (thousands === 0) return this.#prefix + number
    if (thousands !== this.#thousands) {
      this.#thousands = thousands
      this.#begin = this.#prefix + thousands
    }
    return this.#begin + (lastDigits[number - 1000 * thousands] as string)
  }
}

const lastDigits = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'))
