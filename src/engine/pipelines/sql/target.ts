import { IsthmusError } from '../../../errors.ts'
import { loadKey, loadKind } from '../../../flow/pipeline/load.ts'
import type { Table } from '../../../flow/pipeline/table.ts'
import {
  type Column,
  type ColumnType,
  quoted,
  quotedText,
  type Warehouse,
  type WarehouseRow,
} from '../../../system/warehouse.ts'
import { listed } from './names.ts'

/**
 * Makes the table that readers read, empty, where there is none, and adds columns that its model has got. Columns that
 * the model has no more stay, without values in new rows. Throws FLOW-DEFINITION for what takes a person.
 */
export async function prepareTarget(table: Table, warehouse: Warehouse, signal: AbortSignal): Promise<void> {
  const sql = `select column_name, data_type, numeric_precision, numeric_scale from information_schema.columns
    where table_catalog = current_database() and table_schema = current_schema() and table_name = ${quotedText(table.name)}`
  const there = (await Array.fromAsync(warehouse.query(sql, signal))).flat()
  if (there.length === 0) return void (await warehouse.run(creation(table, warehouse), signal))
  for (const column of table.columns) checkType(table, column, there, warehouse)
  const added = table.columns.filter(({ name }) => !there.some(({ column_name }) => column_name === name))
  if (added.length === 0) return
  const demanded = added.find(({ required }) => required)
  if (demanded && loadKind(table.load) !== 'replace' && (await hasRows(table, warehouse, signal)))
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `Table ${table.name}: its rows lack a value for the new column "${demanded.name}". Make the field optional, or run: ${adding(table, demanded, warehouse)} default ...`,
    )
  await warehouse.run(
    added.map(column => adding(table, column, warehouse)),
    signal,
  )
}

function creation({ name, columns, load }: Table, { dialect }: Warehouse): string[] {
  const defined = columns.map(column => `${quoted(column.name)} ${dialect.type(column)}`)
  const found = typeof load !== 'string' && 'partition' in load ? [load.partition] : loadKey(load)
  // DuckDB finds rows without one as fast, and an index would have to be kept in memory.
  const isIndexed = found.length > 0 && dialect.product !== 'DuckDB'
  return [
    `create table if not exists ${quoted(name)} (${defined.join(', ')})`,
    ...(isIndexed ? [`create index on ${quoted(name)} (${listed(found)})`] : []),
  ]
}

function adding({ name }: Table, column: Column, { dialect }: Warehouse): string {
  return `alter table ${quoted(name)} add column ${quoted(column.name)} ${dialect.type(column)}`
}

async function hasRows({ name }: Table, warehouse: Warehouse, signal: AbortSignal): Promise<boolean> {
  const rows = warehouse.query(`select 1 as one from ${quoted(name)} limit 1`, signal)
  return (await Array.fromAsync(rows)).flat().length > 0
}

function checkType(
  { name }: Table,
  column: Column,
  there: readonly WarehouseRow[],
  { dialect }: Warehouse,
): void {
  const held = there.find(({ column_name }) => column_name === column.name)
  if (held === undefined || isHeld(column, held)) return
  const alter = `alter table ${quoted(name)} alter column ${quoted(column.name)} type ${dialect.type(column)}`
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `Table ${name}: the column "${column.name}" is ${typeText(held)} in the warehouse, and its model wants ${dialect.type(column)}. ` +
      `Give the field another name, or change the column by hand: ${alter}`,
  )
}

/** How the information schemas of DuckDB and PostgreSQL name the types. */
const heldTypes: Readonly<Record<string, ColumnType>> = {
  varchar: 'text',
  text: 'text',
  bigint: 'integer',
  numeric: 'decimal',
  decimal: 'decimal',
  double: 'number',
  'double precision': 'number',
  boolean: 'boolean',
  date: 'date',
  'timestamp with time zone': 'instant',
  json: 'json',
  jsonb: 'json',
}

function isHeld({ type, precision = 38, scale = 9 }: Column, held: WarehouseRow): boolean {
  const name = String(held.data_type).toLowerCase().replace(/\(.*/, '')
  if (heldTypes[name] !== type) return false
  return type !== 'decimal' || (held.numeric_precision === precision && held.numeric_scale === scale)
}

function typeText({ data_type, numeric_precision, numeric_scale }: WarehouseRow): string {
  const text = String(data_type)
  return text.toLowerCase() === 'numeric' ? `numeric(${numeric_precision},${numeric_scale})` : text
}
