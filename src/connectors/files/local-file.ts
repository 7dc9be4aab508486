import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { OpenFile, Stamp } from './drive.ts'

/** A file of this machine. */
export class LocalFile implements OpenFile {
  readonly #handle: FileHandle

  /**
   * Symbolic links are not followed, and a pipe or device is not waited for. Throws MSG-DECODE for what can never be
   * read, and errors of the file system for what may be read later.
   */
  static async open(path: string): Promise<LocalFile> {
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
    let handle: FileHandle
    try {
      handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    } catch (error) {
      const never = ['EACCES', 'EPERM', 'ELOOP', 'ENXIO'].includes(
        (error as NodeJS.ErrnoException).code ?? '',
      )
      throw never ? new IsthmusError('MSG-DECODE', `it cannot be opened: ${reasonOf(error)}`) : error
    }
    if ((await handle.stat()).isFile()) return new LocalFile(handle)
    await handle.close()
    throw new IsthmusError('MSG-DECODE', 'it is no regular file')
  }

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  stamp(): Promise<Stamp> {
    return this.#handle.stat({ bigint: true })
  }

  async read(chunk: Uint8Array, at: number): Promise<number> {
    return (await this.#handle.read(chunk, 0, chunk.length, at)).bytesRead
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}
