import type { OpenBlock } from './blocks.ts'

/** Pairs come once each, without any list of them: what a record was compared with is forgotten with the next one. */
export class Candidates {
  readonly #blocks: readonly OpenBlock[]
  readonly #seen: Int32Array
  readonly #mayMeet: (a: number, b: number) => boolean

  constructor(blocks: readonly OpenBlock[], size: number, mayMeet: (a: number, b: number) => boolean) {
    this.#blocks = blocks
    this.#seen = new Int32Array(size).fill(-1)
    this.#mayMeet = mayMeet
  }

  /** Every `stride`-th record with all that come after it, in the order of the records. */
  each(visit: (a: number, b: number) => void, stride = 1, blocks: readonly OpenBlock[] = this.#blocks): void {
    const seen = this.#seen.fill(-1)
    for (let a = 0; a < seen.length; a += stride)
      for (const block of blocks)
        block.partners(a, b => {
          if (b <= a || seen[b] === a || !this.#mayMeet(a, b)) return
          seen[b] = a
          visit(a, b)
        })
  }
}
