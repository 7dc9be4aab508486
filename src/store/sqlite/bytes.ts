/** Writes numbers and texts one after another into a buffer that grows. */
export class ByteWriter {
  #bytes: Buffer
  at = 0

  constructor(buffer: ArrayBuffer) {
    this.#bytes = Buffer.from(buffer)
  }

  get buffer(): ArrayBuffer {
    return this.#bytes.buffer as ArrayBuffer
  }

  /** To be called before anything is written: makes room for so many bytes. A text takes 3 for each unit, and 4. */
  reserve(size: number): void {
    if (this.at + size <= this.#bytes.length) return
    const grown = Buffer.from(new ArrayBuffer(Math.max(this.#bytes.length * 2, this.at + size)))
    this.#bytes.copy(grown, 0, 0, this.at)
    this.#bytes = grown
  }

  /** A whole number below 2^32. */
  count(value: number, at = this.at): void {
    this.#bytes.writeUInt32LE(value, at)
    if (at === this.at) this.at += 4
  }

  number(value: number): void {
    this.at = this.#bytes.writeDoubleLE(value, this.at)
  }

  /** UTF-8, or UTF-16 with a negative length for what UTF-8 cannot say. */
  text(text: string): void {
    const start = this.at + 4
    const wellFormed = text.isWellFormed()
    const size = this.#bytes.write(text, start, wellFormed ? 'utf8' : 'utf16le')
    this.#bytes.writeInt32LE(wellFormed ? size : -size, this.at)
    this.at = start + size
  }

  raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.at)
    this.at += bytes.byteLength
  }
}

/** Reads what `ByteWriter` wrote. Throws RangeError where that cannot be. */
export class ByteReader {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  count(): number {
    const value = this.bytes.readUInt32LE(this.at)
    this.at += 4
    return value
  }

  text(): string {
    const start = this.at + 4
    this.at = textEnd(this.bytes, this.at)
    return textAt(this.bytes, start - 4)
  }
}

/** Where the text that is written at `at` ends. */
export function textEnd(bytes: Buffer, at: number): number {
  return at + 4 + Math.abs(bytes.readInt32LE(at))
}

export function textAt(bytes: Buffer, at: number): string {
  const encoding = bytes.readInt32LE(at) < 0 ? 'utf16le' : 'utf8'
  return bytes.toString(encoding, at + 4, textEnd(bytes, at))
}

/** The bytes of a text, without its length, as they are written. */
export function bytesOfText(text: string): Buffer {
  return Buffer.from(text, text.isWellFormed() ? 'utf8' : 'utf16le')
}
