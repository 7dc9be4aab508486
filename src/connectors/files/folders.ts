import { IsthmusError } from '../../errors.ts'

/** The code of an error of the file system. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

/** Somebody took the file in the meantime; on a network share that may show as a stale handle. */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESTALE'].includes(errnoOf(error) ?? '')
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

/** A path of a drive. */
export function joined(...names: readonly string[]): string {
  return names.filter(Boolean).join('/')
}

/** Whether a name stays where it is put, on any platform. */
export function isPlainName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a name
  return name !== '' && name !== '.' && name !== '..' && !/[/\\:\0-\x1f]/.test(name)
}

/** Source: file systems allow 255 bytes; the rest is left for what is appended to names. */
const longestName = 235

/** Of `prices.csv.gz` it is `.csv.gz`: who looks for `*.csv.gz` is to find it. A dot at the begin begins none. */
function extensionOf(name: string): string {
  return /(?<=.)(\.[^.]{1,10}(?=\.gz$))?\.[^.]*$/i.exec(name)?.[0] ?? ''
}

/** `orders.csv` with `-2` is `orders-2.csv`. A long name loses the end of its stem. */
export function nameWith(name: string, suffix: string): string {
  const extension = extensionOf(name)
  const stem = [...name.slice(0, name.length - extension.length)]
  const room = longestName - Buffer.byteLength(suffix + extension)
  while (stem.length > 1 && Buffer.byteLength(stem.join('')) > room) stem.pop()
  return stem.join('') + suffix + extension
}
