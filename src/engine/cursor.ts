/**
 * The cursor of a flow: the highest seq up to which every message is settled or has an unfinished row. Seqs are
 * admitted in ascending order and covered in any.
 */
export class Cursor {
  /** The highest seq admitted. */
  last: number
  readonly #admitted: number[] = []
  readonly #open = new Set<number>()
  #first = 0

  constructor(cursor: number) {
    this.last = cursor
  }

  get position(): number {
    const admitted = this.#admitted
    while (this.#first < admitted.length && !this.#open.has(admitted[this.#first] as number)) this.#first++
    if (this.#first > 4096) {
      admitted.splice(0, this.#first)
      this.#first = 0
    }
    return (admitted[this.#first] ?? this.last + 1) - 1
  }

  admit(seq: number): void {
    this.last = seq
    this.#admitted.push(seq)
    this.#open.add(seq)
  }

  /** No effect for a seq that is covered already or was never admitted. */
  cover(seq: number): void {
    this.#open.delete(seq)
  }
}
