import { crc32 } from 'node:zlib'
import { IsthmusError } from '../../../errors.ts'
import { decodeExactly } from '../../../message/codec/encoding.ts'
import type { Bytes } from '../format.ts'
import { inflated } from './inflated.ts'

/** A packed file. Its name is what the archive says: never to be used as a path. */
export interface ZipEntry {
  readonly name: string
  /** Bytes when unpacked. */
  readonly size: number
  readonly packedSize: number
  readonly crc: number
  /** 0 stored, 8 deflate. */
  readonly method: number
  readonly isEncrypted: boolean
  /** A name for another file, which is its content. */
  readonly isLink: boolean
  /** Of its own header in the file. */
  readonly offset: number
  readonly rawName: Buffer
}

/** Bytes of a directory that are read into memory. */
const largestDirectory = 16 * 1024 * 1024
const endSize = 22

/**
 * The files of an archive as its directory lists them, folders left out. Throws MSG-DECODE for what is damaged, cut
 * off, or says two things of one place, and MSG-LIMIT where there are more than `most`. Source: APPNOTE.TXT 6.3.
 */
export async function zipEntries(bytes: Bytes, most: number): Promise<ZipEntry[]> {
  const { count, size, offset } = await directoryOf(bytes)
  if (count > most || size > largestDirectory)
    throw new IsthmusError('MSG-LIMIT', `the zip archive holds ${count} files, more than the allowed ${most}`)
  const directory = await bytesAt(bytes, offset, size)
  const entries: ZipEntry[] = []
  let at = 0
  for (let n = 0; n < count; n++) {
    if (at + 46 > size || directory.readUInt32LE(at) !== 0x02014b50) throw damaged('its directory is damaged')
    const { entry, end } = entryAt(directory, at)
    entries.push(entry)
    at = end
  }
  // Source: APPNOTE.TXT 4.3.13, of the signature that may stand behind.
  if (at < size && (at + 4 > size || directory.readUInt32LE(at) !== 0x05054b50))
    throw damaged(`its directory has more than the ${count} files that it says`)
  checkPlaces(entries, offset)
  return entries.filter(({ name }) => !name.endsWith('/'))
}

/** The content of a packed file, which is checked against its size and checksum where it is read to its end. */
export function contentOf(archive: Bytes, entry: ZipEntry): Bytes {
  return {
    size: async () => entry.size,
    async *from(offset) {
      let [at, crc] = [0, 0]
      for await (const chunk of unpacked(archive, entry)) {
        crc = crc32(chunk, crc)
        const begin = Math.max(0, offset - at)
        at += chunk.length
        if (at > entry.size) throw damaged(`${entry.name} is longer than its ${entry.size} bytes`)
        if (begin < chunk.length) yield begin === 0 ? chunk : chunk.subarray(begin)
      }
      if (at < entry.size) throw damaged(`${entry.name} ends after ${at} of its ${entry.size} bytes`)
      if (crc !== entry.crc) throw damaged(`the checksum of ${entry.name} is wrong: its content is damaged`)
    },
  }
}

async function* unpacked(archive: Bytes, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted) throw damaged(`${entry.name} is encrypted, which is not read`)
  const header = await bytesAt(archive, entry.offset, 30 + entry.rawName.length)
  const isHeader = header.readUInt32LE(0) === 0x04034b50 && header.subarray(30).equals(entry.rawName)
  if (!isHeader) throw damaged(`the header of ${entry.name} at byte ${entry.offset} is damaged`)
  const begin = entry.offset + header.length + header.readUInt16LE(28)
  const packed = upTo(archive, begin, entry.packedSize)
  if (entry.method === 0) yield* packed
  else if (entry.method === 8) yield* inflated(packed, 'deflate')
  else throw damaged(`${entry.name} is packed by method ${entry.method}; only "deflate" is read`)
}

async function* upTo(bytes: Bytes, offset: number, length: number): AsyncGenerator<Uint8Array> {
  let left = length
  if (left === 0) return
  for await (const chunk of bytes.from(offset)) {
    yield chunk.length > left ? chunk.subarray(0, left) : chunk
    left -= chunk.length
    if (left <= 0) return
  }
  throw damaged(`it is cut off`)
}

async function bytesAt(bytes: Bytes, offset: number, length: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of upTo(bytes, offset, length)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

interface Directory {
  readonly count: number
  readonly size: number
  readonly offset: number
}

/** Found from the end of the file, where a comment of up to 64 KiB may stand behind it. */
async function directoryOf(bytes: Bytes): Promise<Directory> {
  const fileSize = await bytes.size()
  const start = Math.max(0, fileSize - endSize - 0xffff)
  const tail = await bytesAt(bytes, start, fileSize - start)
  for (let at = tail.length - endSize; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== 0x06054b50) continue
    if (at + endSize + tail.readUInt16LE(at + 20) !== tail.length) continue
    const found = {
      count: tail.readUInt16LE(at + 10),
      size: tail.readUInt32LE(at + 12),
      offset: tail.readUInt32LE(at + 16),
    }
    const directory = await widened(bytes, found, tail, at)
    if (directory.offset + directory.size <= start + at) return directory
    throw damaged('its directory is not where it should be')
  }
  throw damaged('it is cut off: its directory, which stands at the end, is missing')
}

/** Where a number does not fit, all of them stand in a record of zip64, to which a locator before the end leads. */
async function widened(bytes: Bytes, found: Directory, tail: Buffer, at: number): Promise<Directory> {
  const isWide = found.count === 0xffff || found.size === 0xffffffff || found.offset === 0xffffffff
  const locator = at - 20
  if (!isWide || locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) return found
  const record = await bytesAt(bytes, Number(tail.readBigUInt64LE(locator + 8)), 56)
  if (record.readUInt32LE(0) !== 0x06064b50) throw damaged('its directory is damaged')
  const [count, size, offset] = [32, 40, 48].map(place => Number(record.readBigUInt64LE(place)))
  return { count, size, offset } as Directory
}

function entryAt(directory: Buffer, at: number): { entry: ZipEntry; end: number } {
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map(place =>
    directory.readUInt16LE(at + place),
  )
  const extra = at + 46 + (nameLength as number)
  const end = extra + (extraLength as number) + (commentLength as number)
  if (end > directory.length) throw damaged('its directory is damaged')
  const rawName = directory.subarray(at + 46, extra)
  const wide = wideNumbers(directory.subarray(extra, extra + (extraLength as number)))
  const number = (place: number) => {
    const value = directory.readUInt32LE(at + place)
    return value === 0xffffffff ? (wide.shift() ?? value) : value
  }
  const [size, packedSize, offset] = [number(24), number(20), number(42)] as const
  const name = nameOf(rawName)
  const [method, isEncrypted] = [directory.readUInt16LE(at + 10), directory.readUInt16LE(at + 8) % 2 === 1]
  // Source: APPNOTE.TXT 4.4.2 and 4.4.15, and stat.h of Unix.
  const [isUnix, mode] = [[3, 19].includes(directory[at + 5] as number), directory.readUInt16LE(at + 40)]
  return {
    entry: {
      name,
      rawName,
      size,
      packedSize,
      offset,
      method,
      isEncrypted,
      isLink: isUnix && mode >>> 12 === 0o12,
      crc: directory.readUInt32LE(at + 16),
    },
    end,
  }
}

/** The numbers that did not fit into 32 bits: size, packed size, offset, as far as each is needed. */
function wideNumbers(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2)
    const field = extra.subarray(at + 4, at + 4 + length)
    if (extra.readUInt16LE(at) === 1)
      return Array.from({ length: Math.min(3, field.length >> 3) }, (_, n) =>
        Number(field.readBigUInt64LE(n * 8)),
      )
    at += 4 + length
  }
  return []
}

/** Many writers do not say the encoding of names, and in China it is often GBK. */
function nameOf(raw: Buffer): string {
  return decodeExactly(raw, 'utf-8') ?? decodeExactly(raw, 'gb18030') ?? raw.toString('latin1')
}

/** Files that share bytes can unpack to any size, and are in no honest archive. */
function checkPlaces(entries: readonly ZipEntry[], directory: number): void {
  const sorted = entries.toSorted((a, b) => a.offset - b.offset)
  for (const [index, { name, offset, packedSize, rawName }] of sorted.entries()) {
    const next = sorted[index + 1]?.offset ?? directory
    if (offset + 30 + rawName.length + packedSize > next) throw damaged(`${name} lies over what follows it`)
  }
}

function damaged(reason: string): IsthmusError {
  return new IsthmusError('MSG-DECODE', `the zip archive cannot be read: ${reason}`)
}
