import { IsthmusError } from '../../../errors.ts'
import type { Bytes, FileRecord, Format, Place } from '../format.ts'
import { SheetChoice } from './sheet-choice.ts'
import { SheetRecords } from './sheet-records.ts'
import { sheetsOf } from './sheets.ts'
import { xlsxBytes } from './xlsx-bytes.ts'

export interface ExcelOptions {
  /**
   * The name of the sheet, its number from 1, or a pattern like `orders-*` for all whose names it matches. Default: the
   * first that is not hidden. In writing, its name; default `Sheet1`.
   */
  readonly sheet?: string | number | undefined
  /**
   * true (default): the first row names the columns; a list: these are the columns, from the first on; false: records
   * are lists.
   */
  readonly header?: boolean | readonly string[] | undefined
  /** The row of that header, from 1; those before it are skipped. Default: the first that is not empty. */
  readonly headerRow?: number | undefined
  /** A row with more characters is set aside. Default 256 KiB. */
  readonly maxRecordLength?: number | undefined
  /** Columns of which the texts are written as numbers, digit for digit: `12.50`. Others are written as texts. */
  readonly numbers?: readonly string[] | undefined
}

/** Apart from one another so that rows of one sheet never reach the next one. */
const sheetRoom = 2 ** 21
const some = 500

/**
 * Rows of the sheets of a workbook: xlsx, xlsm and ods, told apart by their content. Cells are texts, as in CSV:
 * numbers with the digits that the file has, dates as ISO 8601, truth as TRUE and FALSE. Written is xlsx.
 */
export function excel(options: ExcelOptions = {}): Format {
  const { sheet, header = true, headerRow, maxRecordLength = 256 * 1024 } = options
  return Object.freeze({
    name: 'Excel',
    packed: true,
    async *records(bytes: Bytes, _encoding, from: Place) {
      const first = Math.floor(from.offset / sheetRoom)
      let records: { readonly index: number; readonly of: SheetRecords } | undefined
      for await (const { index, name, rows } of sheetsOf(bytes, new SheetChoice(sheet), first)) {
        if (records?.index !== index)
          records = {
            index,
            of: new SheetRecords(name, index * sheetRoom, { header, headerRow, maxRecordLength }),
          }
        let found: FileRecord[] = []
        for (const row of rows) {
          for (let n = 0; n < (row.repeat ?? 1); n++) {
            const record = records.of.push(n === 0 ? row : { ...row, number: row.number + n })
            if (record !== undefined && found.push(record) === some) {
              yield found
              found = []
            }
          }
        }
        yield found
      }
    },
    writer(encoding) {
      if (encoding === 'utf-8') return data => xlsxBytes(data, options)
      throw new IsthmusError('FLOW-DEFINITION', 'Excel files have no encoding. Leave out "encoding".')
    },
  } satisfies Format)
}
