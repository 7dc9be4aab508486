import { IsthmusError } from '../../../errors.ts'
import { checkOptionNames } from '../../../message/option-names.ts'
import type { Bytes, FileRecord, Format, Place } from '../format.ts'
import { type ExcelOptions, excelNames } from './excel-options.ts'
import { SheetChoice } from './sheet-choice.ts'
import { SheetRecords } from './sheet-records.ts'
import { sheetsOf } from './sheets.ts'
import { xlsxBytes } from './xlsx-bytes.ts'

/** Apart from one another so that rows of one sheet never reach the next one. */
const sheetRoom = 2 ** 21
const some = 500

/**
 * Rows of the sheets of a workbook: xlsx, xlsm and ods, told apart by their content. Cells are texts, as in CSV:
 * numbers with the digits that the file has, dates as ISO 8601, truth as TRUE and FALSE. Written is xlsx.
 */
export function excel(options: ExcelOptions = {}): Format {
  checkOptionNames('excel()', options, excelNames)
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
