/** The last chunks of a stream, so that what is refused can be shown as it was. */
export class KeptBytes {
  readonly #most: number
  readonly #chunks: { readonly offset: number; readonly bytes: Uint8Array }[] = []
  #kept = 0
  #end = 0

  /** Of more than `most` bytes the first and the last chunk are kept. */
  constructor(most: number) {
    this.#most = most
  }

  add(bytes: Uint8Array): void {
    this.#chunks.push({ offset: this.#end, bytes })
    this.#end += bytes.length
    this.#kept += bytes.length
    if (this.#kept <= this.#most) return
    for (const { bytes } of this.#chunks.splice(1, this.#chunks.length - 2)) this.#kept -= bytes.length
  }

  /** What is kept of a range. */
  range(from: number, to: number): Uint8Array {
    const parts = this.#chunks.map(({ offset, bytes }) =>
      bytes.subarray(Math.max(0, from - offset), Math.max(0, Math.min(bytes.length, to - offset))),
    )
    return Buffer.concat(parts)
  }

  /** Lets chunks go that end before this offset. */
  forget(before: number): void {
    while (this.#chunks.length > 1) {
      const [first] = this.#chunks
      if (first === undefined || first.offset + first.bytes.length > before) return
      this.#chunks.shift()
      this.#kept -= first.bytes.length
    }
  }
}
