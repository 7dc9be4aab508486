import { IsthmusError } from '../../../errors.ts'
import { matcher } from '../../name-pattern.ts'
import type { UnpackLimits } from '../config.ts'
import type { Bytes, Format } from '../format.ts'
import { inflated } from './inflated.ts'
import { contentOf, type ZipEntry, zipEntries } from './zip-archive.ts'

/** What a file holds to be read: itself, what is packed in it, or one of several packed files. */
export interface Content {
  /** Of a packed file, as the archive says. */
  readonly name: string | undefined
  /** Bytes, unpacked, of the contents before it. */
  readonly base: number
  /** Bytes, unpacked, where that is known before. */
  readonly size: number | undefined
  readonly bytes: Bytes
}

export interface UnpackOptions extends UnpackLimits {
  /** Names of packed files that are read. */
  readonly entries?: string | undefined
}

/** What packs more than this much more is refused before it is done when it makes more than `slack` bytes. */
const defaults = { maxBytes: 16 * 1024 ** 3, maxRatio: 200, maxEntries: 10_000 }
const slack = 16 * 1024 * 1024

/**
 * The contents of a file, told by its first bytes and not by its name: a gzip file has one, a zip archive those of its
 * files in the order of its directory. Contents are not unpacked again. MSG-LIMIT says what would become too large.
 */
export async function* contentsOf(
  file: Bytes,
  format: Format,
  options: UnpackOptions,
): AsyncGenerator<Content> {
  const packing = format.packed ? undefined : packingOf(await firstBytes(file))
  if (packing === undefined) yield { name: undefined, base: 0, size: undefined, bytes: file }
  else if (packing === 'gzip')
    yield { name: undefined, base: 0, size: undefined, bytes: await inner(gunzipped(file, options)) }
  else yield* packedFiles(file, format, options)
}

async function* packedFiles(file: Bytes, format: Format, options: UnpackOptions): AsyncGenerator<Content> {
  const { maxEntries = defaults.maxEntries, entries: pattern = '*' } = options
  const all = await zipEntries(file, maxEntries)
  if (all.some(({ name }) => name === '[Content_Types].xml' || name === 'mimetype')) {
    const reason = `it is a spreadsheet or another office document, which is not read as ${format.name}`
    throw new IsthmusError('MSG-DECODE', `${reason}; read spreadsheets by the format excel()`)
  }
  const matches = matcher(pattern)
  const chosen = all.filter(({ name }) => !isAside(name) && matches(name))
  checkSizes(chosen, options)
  checkNames(chosen)
  let base = 0
  for (const entry of chosen) {
    const { name, size } = entry
    yield { name, base, size, bytes: await inner(contentOf(file, entry)) }
    base += size
  }
}

/** Of two files with one name nobody knows which is meant, and the content of a link is no data. */
function checkNames(entries: readonly ZipEntry[]): void {
  const names = new Set<string>()
  for (const { name, isLink } of entries) {
    if (isLink) throw new IsthmusError('MSG-DECODE', `${name} is a link, which is not followed`)
    if (names.has(name)) throw new IsthmusError('MSG-DECODE', `the zip archive holds ${name} twice`)
    names.add(name)
  }
}

/** What macOS puts beside files, and hidden files, as in a folder. */
function isAside(name: string): boolean {
  return name.startsWith('__MACOSX/') || /(^|[/\\])\.[^/\\]*$/.test(name)
}

/** Throws MSG-LIMIT for what would unpack to too much. */
export function checkSizes(entries: readonly ZipEntry[], options: UnpackLimits): void {
  const { maxBytes = defaults.maxBytes, maxRatio = defaults.maxRatio } = options
  let total = 0
  for (const { name, size, packedSize } of entries) {
    total += size
    if (size > slack && size > packedSize * maxRatio) throw tooDense(name, maxRatio)
  }
  if (total > maxBytes) throw tooLarge(maxBytes)
}

function gunzipped(
  file: Bytes,
  { maxBytes = defaults.maxBytes, maxRatio = defaults.maxRatio }: UnpackOptions,
): Bytes {
  async function* from(offset: number): AsyncGenerator<Uint8Array> {
    let [taken, at] = [0, 0]
    async function* counted() {
      for await (const chunk of file.from(0)) {
        taken += chunk.length
        yield chunk
      }
    }
    for await (const chunk of inflated(counted(), 'gzip')) {
      const begin = Math.max(0, offset - at)
      at += chunk.length
      if (at > maxBytes) throw tooLarge(maxBytes)
      if (at > slack && at > taken * maxRatio) throw tooDense('it', maxRatio)
      if (begin < chunk.length) yield begin === 0 ? chunk : chunk.subarray(begin)
    }
  }
  const size = async () => {
    let total = 0
    for await (const chunk of from(0)) total += chunk.length
    return total
  }
  return { from, size }
}

async function inner(bytes: Bytes): Promise<Bytes> {
  if (packingOf(await firstBytes(bytes)) === undefined) return bytes
  throw new IsthmusError('MSG-DECODE', 'it holds an archive in an archive, which is not read')
}

async function firstBytes(bytes: Bytes): Promise<Uint8Array> {
  for await (const chunk of bytes.from(0)) return chunk
  return new Uint8Array(0)
}

/** Source: RFC 1952, 2.3.1; APPNOTE.TXT 4.3.7 and 4.3.16, for an archive without files. */
export function packingOf(begin: Uint8Array): 'gzip' | 'zip' | undefined {
  const sign = Buffer.from(begin.subarray(0, 4)).toString('hex')
  if (sign.startsWith('1f8b08')) return 'gzip'
  return sign === '504b0304' || sign === '504b0506' ? 'zip' : undefined
}

function tooLarge(maxBytes: number): IsthmusError {
  return new IsthmusError('MSG-LIMIT', `it unpacks to more than the allowed ${maxBytes} bytes`)
}

function tooDense(name: string, maxRatio: number): IsthmusError {
  return new IsthmusError('MSG-LIMIT', `${name} unpacks to more than ${maxRatio} times its size`)
}
