/**
 * PostgreSQL arrays in their binary form, which the driver sends as it is: any number of rows go in one prepared
 * statement with one parameter a column, and bytes travel as bytes. (As text, a bytea array doubles in size and is
 * parsed element by element; a VALUES list is another statement for every count of rows.)
 * Source: array_recv in PostgreSQL's arrayfuncs.c; all numbers big-endian.
 */
export function int4Array(items: readonly number[]): Buffer {
  return encode(23, items, () => 4, writeInt4)
}

/** Whole numbers up to 2^53. */
export function int8Array(items: readonly (number | null)[]): Buffer {
  return encode(20, items, () => 8, writeInt8)
}

/** Well-formed strings without U+0000: see `toText`. */
export function textArray(items: readonly (string | null)[]): Buffer {
  return encode(25, items, text => Buffer.byteLength(text), writeText)
}

export function byteaArray(items: readonly (Uint8Array | null)[]): Buffer {
  return encode(17, items, bytes => bytes.byteLength, writeBytes)
}

const headerBytes = 20

function encode<T>(
  type: number,
  items: readonly (T | null)[],
  sizeOf: (item: T) => number,
  write: (target: Buffer, item: T, offset: number) => void,
): Buffer {
  if (items.length === 0) return emptyArray(type)
  const sizes = items.map(item => (item === null ? -1 : sizeOf(item)))
  const total = sizes.reduce((sum, size) => sum + 4 + Math.max(size, 0), headerBytes)
  const target = Buffer.allocUnsafe(total)
  const hasNull = sizes.includes(-1) ? 1 : 0
  for (const [index, value] of [1, hasNull, type, items.length, 1].entries())
    target.writeInt32BE(value, index * 4)
  let offset = headerBytes
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as T | null
    const size = sizes[index] as number
    offset = target.writeInt32BE(size, offset)
    if (item === null) continue
    write(target, item, offset)
    offset += size
  }
  return target
}

function emptyArray(type: number): Buffer {
  const target = Buffer.alloc(12)
  target.writeInt32BE(type, 8)
  return target
}

function writeInt4(target: Buffer, item: number, offset: number): void {
  target.writeInt32BE(item, offset)
}

function writeInt8(target: Buffer, item: number, offset: number): void {
  if (!Number.isSafeInteger(item))
    throw new RangeError(`${item} is not a whole number that a column can keep`)
  const high = Math.floor(item / 2 ** 32)
  target.writeInt32BE(high, offset)
  target.writeUInt32BE(item - high * 2 ** 32, offset + 4)
}

function writeText(target: Buffer, item: string, offset: number): void {
  target.write(item, offset)
}

function writeBytes(target: Buffer, item: Uint8Array, offset: number): void {
  target.set(item, offset)
}
