import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from 'node:zlib'
import { IsthmusError, reasonOf } from '../../../errors.ts'

/** At best a thousand bytes become one: what so much packed data holds can be kept in memory. */
const portion = 16 * 1024
const chunkSize = 128 * 1024

const behindEnd = 'other data follows behind its end'

export type Packing = 'gzip' | 'deflate'

/**
 * Unpacks data as it comes. What can be unpacked before a fault is given before MSG-DECODE says where in the packed
 * data it is. Data that ends too early is a fault, and so is a wrong checksum in gzip.
 */
export async function* inflated(
  packed: AsyncIterable<Uint8Array>,
  packing: Packing,
): AsyncGenerator<Uint8Array> {
  const unpacker = new Unpacker(packing)
  try {
    for await (const chunk of packed) {
      for (let at = 0; at < chunk.length; at += portion)
        yield* await unpacker.push(chunk.subarray(at, at + portion))
      unpacker.check()
    }
    yield* await unpacker.end()
    unpacker.check()
  } finally {
    unpacker.close()
  }
}

class Unpacker {
  readonly #stream: Gunzip | InflateRaw
  readonly #packing: Packing
  #made: Uint8Array[] = []
  #failure: unknown
  #ended = false
  #taken = 0
  #wake = () => {}

  constructor(packing: Packing) {
    this.#packing = packing
    this.#stream = packing === 'gzip' ? createGunzip({ chunkSize }) : createInflateRaw({ chunkSize })
    this.#stream.on('data', chunk => this.#made.push(chunk))
    this.#stream.on('end', () => {
      this.#ended = true
      this.#wake()
    })
    this.#stream.on('error', error => {
      this.#failure ??= error
      this.#wake()
    })
  }

  async push(chunk: Uint8Array): Promise<Uint8Array[]> {
    if (this.#failure !== undefined) return []
    if (!this.#ended) {
      this.#taken += chunk.length
      await this.#until(done => this.#stream.write(chunk, done))
      // Zeros behind the end fill up a block, and nothing is looked for behind them.
      const left = this.#packing === 'gzip' ? this.#taken - this.#stream.bytesWritten : 0
      if (left > 0 && chunk.subarray(-left).some(byte => byte !== 0)) this.#failure ??= new Error(behindEnd)
    } else if (chunk.some(byte => byte !== 0)) {
      this.#failure = new Error(behindEnd)
    }
    return this.#take()
  }

  async end(): Promise<Uint8Array[]> {
    if (this.#failure === undefined && !this.#ended) await this.#until(() => this.#stream.end())
    return this.#take()
  }

  /** Throws what has been found wrong. */
  check(): void {
    if (this.#failure === undefined) return
    const reason = `${this.#packing} data is damaged or cut off, before byte ${this.#taken} of it`
    throw new IsthmusError('MSG-DECODE', `${reason}: ${reasonOf(this.#failure)}`, { cause: this.#failure })
  }

  close(): void {
    this.#stream.destroy()
  }

  #take(): Uint8Array[] {
    const made = this.#made
    this.#made = []
    return made
  }

  #until(begin: (done: () => void) => void): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
      begin(resolve)
    })
  }
}
