import { randomFillSync } from 'node:crypto'
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const chunk = 2 ** 20

/** A file that keeps space for finishing what was accepted: it is given up when the disk is full. */
export class Ballast {
  readonly #file: string
  readonly #bytes: number

  constructor(directory: string, bytes: number) {
    this.#file = join(directory, 'ballast')
    this.#bytes = bytes
  }

  /** Gives whether it is there now; on failure nothing of it is left. */
  restore(): boolean {
    if (statSync(this.#file, { throwIfNoEntry: false })?.size === this.#bytes) return true
    try {
      const file = openSync(this.#file, 'w', 0o600)
      try {
        // Random, because some file systems keep no zeros.
        const noise = randomFillSync(Buffer.alloc(Math.min(chunk, this.#bytes)))
        for (let left = this.#bytes; left > 0; )
          left -= writeSync(file, noise, 0, Math.min(left, noise.length))
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      return true
    } catch {
      this.giveUp()
      return false
    }
  }

  /** Whether a little more can be written to the disk. */
  hasRoom(): boolean {
    const probe = `${this.#file}.probe`
    try {
      writeFileSync(probe, randomFillSync(Buffer.alloc(64 * 1024)), { flush: true, mode: 0o600 })
      return true
    } catch {
      return false
    } finally {
      rmSync(probe, { force: true })
    }
  }

  giveUp(): void {
    rmSync(this.#file, { force: true })
  }
}
