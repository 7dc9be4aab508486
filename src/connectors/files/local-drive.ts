import { constants } from 'node:fs'
import { access, link, lstat, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Drive, DriveAccess, Found, Listed, Naming, OpenFile } from './drive.ts'
import { errnoOf, isGone } from './folders.ts'
import { LocalFile } from './local-file.ts'

/** A folder of this machine, or of a mounted share. */
export class LocalDrive implements Drive {
  readonly exactTimes = true
  readonly #base: string

  /** `base` must exist whenever something is done: a folder made in place of a share that is not mounted hides files. */
  constructor(base: string) {
    this.#base = base
  }

  async list(folder: string): Promise<Listed[]> {
    const entries = await readdir(this.#at(folder), { withFileTypes: true })
    return entries.map(entry => ({ name: entry.name, kind: kindOf(entry) }))
  }

  async find(path: string): Promise<Found | undefined> {
    try {
      const found = await lstat(this.#at(path), { bigint: true })
      const { size, mtimeNs, ino } = found
      return { kind: kindOf(found), ...(found.isFile() && { stamp: { size, mtimeNs, ino } }) }
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  }

  open(path: string): Promise<OpenFile> {
    return LocalFile.open(this.#at(path))
  }

  async folder(path: string): Promise<void> {
    await existingFolder(this.#base)
    let at = this.#base
    for (const name of path.split('/').filter(Boolean)) {
      at = join(at, name)
      await mkdir(at).catch(error => {
        if (errnoOf(error) !== 'EEXIST') throw error
      })
      if ((await lstat(at)).isDirectory()) continue
      throw new IsthmusError('CONFIG-INVALID', `${at} must be a folder, and not a link to one. Move it away.`)
    }
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    const handle = await open(this.#at(path), 'wx')
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  async move(from: string, to: string, naming: Naming): Promise<boolean> {
    if (naming === 'new' && !(await isReserved(this.#at(to)))) return false
    if (naming === 'complete') return isRenamedAnew(this.#at(from), this.#at(to))
    try {
      await rename(this.#at(from), this.#at(to))
      return true
    } catch (error) {
      if (naming === 'own' && isGone(error)) return false
      throw error
    }
  }

  async remove(path: string, kind: 'file' | 'folder'): Promise<void> {
    if (kind === 'file') await rm(this.#at(path), { force: true })
    else await rmdir(this.#at(path))
  }

  /** Windows does that by itself, and cannot open folders. */
  async sync(folder: string): Promise<void> {
    if (process.platform === 'win32') return
    const handle = await open(this.#at(folder), 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  #at(path: string): string {
    return join(this.#base, path)
  }
}

/** There is no connection, and nothing to close. */
export function localAccess(base: string): DriveAccess {
  const drive = Object.assign(new LocalDrive(base), { close() {} })
  return {
    open: async () => drive,
    use: (_signal, work) => work(drive),
    async check() {
      await existingFolder(base)
      await access(base, constants.R_OK | constants.W_OK | constants.X_OK).catch(error => {
        throw new IsthmusError(
          'CONFIG-INVALID',
          `This process may not read and write ${base}: ${reasonOf(error)}`,
        )
      })
    },
    async close() {},
  }
}

export async function existingFolder(path: string): Promise<void> {
  const found = await stat(path).catch(error => {
    if (errnoOf(error) !== 'ENOENT') throw error
  })
  if (found?.isDirectory()) return
  throw new IsthmusError(
    'CONFIG-INVALID',
    `There is no folder ${resolve(path)}. Make it, or mount what should be there.`,
  )
}

/** Takes a name that nobody else has, with an empty file. */
async function isReserved(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close()
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Renaming replaces what has the name; a second name for the file does not. Where there are none, it is looked for first. */
async function isRenamedAnew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    await rm(from)
    return true
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (errno === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errno)) throw error
  }
  if (await lstat(to).catch(() => undefined)) return false
  await rename(from, to)
  return true
}

function kindOf(found: { isFile(): boolean; isDirectory(): boolean }): Found['kind'] {
  if (found.isFile()) return 'file'
  return found.isDirectory() ? 'folder' : 'other'
}
