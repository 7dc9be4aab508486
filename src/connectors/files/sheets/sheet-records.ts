import { IsthmusError } from '../../../errors.ts'
import { forbiddenName, quoted, setOwn } from '../../../message/codec/codec.ts'
import type { FileRecord } from '../format.ts'
import { type CellFault, cellName, placeName, type SheetRow } from './sheet-row.ts'

export interface SheetRecordsOptions {
  readonly header: boolean | readonly string[]
  /** The row that names the columns, or the one before the first record. */
  readonly headerRow: number | undefined
  readonly maxRecordLength: number
}

/** Makes the rows of a sheet records. Rows with nothing in them carry no record. */
export class SheetRecords {
  readonly #sheet: string
  readonly #options: SheetRecordsOptions
  /** Added to a row to be its offset. */
  readonly #base: number
  #columns: readonly string[] | undefined
  #begun = false
  #width = 0

  constructor(sheet: string, base: number, options: SheetRecordsOptions) {
    this.#sheet = sheet
    this.#base = base
    this.#options = options
    if (typeof options.header !== 'boolean') this.#columns = options.header
  }

  /** Throws MSG-DECODE where the row that should name the columns cannot. */
  push(row: SheetRow): FileRecord | undefined {
    const { header, headerRow } = this.#options
    if (headerRow !== undefined && row.number < headerRow) return undefined
    const isHeader = header === true && this.#columns === undefined
    if (headerRow !== undefined && row.number === headerRow && header !== true) return undefined
    const width = row.cells.findLastIndex(cell => cell !== undefined && cell !== '') + 1
    if (width === 0 && row.fault === undefined) return undefined
    if (isHeader) this.#name(row, width)
    else return this.#record(row, width)
  }

  #name({ number, cells, fault }: SheetRow, width: number): void {
    if (fault !== undefined) throw this.#unusable(fault, number)
    const names = Array.from({ length: width }, (_, column) => Buffer.from(cells[column] ?? '').toString())
    for (const [column, name] of names.entries()) {
      if (name === '') continue
      const first = names.indexOf(name)
      const reason =
        name === forbiddenName ? 'a name that cannot be used' : `the same name as ${cellName(first, number)}`
      if (first !== column || name === forbiddenName)
        throw this.#unusable(
          { column, reason: `${quoted(name)} is ${reason}; give the columns by the option header` },
          number,
        )
    }
    this.#columns = names
  }

  #record({ number, cells, fault }: SheetRow, width: number): FileRecord {
    const place = { offset: this.#base + number, line: number, part: this.#sheet }
    const columns = this.#columns
    const data = columns === undefined ? this.#list(cells, width) : named(columns, cells)
    const wrong = fault ?? this.#tooLong(cells) ?? (columns && unnamed(columns, cells, width))
    if (wrong === undefined) return { ...place, data }
    const shown = this.#shown(cells)
    const told = columns === undefined || width > columns.length ? shown : named(columns, shown)
    return { ...place, body: Buffer.from(JSON.stringify(told)), defect: this.#told(wrong, number) }
  }

  /** The first cells of a row, no more than a record may have. */
  #shown(cells: readonly (string | undefined)[]): string[] {
    const shown: string[] = []
    let room = this.#options.maxRecordLength
    for (let column = 0; column < cells.length && room > 0; column++) {
      const text = (cells[column] ?? '').slice(0, room)
      shown.push(text)
      room -= text.length + 1
    }
    return shown
  }

  /** As wide as the first row, or wider. */
  #list(cells: readonly (string | undefined)[], width: number): string[] {
    if (!this.#begun) this.#width = width
    this.#begun = true
    return Array.from({ length: Math.max(this.#width, width) }, (_, column) => cells[column] ?? '')
  }

  #tooLong(cells: readonly (string | undefined)[]): CellFault | undefined {
    let length = 0
    for (let column = 0; column < cells.length; column++) {
      length += cells[column]?.length ?? 0
      if (length > this.#options.maxRecordLength)
        return { column, reason: `the row is longer than ${this.#options.maxRecordLength} characters` }
    }
    return undefined
  }

  #told({ column, reason }: CellFault, row: number): string {
    return `${placeName(this.#sheet, cellName(column, row))}: ${reason}`
  }

  #unusable(fault: CellFault, row: number): IsthmusError {
    return new IsthmusError('MSG-DECODE', `the header cannot be used: ${this.#told(fault, row)}`)
  }
}

function named(columns: readonly string[], cells: readonly (string | undefined)[]): Record<string, string> {
  const record: Record<string, string> = {}
  for (let column = 0; column < columns.length; column++) {
    const name = columns[column] as string
    if (name !== '') setOwn(record, name, cells[column] ?? '')
  }
  return record
}

function unnamed(
  columns: readonly string[],
  cells: readonly (string | undefined)[],
  width: number,
): CellFault | undefined {
  for (let column = 0; column < width; column++)
    if ((columns[column] ?? '') === '' && (cells[column] ?? '') !== '')
      return { column, reason: 'a cell in a column that has no name' }
  return undefined
}
