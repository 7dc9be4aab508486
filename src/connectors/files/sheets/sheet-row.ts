/** A row of a sheet. */
export interface SheetRow {
  /** From 1. */
  readonly number: number
  /** By column from 0, as texts; where a sheet has nothing, there may be nothing. */
  readonly cells: readonly (string | undefined)[]
  /** The first cell that cannot be read, or must not be taken for data. */
  readonly fault?: CellFault | undefined
  /** How many equal rows stand one below the other; 1 if absent. */
  readonly repeat?: number | undefined
}

/** Characters that a row or a text may have to be read at all. */
export const longestRow = 16 * 1024 * 1024

/** Rows of one sheet, which is `index` of the workbook, from 0. */
export interface SheetPart {
  readonly index: number
  readonly name: string
  readonly rows: readonly SheetRow[]
}

export interface CellFault {
  readonly column: number
  readonly reason: string
}

/** Source: limits of Excel, which are those of LibreOffice too. */
export const mostRows = 1_048_576
export const mostColumns = 16_384

/** `B7` for column 1 of row 7. */
export function cellName(column: number, row: number): string {
  let letters = ''
  for (let left = column + 1; left > 0; left = Math.floor((left - 1) / 26))
    letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters
  return `${letters}${row}`
}

/** `'May 2024'!B7`, as spreadsheets write it. */
export function placeName(sheet: string, cell: string): string {
  return /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(sheet)
    ? `${sheet}!${cell}`
    : `'${sheet.replaceAll("'", "''")}'!${cell}`
}
