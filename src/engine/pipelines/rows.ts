import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Extraction } from '../../flow/pipeline/extraction.ts'
import type { Table } from '../../flow/pipeline/table.ts'
import { countTolerance, type ToleranceCount } from '../../model/clean/tolerance.ts'
import type { Cells, Column, ColumnType, WarehouseDialect } from '../../system/warehouse.ts'
import { checkCell } from '../../system/warehouse-cells.ts'
import { Filtered, pureSteps } from '../plan.ts'

/** A row that cannot be loaded, set aside with the reason. */
export interface ParkedRow {
  /** Its place among the rows that the task read, from 1. */
  readonly row: number
  readonly step: string
  readonly code: string
  readonly reason: string
  /** As the system gave it. */
  readonly data: unknown
}

/** Of these every value of the model fits. */
const cannotFail: ReadonlySet<ColumnType> = new Set(['boolean', 'number'])

/** Puts the rows of one task through its steps, and counts what became of them. */
export class Rows {
  filtered = 0
  readonly #steps: ReturnType<typeof pureSteps>
  readonly #columns: readonly (readonly [column: Column, isChecked: boolean])[]
  readonly #tolerance: ToleranceCount
  readonly #keepsZero: boolean
  readonly #park: (row: ParkedRow) => void

  /** `park` is told of each row that is set aside. */
  constructor(
    table: Table,
    extraction: Extraction<unknown>,
    columns: readonly Column[],
    { keepsZero }: Pick<WarehouseDialect, 'keepsZero'>,
    park: (row: ParkedRow) => void,
  ) {
    this.#steps = pureSteps(extraction.steps, table.model)
    this.#columns = columns.map(column => [column, column.required || !cannotFail.has(column.type)])
    this.#tolerance = countTolerance(table.tolerance)
    this.#keepsZero = keepsZero
    this.#park = park
  }

  /** What goes into the stage, in the order of its columns. Throws PIPELINE-TOLERANCE when too many are set aside. */
  through(rows: readonly unknown[]): Cells[] {
    const through: Cells[] = []
    for (const row of rows) {
      const cells = this.#one(row)
      if (cells) through.push(cells)
    }
    return through
  }

  /** To be called behind the last row. Throws as `through` does. */
  end(): void {
    stopIf(this.#tolerance.end())
  }

  get read(): number {
    return this.#tolerance.rows
  }

  /** Set aside. */
  get parked(): number {
    return this.#tolerance.bad
  }

  #one(row: unknown): Cells | undefined {
    let step = ''
    let data = row
    let cells: Cells | undefined
    try {
      for (const { id, apply } of this.#steps) {
        step = id
        data = apply(data)
        if (data instanceof Filtered) break
      }
      if (!(data instanceof Filtered)) cells = this.#cellsOf(data as Readonly<Record<string, unknown>>)
    } catch (error) {
      this.#setAside(row, step, error)
      return undefined
    }
    stopIf(this.#tolerance.row(false))
    if (!(data instanceof Filtered)) return cells
    this.filtered++
    return undefined
  }

  /** What the model allows may still be too much for a column. */
  #cellsOf(row: Readonly<Record<string, unknown>>): Cells {
    const cells: unknown[] = []
    for (const [column, isChecked] of this.#columns) {
      const cell = row[column.name]
      if (isChecked) checkFor(column, cell, this.#keepsZero)
      cells.push(cell)
    }
    return cells
  }

  #setAside(data: unknown, step: string, error: unknown): void {
    const code = error instanceof IsthmusError ? error.code : 'STEP-FAILED'
    this.#park({ row: this.read + 1, step, code, reason: reasonOf(error), data })
    stopIf(this.#tolerance.row(true))
  }
}

function checkFor(column: Column, cell: unknown, keepsZero: boolean): void {
  try {
    checkCell(column, cell, keepsZero)
  } catch (cause) {
    throw new IsthmusError('MODEL-INVALID', `${column.name}: ${reasonOf(cause)}`, { cause })
  }
}

function stopIf(reason: string | undefined): void {
  if (reason !== undefined) throw new IsthmusError('PIPELINE-TOLERANCE', `The run stops: ${reason}.`)
}
