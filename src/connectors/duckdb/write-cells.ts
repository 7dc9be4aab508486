import type { DuckDBType, DuckDBValue, DuckDBVector } from '@duckdb/node-api'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Cells, Column } from '../../system/warehouse.ts'
import {
  booleanOf,
  daysOf,
  integerOf,
  jsonOf,
  microsOf,
  numberOf,
  textOf,
  UnfitCell,
  unitsOf,
} from '../../system/warehouse-cells.ts'
import type { Duckdb } from './driver.ts'

/** How the cells of a column come into a vector of DuckDB's. */
export interface Filling {
  readonly column: Column
  readonly type: DuckDBType
  readonly write: (cell: unknown) => DuckDBValue
}

export function fillingOf(column: Column, duckdb: Duckdb): Filling {
  const { precision = 38, scale = 9 } = column
  const made = {
    text: () => ({ type: duckdb.VARCHAR, write: textOf }),
    integer: () => ({ type: duckdb.BIGINT, write: (cell: unknown) => BigInt(integerOf(cell)) }),
    number: () => ({ type: duckdb.DOUBLE, write: numberOf }),
    boolean: () => ({ type: duckdb.BOOLEAN, write: booleanOf }),
    json: () => ({ type: duckdb.VARCHAR, write: jsonOf }),
    date: () => ({
      type: duckdb.DATE,
      write: remembering(cell => new duckdb.DuckDBDateValue(daysOf(cell))),
    }),
    instant: () => ({
      type: duckdb.TIMESTAMPTZ,
      write: remembering(cell => new duckdb.DuckDBTimestampTZValue(microsOf(cell))),
    }),
    decimal: () => ({
      type: duckdb.DECIMAL(precision, scale),
      write: (cell: unknown) =>
        new duckdb.DuckDBDecimalValue(BigInt(unitsOf(cell, column)), precision, scale),
    }),
  }
  return { column, ...made[column.type]() }
}

/** Days and moments often stand in many rows, one after another. */
function remembering<T>(write: (cell: unknown) => T): (cell: unknown) => T {
  let last: unknown
  let made: T | undefined
  return cell => {
    if (cell !== last || made === undefined) {
      made = write(cell)
      last = cell
    }
    return made
  }
}

/** Puts the cells `at` of some rows into a vector that has room for them; `before` rows came earlier. */
export function fill(
  vector: DuckDBVector,
  { column, write }: Filling,
  rows: readonly Cells[],
  at: number,
  before: number,
): void {
  let row = 0
  try {
    for (; row < rows.length; row++) {
      const cell = (rows[row] as Cells)[at] ?? null
      if (cell === null && column.required) throw new UnfitCell('it is missing')
      vector.setItem(row, (cell === null ? null : write(cell)) as never)
    }
  } catch (error) {
    throw unfit(error, column, before + row + 1)
  }
  vector.flush()
}

/** Which cell is not fit for its column. Rows are counted from 1. */
export function unfit(error: unknown, { name }: Column, row: number): unknown {
  if (!(error instanceof UnfitCell)) return error
  return new IsthmusError('TARGET-REFUSED', `Row ${row}, column ${name}: ${reasonOf(error)}.`)
}
