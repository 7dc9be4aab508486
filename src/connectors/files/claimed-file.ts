import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { pause } from '../../system/patience.ts'
import type { Bytes } from './format.ts'

const chunkSize = 64 * 1024

/** What shows that a file was changed. */
export interface Stamp {
  readonly size: bigint
  readonly mtimeNs: bigint
  /** The number that the file system gave it, where there is one: another file has another, whatever its name is. */
  readonly ino?: bigint | undefined
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs
}

/** A file that nobody else takes away, open for reading. Whoever opened it closes it. */
export class ClaimedFile implements Bytes {
  /** As it was claimed. */
  readonly stamp: Stamp
  readonly #handle: FileHandle
  readonly #settle: number
  readonly #signal: AbortSignal
  #seen: Stamp

  /** Throws MSG-DECODE for what can never be read, and errors of the file system for what may be read later. */
  static async open(path: string, claimed: Stamp | undefined, settle: number, signal: AbortSignal) {
    const handle = await openRegular(path)
    const stamp = claimed ?? (await handle.stat({ bigint: true }))
    return new ClaimedFile(handle, stamp, settle, signal)
  }

  private constructor(handle: FileHandle, stamp: Stamp, settle: number, signal: AbortSignal) {
    this.#handle = handle
    this.#settle = settle
    this.#signal = signal
    this.#seen = this.stamp = stamp
  }

  /**
   * Ends only when the file did not change since it was claimed, or since it was looked at `settle` ago: a writer that
   * paused and then wrote on is waited for. Throws the signal's reason when it aborts.
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
    return Number(this.#seen.size)
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  async #read(at: number): Promise<Uint8Array> {
    const chunk = Buffer.allocUnsafeSlow(chunkSize)
    const { bytesRead } = await this.#handle.read(chunk, 0, chunkSize, at)
    return chunk.subarray(0, bytesRead)
  }

  async #isUnchanged(): Promise<boolean> {
    const before = this.#seen
    this.#seen = await this.#handle.stat({ bigint: true })
    return sameStamp(before, this.#seen)
  }
}

/** Symbolic links are not followed, and a pipe or device is not waited for. */
async function openRegular(path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  let handle: FileHandle
  try {
    handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    const never = ['EACCES', 'EPERM', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')
    throw never ? new IsthmusError('MSG-DECODE', `it cannot be opened: ${reasonOf(error)}`) : error
  }
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw new IsthmusError('MSG-DECODE', 'it is no regular file')
}
