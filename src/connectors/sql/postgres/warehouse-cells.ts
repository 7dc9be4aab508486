import { IsthmusError } from '../../../errors.ts'
import { parseExactly } from '../../../message/codec/json-exact.ts'
import type { Cells, Column } from '../../../system/warehouse.ts'
import {
  booleanOf,
  daysOf,
  integerOf,
  jsonOf,
  microsOf,
  momentText,
  numberOf,
  plainInteger,
  textOf,
  UnfitCell,
  unitsOf,
} from '../../../system/warehouse-cells.ts'
import { types as driverTypes } from './driver.ts'

/** Rows as COPY reads them. Source: PostgreSQL documentation, COPY, text format. */
export function copyText(rows: readonly Cells[], columns: readonly Column[], before: number): string {
  const writers = columns.map(column => writersOf[column.type])
  let text = ''
  for (let row = 0; row < rows.length; row++) {
    const cells = rows[row] as Cells
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at] as Column
      if (at > 0) text += '\t'
      try {
        text += cellText(cells[at] ?? null, column, writers[at] as Writer)
      } catch (error) {
        throw unfit(error, column, before + row + 1)
      }
    }
    text += '\n'
  }
  return text
}

type Writer = (cell: unknown, column: Column) => string

function cellText(cell: unknown, column: Column, write: Writer): string {
  if (cell !== null) return write(cell, column)
  if (column.required) throw new UnfitCell('it is missing')
  return '\\N'
}

const writersOf: Readonly<Record<Column['type'], Writer>> = {
  text: cell => escaped(textOf(cell)),
  integer: cell => String(integerOf(cell)),
  number: cell => String(numberOf(cell)),
  boolean: cell => (booleanOf(cell) ? 't' : 'f'),
  json: cell => escaped(jsonOf(cell)),
  date(cell) {
    daysOf(cell)
    return cell as string
  },
  instant: cell => `${momentText(microsOf(cell))}Z`,
  // The server would round what has too many digits.
  decimal(cell, column) {
    unitsOf(cell, column)
    return String(cell)
  },
}

const special = /[\\\n\r\t\0]/

function escaped(text: string): string {
  if (!special.test(text)) return text
  if (text.includes('\0')) throw new UnfitCell('it holds the character 0, which PostgreSQL does not keep')
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')
}

function unfit(error: unknown, { name }: Column, row: number): unknown {
  if (!(error instanceof UnfitCell)) return error
  return new IsthmusError('TARGET-REFUSED', `Row ${row}, column ${name}: ${error.message}.`)
}

/** Object identifiers of types, from PostgreSQL's catalogue pg_type. */
const [bytes, integer, real, double] = [17, 20, 700, 701]
const jsons = new Set([114, 3802])

/** Reads what comes from the server as a warehouse gives it. */
export const warehouseTypes = {
  getTypeParser(type: number) {
    if (type === integer) return (value: string) => plainInteger(BigInt(value))
    if (type === real || type === double) return (value: string) => finite(value)
    if (type === bytes) return (value: string) => Buffer.from(value.slice(2), 'hex').toString('base64')
    if (jsons.has(type)) return (value: string) => parseExactly(value, 1000)
    return driverTypes.getTypeParser(type)
  },
}

function finite(value: string): number | string {
  const number = Number(value)
  return Number.isFinite(number) ? number : value
}
