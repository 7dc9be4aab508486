import { reasonOf } from '../../errors.ts'
import { encodeText } from '../../message/codec/encode-text.ts'
import type { Encoding } from '../../message/codec/encoding.ts'
import { json } from '../../message/codec/json.ts'
import type { Line } from '../../message/codec/line.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import { fileLines } from './file-lines.ts'
import type { FileRecord, Format } from './format.ts'

export interface JsonLinesOptions {
  /** A longer line is set aside, with only its begin kept. Default 16 MiB. */
  readonly maxLineBytes?: number | undefined
}

const jsonLinesNames: OptionNames<JsonLinesOptions> = { maxLineBytes: true }

/** One JSON value per line; empty lines carry nothing. */
export function jsonLines(options: JsonLinesOptions = {}): Format {
  checkOptionNames('jsonLines()', options, jsonLinesNames)
  return Object.freeze({
    name: 'JSON lines',
    decode: codec.decode,
    async *records(bytes, encoding, from) {
      for await (const lines of fileLines(bytes, encoding, from, options.maxLineBytes)) {
        yield lines.filter(line => line.text?.trim() !== '').map(line => recordOf(line, encoding))
      }
    },
    writer: encoding => data => {
      const records: readonly unknown[] = Array.isArray(data) ? data : [data]
      return encodeText(records.map(record => `${decoder.decode(codec.encode(record))}\n`).join(''), encoding)
    },
  } satisfies Format)
}

const codec = json()
const decoder = new TextDecoder()

function recordOf(line: Line, encoding: Encoding): FileRecord {
  const place = { line: line.line, offset: line.offset }
  if (line.text === undefined)
    return { ...place, body: line.bytes, defect: `line ${line.line}: ${line.defect}` }
  const body = encoding === 'utf-8' ? content(line) : Buffer.from(line.text)
  try {
    return { ...place, data: codec.decode(body), body }
  } catch (error) {
    return { ...place, body: line.bytes, defect: `line ${line.line}: ${reasonOf(error)}` }
  }
}

function content(line: Line): Uint8Array {
  return line.bytes.subarray(0, line.bytes.length - line.ending.length)
}
