import { IsthmusError } from '../../errors.ts'
import { quoted } from './codec.ts'

export interface CsvEncodeOptions {
  /** The order of the cells. A record may lack a column (an empty cell) but have no other properties. */
  readonly columns: readonly string[]
  /** Whether the first row names the columns. Default true; false to write on. */
  readonly header?: boolean | undefined
  readonly delimiter?: string | undefined
  readonly quote?: string | undefined
  readonly newline?: '\r\n' | '\n' | undefined
  /**
   * Spreadsheets run a cell that begins with = + - @ TAB CR LF NUL (or the wide forms of the signs) as a formula, so
   * that such a text gets a leading apostrophe, unless it is a plain number. The apostrophe is part of the written
   * data: set false only when no spreadsheet ever opens the file. Default true.
   */
  readonly formulaGuard?: boolean | undefined
}

/** CSV text of records (RFC 4180). null, undefined and '' are all an empty cell. */
export function csvEncode(
  records: Iterable<Readonly<Record<string, unknown>>>,
  options: CsvEncodeOptions,
): string {
  const { columns, header = true, delimiter = ',', newline = '\r\n' } = options
  const cell = cellWriter(options)
  const known = new Set(columns)
  const row = (cells: string[]) =>
    (cells.length === 1 && cells[0] === '' ? cell.empty : cells.join(delimiter)) + newline
  let text = header ? row(columns.map(cell.write)) : ''
  for (const record of records) {
    const other = Object.keys(record).find(name => !known.has(name))
    if (other !== undefined) {
      throw new IsthmusError(
        'MSG-ENCODE',
        `a record has the property ${quoted(other)}, for which there is no column`,
      )
    }
    text += row(columns.map(name => cell.write(Object.hasOwn(record, name) ? record[name] : '')))
  }
  return text
}

const formula = /^[=+\-@\t\r\n\0＝＋－＠]/
const plainNumber = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

function cellWriter({ delimiter = ',', quote = '"', formulaGuard = true }: CsvEncodeOptions) {
  const special = new RegExp(`[\\r\\n${RegExp.escape(delimiter + quote)}]`)
  const write = (value: unknown): string => {
    const text = textOf(value)
    const guarded = formulaGuard && formula.test(text) && !plainNumber.test(text) ? `'${text}` : text
    if (!special.test(guarded)) return guarded
    return quote + guarded.replaceAll(quote, quote + quote) + quote
  }
  // An empty line would carry no row.
  return { write, empty: quote + quote }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value)
  throw new IsthmusError(
    'MSG-ENCODE',
    `a cell cannot hold ${typeof value === 'object' ? 'a nested value' : String(value)}`,
  )
}
