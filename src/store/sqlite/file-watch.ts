import type { Stats } from 'node:fs'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { IsthmusError } from '../../errors.ts'

/** Notices that files of a directory, which we hold open, were deleted or replaced: what is written to them is lost. */
export class FileWatch {
  readonly #directory: string
  readonly #files: readonly { readonly path: string; readonly inode: number | undefined }[]
  #settledAt: number | undefined

  constructor(directory: string, names: readonly string[]) {
    this.#directory = directory
    this.#files = names.map(name => join(directory, name)).map(path => ({ path, inode: look(path)?.ino }))
  }

  /** Throws unless all are still there. Cheap: the directory says whether any of its names has changed. */
  require(): void {
    const changedAt = look(this.#directory)?.ctimeMs
    if (changedAt !== undefined && changedAt === this.#settledAt) return
    const lost = this.#files.find(({ path, inode }) => look(path)?.ino !== inode)
    if (lost !== undefined)
      throw new IsthmusError(
        'STORE-FAILED',
        `${lost.path} was deleted, replaced or locked away while the store is open: bring it back and start again`,
      )
    // Two changes close to each other may carry the same time.
    if (changedAt !== undefined && Date.now() - changedAt > 1000) this.#settledAt = changedAt
  }
}

/** Nothing, too, of what cannot be looked at any more. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
