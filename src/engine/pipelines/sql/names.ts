import { hash } from 'node:crypto'
import { quoted, type WarehouseDialect } from '../../../system/warehouse.ts'

/** Where what is not published stands. */
export const stageSchema = 'isthmus_stage'

/**
 * Where the rows of a run wait. In DuckDB, which moves no table to another schema, beside the tables that readers read, so
 * that it may become one of them.
 */
export function stageName(table: string, run: string, { product }: WarehouseDialect): string {
  return product === 'DuckDB' ? `${stageSchema}_${short(table)}__${run}` : besides(table, run)
}

/** Where the table stands as it will be once the run is published. */
export function nextName(table: string, run: string): string {
  return `${besides(table, run)}_next`
}

/** Where the versions of the keys of a run are made, while `history` is published. */
export function versionsName(table: string, run: string): string {
  return `${besides(table, run)}_all`
}

function besides(table: string, run: string): string {
  return `${stageSchema}.${short(table)}__${run}`
}

/** PostgreSQL cuts names at 63 bytes: two of one beginning would become one. */
function short(table: string): string {
  if (table.length <= 36) return table
  return `${table.slice(0, 28)}_${hash('sha256', table, 'hex').slice(0, 7)}`
}

/** The name by which columns of a table are told from others: without its schema. */
export function ownName(name: string): string {
  return quoted(name.slice(name.lastIndexOf('.') + 1))
}

export function listed(columns: readonly string[], owner?: string): string {
  return columns.map(name => (owner === undefined ? quoted(name) : `${owner}.${quoted(name)}`)).join(', ')
}

/** Whether the rows of two tables have the same key, which holds no nulls. */
export function matched(key: readonly string[], one: string, other: string): string {
  return key.map(name => `${one}.${quoted(name)} = ${other}.${quoted(name)}`).join(' and ')
}

/** Whether the rows of two tables are the same in some columns; nulls are. */
export function same(columns: readonly string[], one: string, other: string): string {
  const each = columns.map(name => `${one}.${quoted(name)} is not distinct from ${other}.${quoted(name)}`)
  return each.join(' and ') || 'true'
}

export function instant(time: number): string {
  return `timestamptz '${new Date(time).toISOString()}'`
}
