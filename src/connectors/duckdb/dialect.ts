import { IsthmusError } from '../../errors.ts'
import type { Column, WarehouseDialect } from '../../system/warehouse.ts'

const types = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  instant: 'TIMESTAMPTZ',
  json: 'JSON',
} as const

/** Source: DuckDB documentation, numeric types: a decimal has at most 38 digits. */
const mostDigits = 38

export const duckdbDialect: WarehouseDialect = {
  product: 'DuckDB',
  keepsZero: true,
  type({ name, type, precision = mostDigits, scale = 9 }: Column): string {
    if (type !== 'decimal') return types[type]
    if (precision > mostDigits || scale > precision)
      throw new IsthmusError(
        'FLOW-DEFINITION',
        `Column ${name}: DuckDB has no decimal(${precision},${scale}): at most ${mostDigits} digits.`,
      )
    return `DECIMAL(${precision},${scale})`
  },
}
