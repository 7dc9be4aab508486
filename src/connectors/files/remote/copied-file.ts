import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Drive, type OpenFile, type Stamp, sameStamp } from '../drive.ts'
import { DriveError } from './remote-drive.ts'

/** How a server gives its files. */
export interface RemoteFiles extends Pick<Drive, 'find'> {
  /**
   * Hands over the bytes of a file from `at` to the end, one chunk after the other. When it rejects, none is being
   * taken, and none will be.
   */
  fetch(path: string, at: number, take: (chunk: Uint8Array) => Promise<void>): Promise<void>
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
  async open(path: string, server: RemoteFiles): Promise<OpenFile> {
    const copy = await this.#begin(path, await stampOf(path, server))
    await this.#fetch(path, copy, server)
    return {
      read: async (chunk, at) => (await copy.handle.read(chunk, 0, chunk.length, at)).bytesRead,
      stamp: async () => {
        const stamp = await stampOf(path, server)
        if (sameStamp(stamp, copy.stamp)) return stamp
        copy.stamp = stamp
        await this.#fetch(path, copy, server)
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

  async #fetch(path: string, copy: Copy, server: RemoteFiles): Promise<void> {
    try {
      await server.fetch(path, copy.length, async chunk => {
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

async function stampOf(path: string, server: RemoteFiles): Promise<Stamp> {
  const found = await server.find(path)
  if (found?.stamp) return found.stamp
  throw new DriveError('ENOENT', `${path} is no file any more`)
}

/** Readable by us alone. */
async function unnamed(): Promise<FileHandle> {
  const path = join(tmpdir(), `isthmus-${randomUUID()}`)
  const handle = await open(path, 'wx+', 0o600)
  await rm(path)
  return handle
}
