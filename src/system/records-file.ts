import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IsthmusError, reasonOf } from '../errors.ts'
import { csvRows } from '../message/codec/csv.ts'
import { decodeLines } from '../message/codec/decode-lines.ts'
import { markOf } from '../message/codec/detect-encoding.ts'
import { decodeText, type Encoding } from '../message/codec/encoding.ts'
import { json } from '../message/codec/json.ts'

/**
 * All records of a small file: CSV with a first row of names, where every cell is text, or JSON (a list, or one object).
 * Without an encoding it is what its byte order mark says, else UTF-8. Throws CONFIG-INVALID, with the line, for what cannot be read.
 */
export function recordsOfFile(file: string | URL, encoding?: Encoding): readonly unknown[] {
  const path = file instanceof URL ? fileURLToPath(file) : file
  try {
    const bytes = readFileSync(path)
    const read = encoding ?? markOf(bytes) ?? 'utf-8'
    if (/^\.jso?n$/i.test(extname(path))) return listed(json().decode(Buffer.from(decodeText(bytes, read))))
    return csvRecords(bytes, read)
  } catch (cause) {
    throw new IsthmusError('CONFIG-INVALID', `${path} cannot be read: ${reasonOf(cause)}`, { cause })
  }
}

function listed(data: unknown): readonly unknown[] {
  return Array.isArray(data) ? data : [data]
}

function csvRecords(bytes: Uint8Array, encoding: Encoding): readonly unknown[] {
  const lines = decodeLines(encoding)
  const rows = csvRows()
  const read = [...rows.push([...lines.push(bytes), ...lines.end()]), ...rows.end()]
  return read.map(row => {
    if (row.defect !== undefined) throw new Error(`line ${row.line}: ${row.defect}`)
    return row.data
  })
}
