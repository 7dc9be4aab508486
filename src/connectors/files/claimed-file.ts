import { pause } from '../../system/patience.ts'
import { type OpenFile, type Stamp, sameStamp } from './drive.ts'
import type { Bytes } from './format.ts'

const chunkSize = 64 * 1024

/** A file that nobody else takes away, open for reading. Whoever opened it closes it. */
export class ClaimedFile implements Bytes {
  readonly #file: OpenFile
  readonly #settle: number
  readonly #signal: AbortSignal
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
   * paused and then wrote on is waited for. Throws the signal's reason when it aborts.
   */
  async *from(offset: number): AsyncGenerator<Uint8Array> {
    for (let at = offset; ; ) {
      this.#signal.throwIfAborted()
      const chunk = Buffer.allocUnsafeSlow(chunkSize)
      const length = await this.#file.read(chunk, at)
      at += length
      if (length > 0) yield chunk.subarray(0, length)
      else if (await this.#isUnchanged()) return
      else await pause(this.#settle, this.#signal)
    }
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #isUnchanged(): Promise<boolean> {
    const before = this.#seen
    this.#seen = await this.#file.stamp()
    return before === undefined || sameStamp(before, this.#seen)
  }
}
