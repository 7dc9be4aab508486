import { IsthmusError } from '../../../errors.ts'
import { markLength } from '../../../message/codec/detect-encoding.ts'
import { encodeText } from '../../../message/codec/encode-text.ts'
import { decodeExactly, type Encoding, firstUndecodable } from '../../../message/codec/encoding.ts'
import type { Line } from '../../../message/codec/line.ts'
import { checkOptionNames } from '../../../message/option-names.ts'
import { fileLines, suspicion } from '../file-lines.ts'
import { type Bytes, beginOfFile, type Format, type Place } from '../format.ts'
import { type Kind, kindsOf, unwritable, widthOf, writeFields } from './layout.ts'
import { type FixedWidthOptions, fixedWidthNames } from './options.ts'
import { FixedRecords } from './records.ts'

/**
 * Records whose fields stand at fixed places, as texts, one per line or one behind the other. Where there are kinds of
 * records, each has its kind in the property `kind`, and a trailer is held to its count.
 */
export function fixedWidth(options: FixedWidthOptions): Format {
  checkOptionNames('fixedWidth()', options, fixedWidthNames)
  checkBytes(options)
  return Object.freeze({
    name: 'fixed width',
    async *records(bytes, encoding, from) {
      const records = new FixedRecords(options, encoding)
      const begin = records.isCounting ? beginOfFile : from
      for await (const lines of linesOf(bytes, encoding, begin, options.recordBytes))
        yield lines.filter(line => !isEmpty(line)).map(line => records.push(line))
      records.end()
    },
    writer: encoding => data => bytesOf(data, options, encoding),
  } satisfies Format)
}

function checkBytes(options: FixedWidthOptions): void {
  const { recordBytes, widths } = options
  const width = Math.max(...kindsOf(options).map(widthOf))
  if (recordBytes === undefined || (widths === 'bytes' ? recordBytes >= width : recordBytes > 0)) return
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `Records of ${recordBytes} bytes have no room for fields of ${width}.`,
  )
}

/** The line behind the last line end, and the sign by which old systems end a file. */
function isEmpty({ text }: Line): boolean {
  return text === '' || text === '\x1a'
}

async function* linesOf(
  bytes: Bytes,
  encoding: Encoding,
  from: Place,
  recordBytes: number | undefined,
): AsyncGenerator<Line[]> {
  if (recordBytes === undefined) yield* fileLines(bytes, encoding, from)
  else {
    const check = suspicion(encoding)
    for await (const lines of blocks(bytes, encoding, from, recordBytes))
      yield check ? lines.map(check) : lines
  }
}

/** Records without line ends, as lines. The last one may be cut off; what is no more than a line end is none. */
async function* blocks(bytes: Bytes, encoding: Encoding, from: Place, size: number): AsyncGenerator<Line[]> {
  let held = Buffer.alloc(0)
  let { offset, line } = from
  const lineOf = (content: Buffer): Line => {
    const place = { line: line++, offset, bytes: content, ending: '' } as const
    offset += content.length
    const text = decodeExactly(content, encoding)
    if (text !== undefined) return { ...place, text }
    const at = place.offset + firstUndecodable(content, encoding)
    return {
      ...place,
      defect: `the byte at offset ${at} is not ${encoding}`,
      preview: new TextDecoder(encoding).decode(content),
    }
  }
  for await (const chunk of bytes.from(offset)) {
    const mark = offset === 0 && held.length === 0 ? markLength(chunk, encoding) : 0
    offset += mark
    const data = Buffer.concat([held, chunk.subarray(mark)])
    const count = Math.floor(data.length / size)
    yield Array.from({ length: count }, (_, n) => lineOf(data.subarray(n * size, (n + 1) * size)))
    held = data.subarray(count * size)
  }
  if (/[^\r\n]/.test(held.toString('latin1').replaceAll('\x1a', ''))) yield [lineOf(held)]
}

function bytesOf(data: unknown, options: FixedWidthOptions, encoding: Encoding): Uint8Array {
  const { recordBytes, newline = '\r\n' } = options
  const records: readonly unknown[] = Array.isArray(data) ? data : [data]
  const end = recordBytes === undefined ? encodeText(newline, encoding) : new Uint8Array(0)
  const lines = records.map(record => {
    const line = recordBytesOf(record, options, encoding)
    if (recordBytes === undefined) return line
    if (line.length > recordBytes)
      throw unwritable(`a record of ${line.length} bytes, longer than ${recordBytes}`)
    const blanks = encodeText(' '.repeat(recordBytes - line.length), encoding)
    return Buffer.concat([line, blanks.subarray(0, recordBytes - line.length)])
  })
  checkCounts(records, kindsOf(options))
  return Buffer.concat(lines.flatMap(line => [line, end]))
}

function recordBytesOf(record: unknown, options: FixedWidthOptions, encoding: Encoding): Uint8Array {
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw unwritable('fields of fixed width are written of records with named fields, or a list of such')
  const data = record as Readonly<Record<string, unknown>>
  const kinds = kindsOf(options)
  const kind = options.kinds === undefined ? kinds[0] : kinds.find(({ name }) => name === data.kind)
  if (kind === undefined) throw unwritable(`${JSON.stringify(data.kind)} is no kind of record`)
  return writeFields(kind, data, encoding, options.widths ?? 'characters', (options.kindAt?.from ?? 1) - 1)
}

/** What is written is held to the same counts as what is read. */
function checkCounts(records: readonly unknown[], kinds: readonly Kind[]): void {
  for (const { name, counts } of kinds) {
    if (counts === undefined) continue
    const all = records as readonly Readonly<Record<string, unknown>>[]
    const count = all.filter(({ kind }) => counts.of.has(String(kind))).length
    const trailers = all.filter(({ kind }) => kind === name)
    if (trailers.length !== 1 || all.at(-1) !== trailers[0])
      throw unwritable(`the last record must be the one "${name}"`)
    if (Number(trailers[0]?.[counts.field]) !== count)
      throw unwritable(`${counts.field} of "${name}" must be ${count}, the number of records before it`)
  }
}
