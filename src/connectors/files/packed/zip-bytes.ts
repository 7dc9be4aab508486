import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipContent {
  readonly name: string
  readonly bytes: Uint8Array
}

/** A zip archive of these files. The same files give the same bytes: their time is the earliest that zip knows. */
export function zipBytes(contents: readonly ZipContent[]): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { name, bytes } of contents) {
    const packed = deflateRawSync(bytes)
    const rawName = Buffer.from(name)
    const head = headOf(crc32(bytes), packed.length, bytes.length, rawName.length)
    const local = Buffer.concat([sign(0x04034b50), head, Buffer.alloc(2), rawName])
    const listed = Buffer.alloc(14)
    listed.writeUInt32LE(offset, 10)
    directory.push(sign(0x02014b50), Buffer.from([20, 0]), head, Buffer.alloc(2), listed, rawName)
    parts.push(local, packed)
    offset += local.length + packed.length
  }
  const end = Buffer.alloc(18)
  end.writeUInt16LE(contents.length, 4)
  end.writeUInt16LE(contents.length, 6)
  end.writeUInt32LE(
    directory.reduce((sum, part) => sum + part.length, 0),
    8,
  )
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...parts, ...directory, sign(0x06054b50), end])
}

/** What both headers of a file have in common: version 2.0, name in UTF-8, deflate, 1 January 1980. */
function headOf(crc: number, packedSize: number, size: number, nameLength: number): Buffer {
  const head = Buffer.alloc(24)
  head.writeUInt16LE(20, 0)
  head.writeUInt16LE(0x0800, 2)
  head.writeUInt16LE(8, 4)
  head.writeUInt16LE(33, 8)
  head.writeUInt32LE(crc, 10)
  head.writeUInt32LE(packedSize, 14)
  head.writeUInt32LE(size, 18)
  head.writeUInt16LE(nameLength, 22)
  return head
}

function sign(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
