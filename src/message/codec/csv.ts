import { IsthmusError } from '../../errors.ts'
import { forbiddenName, quoted, setOwn } from './codec.ts'
import { PlainCells } from './csv-plain.ts'
import type { Line } from './line.ts'
import { TextBlock } from './text-block.ts'

export interface CsvOptions {
  /** One character, default `,`. */
  readonly delimiter?: string | undefined
  /** One character, default `"`, doubled to stand for itself; false for a file in which no character quotes. */
  readonly quote?: string | false | undefined
  /**
   * true (default): the first row names the columns; a list: these are the columns and the first row is data;
   * false: records are lists, as wide as the first row.
   */
  readonly header?: boolean | readonly string[] | undefined
  /** A longer record (in characters) becomes a defect. It bounds what one stray quote can swallow. Default 1 MiB. */
  readonly maxRecordLength?: number | undefined
}

export type CsvRecord = Record<string, string> | string[]

/**
 * One row, at the `line` (from 1) and byte `offset` of the file where it begins. A defect says why the row cannot be
 * read; its `body` is all of its lines as received. Cells are never interpreted: no numbers, no formulas.
 */
export type CsvRow = { readonly line: number; readonly offset: number } & (
  | { readonly data: CsvRecord; readonly defect?: undefined; readonly body?: undefined }
  | { readonly defect: string; readonly body: Uint8Array; readonly data?: undefined }
)

export interface CsvDecoder {
  /** The names of the columns, once they are known. */
  readonly columns: readonly string[] | undefined
  /** The rows that these lines complete. An unusable header throws MSG-DECODE, since no row can be read without it. */
  push(lines: readonly (Line | TextBlock)[]): CsvRow[]
  /** The row left open by the end of the file: always a defect. */
  end(): CsvRow[]
}

/**
 * Reads the lines of `decodeLines` as CSV (RFC 4180, strict). A row that breaks the rules is a defect and reading goes
 * on behind it: stray quotes, text behind a closing quote, another number of cells than columns, undecodable bytes.
 * A row with quotes spans lines; if it turns out broken, all of them are set aside together, because none of them can
 * be told from data. Empty lines carry no row.
 */
export function csvRows(options: CsvOptions = {}): CsvDecoder {
  return new CsvRows(options)
}

interface OpenRow {
  readonly lines: Line[]
  /** Cells that are complete. */
  readonly cells: string[]
  /** Content so far of the quoted cell that the last line left open. */
  cell: string
  length: number
  undecodable: string | undefined
}

class CsvRows implements CsvDecoder {
  columns: readonly string[] | undefined
  readonly #delimiter: string
  /** Never a part of a line where nothing quotes. */
  readonly #quote: string
  readonly #maxLength: number
  readonly #plain: PlainCells
  readonly #named: boolean
  /** A record with these columns: a copy of it is several times as fast to fill as an empty one. */
  #blank: Readonly<Record<string, string>> | undefined
  #width: number | undefined
  #open: OpenRow | undefined

  constructor(options: CsvOptions) {
    this.#delimiter = options.delimiter ?? ','
    this.#quote = options.quote === false ? '\n' : (options.quote ?? '"')
    this.#maxLength = options.maxRecordLength ?? 1024 * 1024
    const header = options.header ?? true
    this.#named = header !== false
    if (typeof header !== 'boolean') this.#name(header, 'the configured header')
    const signs = [this.#delimiter, options.quote || '"']
    if (signs[0] === signs[1] || signs.some(sign => sign.length !== 1 || sign === '\n' || sign === '\r')) {
      throw new IsthmusError(
        'CONFIG-INVALID',
        'CSV needs a delimiter and a quote, each one character, not the same',
      )
    }
    this.#plain = new PlainCells(this.#delimiter, options.quote ?? '"')
  }

  push(lines: readonly (Line | TextBlock)[]): CsvRow[] {
    const rows: CsvRow[] = []
    for (const part of lines) {
      if (part instanceof TextBlock) this.#readBlock(part, rows)
      else this.#readLine(part, rows)
    }
    return rows
  }

  end(): CsvRow[] {
    return this.#open === undefined ? [] : [this.#broken(this.#open, 'a quoted cell is not closed')]
  }

  #readBlock(block: TextBlock, rows: CsvRow[]): void {
    const units = block.units()
    while (block.at < block.text.length)
      if (!this.#readPlain(block, units, rows)) this.#readLine(block.next(units), rows)
  }

  /** False for a line that must be looked at closely; it is still the next one. */
  #readPlain(block: TextBlock, units: Uint16Array, rows: CsvRow[]): boolean {
    if (this.#open !== undefined || this.#width === undefined || block.isMarked) return false
    const plain = this.#plain
    const { line, offset, at } = block
    if (plain.cut(block.text, units, at) !== this.#width) return false
    const length = plain.end - at
    if (length === 0 || length > this.#maxLength) return false
    if (!block.leave(plain.end, units)) return false
    rows.push({ line, offset, data: this.#data(plain.cells) })
    return true
  }

  #readLine(line: Line, rows: CsvRow[]): void {
    if (this.#open === undefined && line.text === '') return
    const begun = { lines: [], cells: [], cell: '', length: 0, undecodable: undefined }
    const row = this.#resume(this.#open ?? begun, line)
    if (row !== undefined) rows.push(row)
  }

  /** Reads a line with quotes, or within quotes. What cannot be decoded is still followed to the end of its row. */
  #resume(row: OpenRow, line: Line): CsvRow | undefined {
    const text = line.text ?? line.preview ?? ''
    const within = row.lines.length > 0
    row.lines.push(line)
    row.length += text.length
    row.undecodable ??= line.defect
    const fault = row.length > this.#maxLength ? 'too long' : this.#cells(row, text, within)
    if (fault === 'too long') {
      const reason = `longer than ${this.#maxLength} characters: a quoted cell is not closed, or maxRecordLength is too low`
      return this.#broken(row, reason)
    }
    if (fault === 'open') {
      row.cell += line.ending
      row.length += line.ending.length
      this.#open = row
      return line.ending === '' ? this.#broken(row, 'a quoted cell is not closed') : undefined
    }
    if (fault !== undefined || row.undecodable !== undefined) return this.#broken(row, fault ?? '')
    this.#open = undefined
    return this.#row(row.lines[0] as Line, row.cells, row.lines)
  }

  /** Adds the cells of one line to the row. Answers 'open' if the line ends within quotes, or what is wrong. */
  #cells(row: OpenRow, text: string, within: boolean): string | undefined {
    let at = 0
    for (let quotedCell = within; ; quotedCell = false) {
      if (quotedCell || text.startsWith(this.#quote, at)) {
        if (!quotedCell) row.cell = ''
        at = this.#quotedCell(row, text, quotedCell ? at : at + 1)
        if (at === -1) return 'open'
        row.cells.push(row.cell)
        if (at < text.length && !text.startsWith(this.#delimiter, at)) return 'text behind a closing quote'
      } else {
        const end = text.indexOf(this.#delimiter, at)
        const cell = end === -1 ? text.slice(at) : text.slice(at, end)
        if (cell.includes(this.#quote)) return 'a quote within a cell that does not begin with one'
        row.cells.push(cell)
        at += cell.length
      }
      if (at >= text.length) return undefined
      at++
    }
  }

  /** Reads the inside of quotes. Answers the index behind the closing quote, or -1 where the line ends before it. */
  #quotedCell(row: OpenRow, text: string, from: number): number {
    let at = from
    for (;;) {
      const quote = text.indexOf(this.#quote, at)
      if (quote === -1) {
        row.cell += text.slice(at)
        return -1
      }
      row.cell += text.slice(at, quote)
      if (!text.startsWith(this.#quote, quote + 1)) return quote + 1
      row.cell += this.#quote
      at = quote + 2
    }
  }

  #row(first: Line, cells: string[], lines?: readonly Line[]): CsvRow | undefined {
    if (this.#named && this.columns === undefined) {
      this.#name(cells, `the header in line ${first.line}`)
      return undefined
    }
    this.#width ??= cells.length
    if (cells.length !== this.#width) {
      return defect(lines ?? [first], `${cells.length} cells where ${this.#width} are expected`)
    }
    const { line, offset } = first
    return { line, offset, data: this.#data(cells) }
  }

  #data(cells: readonly string[]): CsvRecord {
    const { columns = [] } = this
    return this.#blank === undefined ? cells.slice(0, this.#width) : recordOf(this.#blank, columns, cells)
  }

  #name(names: readonly string[], where: string): void {
    const repeated = firstRepeated(names)
    const fault = names.includes(forbiddenName) ? forbiddenName : repeated
    if (fault !== undefined || names.length === 0) {
      const reason = fault === undefined ? 'names no column' : `cannot use the name ${quoted(fault)}`
      const why = fault === repeated && fault !== undefined ? ', which it has twice' : ''
      throw new IsthmusError('MSG-DECODE', `${where} ${reason}${why}; give the columns by the option header`)
    }
    this.columns = names.map(asKey)
    this.#blank = blankOf(names)
    this.#width = names.length
  }

  #broken(row: OpenRow, reason: string): CsvRow {
    this.#open = undefined
    const broken = defect(row.lines, row.undecodable ?? reason)
    if (!this.#named || this.columns !== undefined) return broken
    throw new IsthmusError('MSG-DECODE', `the header cannot be read: ${broken.defect}`)
  }
}

function recordOf(
  blank: Readonly<Record<string, string>>,
  columns: readonly string[],
  cells: readonly string[],
): Record<string, string> {
  const record = { ...blank }
  let at = 0
  for (const most = columns.length - 7; at < most; at += 8) setEight(record, columns, cells, at)
  for (; at < columns.length; at++) record[columns[at] as string] = cells[at] as string
  return record
}

/** Each of these assignments sees the same name again and again, and is then as fast as one of a fixed name. */
function setEight(
  record: Record<string, string>,
  names: readonly string[],
  cells: readonly string[],
  at: number,
): void {
  record[names[at] as string] = cells[at] as string
  record[names[at + 1] as string] = cells[at + 1] as string
  record[names[at + 2] as string] = cells[at + 2] as string
  record[names[at + 3] as string] = cells[at + 3] as string
  record[names[at + 4] as string] = cells[at + 4] as string
  record[names[at + 5] as string] = cells[at + 5] as string
  record[names[at + 6] as string] = cells[at + 6] as string
  record[names[at + 7] as string] = cells[at + 7] as string
}

function blankOf(names: readonly string[]): Record<string, string> {
  const blank: Record<string, string> = {}
  for (const name of names) setOwn(blank, name, '')
  return blank
}

/** The same text as the engine keeps it for keys: those that were cut out of a text are looked up at each use. */
function asKey(name: string): string {
  return Object.keys({ [name]: '' })[0] as string
}

function firstRepeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return names.find(name => seen.size === seen.add(name).size)
}

function defect(lines: readonly Line[], reason: string): CsvRow {
  const { line, offset, bytes } = lines[0] as Line
  const last = line + lines.length - 1
  const where = lines.length === 1 ? `line ${line}` : `lines ${line} to ${last}`
  const all = lines.length === 1 ? bytes : Buffer.concat(lines.map(each => each.bytes))
  return { line, offset, body: all, defect: `${where}: ${reason}` }
}
