import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OpenFile, type Stamp, sameStamp } from '../drive.ts'
import { DriveError } from './remote-drive.ts'

/** How a server gives a file. */
export interface RemoteFile {
  stamp(): Promise<Stamp>
  /** Hands over the bytes from `at` to the end, one chunk after the other. */
  fetch(at: number, take: (chunk: Uint8Array) => Promise<void>): Promise<void>
}

interface Copy {
  readonly handle: FileHandle
  length: number
  stamp: Stamp
}

/**
 * Copies of files of a server, on this machine: so a server is not kept waiting while records are accepted, and any
 * part may be read again. They have no name, and go with the process. One that was interrupted is gone on with.
 */
export class Copies {
  readonly #interrupted = new Map<string, Copy>()

  /** Copies what is there. */
  async open(path: string, file: RemoteFile): Promise<OpenFile> {
    const copy = await this.#begin(path, await file.stamp())
    await this.#fetch(path, copy, file)
    return {
      read: async (chunk, at) => (await copy.handle.read(chunk, 0, chunk.length, at)).bytesRead,
      stamp: async () => {
        const stamp = await file.stamp()
        if (sameStamp(stamp, copy.stamp)) return stamp
        copy.stamp = stamp
        await this.#fetch(path, copy, file)
        return stamp
      },
      close: async () => {
        if (!this.#interrupted.has(path)) await copy.handle.close()
      },
    }
  }

  async close(): Promise<void> {
    const copies = [...this.#interrupted.values()]
    this.#interrupted.clear()
    await Promise.all(copies.map(({ handle }) => handle.close()))
  }

  async #begin(path: string, stamp: Stamp): Promise<Copy> {
    const begun = this.#interrupted.get(path)
    this.#interrupted.delete(path)
    if (begun && sameStamp(begun.stamp, stamp)) return begun
    await begun?.handle.close()
    return { handle: await unnamed(), length: 0, stamp }
  }

  async #fetch(path: string, copy: Copy, file: RemoteFile): Promise<void> {
    try {
      await file.fetch(copy.length, async chunk => {
        await copy.handle.write(chunk, 0, chunk.length, copy.length)
        copy.length += chunk.length
      })
      if (BigInt(copy.length) < copy.stamp.size)
        throw new DriveError('ECONNRESET', `only ${copy.length} of ${copy.stamp.size} bytes came`)
    } catch (error) {
      this.#interrupted.set(path, copy)
      throw error
    }
  }
}

/** Readable by us alone. */
async function unnamed(): Promise<FileHandle> {
  const path = join(tmpdir(), `isthmus-${randomUUID()}`)
  const handle = await open(path, 'wx+', 0o600)
  await rm(path)
  return handle
}
