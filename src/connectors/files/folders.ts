import { lstat, mkdir, open, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { IsthmusError } from '../../errors.ts'

/** The code of an error of the file system. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

/** The names of the folders in `in/orders`. Throws FLOW-DEFINITION for what could lead elsewhere. */
export function foldersOf(folder: string | undefined): string[] {
  const names = folder === undefined ? [] : folder.split('/')
  if (names.every(name => isPlainName(name) && !name.startsWith('.'))) return names
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `"${folder}" cannot be the folder of a channel. Name one inside that of the connector, like "in/orders".`,
  )
}

/** Whether a name stays where it is put, on any platform. */
export function isPlainName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a name
  return name !== '' && name !== '.' && name !== '..' && !/[/\\:\0-\x1f]/.test(name)
}

/**
 * A folder below `base`, made where it is missing; `base` itself must exist, because a folder made in the place of a
 * share that is not mounted would hide files. Symbolic links below it are refused: they may lead anywhere.
 */
export async function folderBelow(base: string, ...names: readonly string[]): Promise<string> {
  await existingFolder(base)
  let path = base
  for (const name of names) {
    path = join(path, name)
    await mkdir(path).catch(error => {
      if (errnoOf(error) !== 'EEXIST') throw error
    })
    if ((await lstat(path)).isDirectory()) continue
    throw new IsthmusError('CONFIG-INVALID', `${path} must be a folder, and not a link to one. Move it away.`)
  }
  return path
}

export async function existingFolder(path: string): Promise<void> {
  const found = await stat(path).catch(error => {
    if (errnoOf(error) !== 'ENOENT') throw error
  })
  if (found?.isDirectory()) return
  throw new IsthmusError(
    'CONFIG-INVALID',
    `There is no folder ${path}. Make it, or mount what should be there.`,
  )
}

/** Takes a name in a folder that nobody else has: `name`, or `name` with `mark` or a number in it. Gives its path. */
export async function takeName(folder: string, name: string, mark: string): Promise<string> {
  for (let number = 0; ; number++) {
    const suffix = ['', `-${mark}`][number] ?? `-${mark}-${number}`
    const path = join(folder, nameWith(name, suffix))
    try {
      await (await open(path, 'wx')).close()
      return path
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
    }
  }
}

/** Source: file systems allow 255 bytes; the rest is left for what is appended to names. */
const longestName = 235

/** `orders.csv` with `-2` is `orders-2.csv`. A long name loses the end of its stem. */
export function nameWith(name: string, suffix: string): string {
  const extension = extname(name)
  const stem = [...name.slice(0, name.length - extension.length)]
  const room = longestName - Buffer.byteLength(suffix + extension)
  while (stem.length > 1 && Buffer.byteLength(stem.join('')) > room) stem.pop()
  return stem.join('') + suffix + extension
}
