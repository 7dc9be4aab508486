import { loadKey } from '../../../../flow/pipeline/load.ts'
import type { Table } from '../../../../flow/pipeline/table.ts'
import { type Column, quoted, quotedText, type WarehouseDialect } from '../../../../system/warehouse.ts'
import { refused } from '../../deciding.ts'

/** A column of a row, and what it holds. */
export interface Cell {
  readonly column: string
  readonly value: unknown
}

/** The columns by which people know the rows of a table; none where nothing says so. */
export function keyColumns({ load, model, checks, columns }: Table): readonly string[] {
  const loaded = loadKey(load)
  if (loaded.length > 0) return loaded
  if (model.key !== undefined && columns.some(({ name }) => name === model.key)) return [model.key]
  return checks.flatMap(check => (check.kind === 'unique' ? [check.columns] : []))[0] ?? []
}

/**
 * A key as people write it: the value of the one key column, or `COLUMN=VALUE,COLUMN=VALUE` with any columns of the table.
 * Throws CONTROL-REFUSED where it is neither.
 */
export function readKey(table: Table, text: string): Cell[] {
  const pairs = text.split(/,(?=[a-z_A-Z0-9]+=)/).map(part => {
    const at = part.indexOf('=')
    return { column: part.slice(0, Math.max(0, at)), value: part.slice(at + 1) }
  })
  if (pairs.every(({ column }) => table.columns.some(({ name }) => name === column))) return pairs
  const key = keyColumns(table)
  const [only] = key
  if (only !== undefined && key.length === 1) return [{ column: only, value: text }]
  const example = (key.length > 0 ? key : ['COLUMN', 'COLUMN']).map(name => `${name}=VALUE`).join(',')
  throw refused(`Rows of ${table.name} are known by ${key.join(', ') || 'no key'}: write ${example}.`, 400)
}

/** Whether a row holds the values, in the types of the columns. */
export function holding(
  cells: readonly Cell[],
  columns: readonly Column[],
  dialect: WarehouseDialect,
): string {
  const conditions = cells.flatMap(({ column, value }) => {
    const known = columns.find(({ name }) => name === column)
    return known ? [`${quoted(column)} = cast(${quotedText(String(value))} as ${dialect.type(known)})`] : []
  })
  return conditions.join(' and ')
}
