import { IsthmusError } from '../../errors.ts'
import { type CsvDecoder, type CsvOptions as CsvDialect, csvRows } from '../../message/codec/csv.ts'
import { csvEncode } from '../../message/codec/csv-encode.ts'
import { encodeText } from '../../message/codec/encode-text.ts'
import type { Encoding } from '../../message/codec/encoding.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import { fileBlocks, fileLines } from './file-lines.ts'
import { type Bytes, beginOfFile, type Format } from './format.ts'

export interface CsvOptions extends CsvDialect {
  /** Line ending when writing; CRLF by default. */
  readonly newline?: '\r\n' | '\n' | undefined
  /**
   * When writing, a text that a spreadsheet would run as a formula gets an apostrophe in front. False only where no
   * spreadsheet ever opens the file. Default true.
   */
  readonly formulaGuard?: boolean | undefined
}

const csvNames: OptionNames<CsvOptions> = {
  delimiter: true,
  quote: true,
  header: true,
  maxRecordLength: true,
  newline: true,
  formulaGuard: true,
}

/** One record per row, cells as texts. The order of columns in writing is `header`, or that of the first record. */
export function csv(options: CsvOptions = {}): Format {
  checkOptionNames('csv()', options, csvNames)
  csvRows(options)
  return Object.freeze({
    name: 'CSV',
    async *records(bytes, encoding, from) {
      const rows = csvRows(options)
      if (from.offset > 0) await readFirstRow(rows, bytes, encoding)
      for await (const lines of fileBlocks(bytes, encoding, from)) yield rows.push(lines)
      yield rows.end()
    },
    writer(encoding) {
      const { quote } = options
      if (quote !== false) return data => encodeText(textOf(data, { ...options, quote }), encoding)
      throw new IsthmusError(
        'FLOW-DEFINITION',
        'CSV cannot be written without a quote. Leave out "quote: false".',
      )
    },
  } satisfies Format)
}

/** What the first row says of all others, for reading on further behind: the names of the columns, or how many. */
async function readFirstRow(rows: CsvDecoder, bytes: Bytes, encoding: Encoding): Promise<void> {
  for await (const lines of fileLines(bytes, encoding, beginOfFile)) {
    for (const line of lines) {
      if (rows.columns !== undefined) return
      if (rows.push([line]).some(row => row.defect === undefined)) return
    }
  }
}

function textOf(data: unknown, options: CsvOptions & { readonly quote: string | undefined }): string {
  const records: readonly unknown[] = Array.isArray(data) ? data : [data]
  const { header = true } = options
  const columns = typeof header === 'boolean' ? Object.keys(Object(records[0])) : header
  for (const record of records) {
    if (typeof record === 'object' && record !== null && !Array.isArray(record)) continue
    throw new IsthmusError(
      'MSG-ENCODE',
      'a CSV file is written of records with named columns, or a list of such',
    )
  }
  return csvEncode(records as Record<string, unknown>[], { ...options, columns, header: header !== false })
}
