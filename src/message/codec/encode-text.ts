import { IsthmusError } from '../../errors.ts'
import { decodeExactly, type Encoding, type SingleByte } from './encoding.ts'

/** The bytes that say a text. A character that the encoding lacks is refused with MSG-ENCODE, never replaced. */
export function encodeText(text: string, encoding: Encoding): Uint8Array {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(wellFormed(text, encoding))
    case 'utf-16le':
      return Buffer.from(wellFormed(text, encoding), 'utf16le')
    case 'utf-16be':
      return Buffer.from(wellFormed(text, encoding), 'utf16le').swap16()
    default:
      return encodeByTable(text, encoding)
  }
}

function wellFormed(text: string, encoding: Encoding): string {
  if (text.isWellFormed()) return text
  let index = 0
  for (const character of text) {
    if (!character.isWellFormed()) break
    index += character.length
  }
  throw inexpressible(text, index, encoding)
}

function inexpressible(text: string, index: number, encoding: Encoding): IsthmusError {
  const point = (text.codePointAt(index) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return new IsthmusError(
    'MSG-ENCODE',
    `U+${point}, character ${index + 1} of the text, is not in ${encoding}`,
    {
      detail: { index, encoding },
    },
  )
}

type TableEncoding = 'gb18030' | 'gbk' | SingleByte

function encodeByTable(text: string, encoding: TableEncoding): Uint8Array {
  const table = tableOf(encoding)
  const bytes = Buffer.allocUnsafe(text.length * 4)
  let end = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    const code = unit < 0x80 ? unit : table[unit] || supplementary(text, index++, encoding)
    if (code > 0xffff) end = bytes.writeUInt32BE(code, end)
    else if (code > 0xff) end = bytes.writeUInt16BE(code, end)
    else bytes[end++] = code
  }
  return bytes.subarray(0, end)
}

/** Source: GB 18030, four-byte forms of the code points above U+FFFF, which are numbered on from 0x90308130. */
function supplementary(text: string, index: number, encoding: TableEncoding): number {
  const point = text.codePointAt(index) ?? 0
  if (encoding !== 'gb18030' || point < 0x10000) throw inexpressible(text, index, encoding)
  return fourBytes(point - 0x10000 + 189_000)
}

function fourBytes(pointer: number): number {
  const [a, b] = [Math.floor(pointer / 12_600) + 0x81, (Math.floor(pointer / 1260) % 10) + 0x30]
  const [c, d] = [(Math.floor(pointer / 10) % 126) + 0x81, (pointer % 10) + 0x30]
  return a * 0x1000000 + b * 0x10000 + c * 0x100 + d
}

const tables: Partial<Record<TableEncoding, Uint32Array>> = {}

/**
 * By UTF-16 code unit the bytes as one big-endian number, 0 for none. The tables are the platform's decoder read
 * backwards, so that what is written is always read back as it was; of two forms the shorter is written. This makes
 * it GB 18030-2022, where older private-use characters have no form any more.
 */
function tableOf(encoding: TableEncoding): Uint32Array {
  let table = tables[encoding]
  if (table !== undefined) return table
  table = new Uint32Array(0x10000)
  if (!encoding.startsWith('gb')) {
    const assigned = range(0x80, 0xff).filter(
      code => decodeExactly(Uint8Array.of(code), encoding) !== undefined,
    )
    enter(table, assigned, encoding)
  } else {
    if (encoding === 'gbk') enter(table, [0x80], encoding)
    const trails = range(0x40, 0xfe).filter(trail => trail !== 0x7f)
    enter(
      table,
      range(0x81, 0xfe).flatMap(lead => trails.map(trail => lead * 256 + trail)),
      encoding,
    )
    if (encoding === 'gb18030') enter(table, range(0, 39_419).map(fourBytes), encoding)
  }
  tables[encoding] = table
  return table
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/**
 * Enters the characters that codes are decoded to, except where an earlier code has said the same character, and except
 * U+FFFD, which says that a character was lost.
 */
function enter(table: Uint32Array, codes: readonly number[], encoding: TableEncoding): void {
  const bytes = codes.flatMap(code => [code >>> 24, (code >>> 16) & 255, (code >>> 8) & 255, code & 255, 10])
  const written = Uint8Array.from(bytes.filter((byte, index) => byte !== 0 || index % 5 === 4))
  const characters = new TextDecoder(encoding).decode(written).split('\n')
  for (const [index, code] of codes.entries()) {
    const character = characters[index] ?? ''
    const unit = character.charCodeAt(0)
    if (character.length === 1 && unit !== 0xfffd && table[unit] === 0) table[unit] = code
  }
}
