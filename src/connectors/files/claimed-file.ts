import { IsthmusError } from '../../errors.ts'
import { pause } from '../../system/patience.ts'
import { type OpenFile, type Stamp, sameStamp } from './drive.ts'
import type { Bytes } from './format.ts'

const chunkSize = 64 * 1024

/** A file that nobody else takes away, open for reading. Whoever opened it closes it. */
export class ClaimedFile implements Bytes {
  readonly #file: OpenFile
  readonly #settle: number
  readonly #signal: AbortSignal
  #reading: Promise<unknown> = Promise.resolve()
  /** As it was claimed, or looked at last. */
  #seen: Stamp | undefined

  constructor(file: OpenFile, claimed: Stamp | undefined, settle: number, signal: AbortSignal) {
    this.#file = file
    this.#settle = settle
    this.#signal = signal
    this.#seen = claimed
  }

  /**
   * Ends only when the file did not change since it was claimed, or since it was looked at `settle` ago: a writer that
   * paused and then wrote on is waited for. Throws the signal's reason when it aborts, and MSG-DECODE where the file
   * became shorter: what was read of it may never have belonged together.
   */
  async *from(offset: number): AsyncGenerator<Uint8Array> {
    let at = offset
    for (let ahead = this.#read(at); ; ) {
      this.#signal.throwIfAborted()
      const chunk = await ahead
      at += chunk.length
      if (chunk.length === 0) {
        if (await this.#isUnchanged()) return
        await pause(this.#settle, this.#signal)
      }
      ahead = this.#read(at)
      // Whoever has enough asks no more; what comes of this is then nobody's concern.
      ahead.catch(() => {})
      if (chunk.length > 0) yield chunk
    }
  }

  async size(): Promise<number> {
    while (!(await this.#isUnchanged())) await pause(this.#settle, this.#signal)
    return Number(this.#seen?.size)
  }

  async close(): Promise<void> {
    await this.#reading.catch(() => {})
    await this.#file.close()
  }

  /** One after another: what was read ahead, and is wanted no more, must not disturb the next. */
  #read(at: number): Promise<Uint8Array> {
    const read = async () => {
      const chunk = Buffer.allocUnsafeSlow(chunkSize)
      return chunk.subarray(0, await this.#file.read(chunk, at))
    }
    const reading = this.#reading.then(read, read)
    this.#reading = reading
    return reading
  }

  async #isUnchanged(): Promise<boolean> {
    const before = this.#seen
    this.#seen = await this.#file.stamp()
    if (before !== undefined && this.#seen.size < before.size)
      throw new IsthmusError('MSG-DECODE', 'it was made shorter, or written anew, while it was read')
    return before === undefined || sameStamp(before, this.#seen)
  }
}
