import { loadKind } from '../../../flow/pipeline/load.ts'
import type { Table } from '../../../flow/pipeline/table.ts'
import { quoted, quotedText, type Warehouse } from '../../../system/warehouse.ts'
import { stageName } from './names.ts'

/**
 * The number of rows in the stage of a table, where all of the table is in it and the stage may take its place; else
 * undefined. In DuckDB alone, where views find tables by their names and there are no rights; and only where nothing
 * that people gave the table would go with it: other columns, another order of them, indexes, constraints, defaults, a
 * comment.
 */
export async function rowsToBecome(
  table: Table,
  run: string,
  warehouse: Warehouse,
  signal: AbortSignal,
): Promise<number | undefined> {
  const kind = loadKind(table.load)
  if (warehouse.dialect.product !== 'DuckDB' || kind === 'history') return undefined
  const of = `schema_name = current_schema() and database_name = current_database() and table_name = ${quotedText(table.name)}`
  const sql = `select (select count(*) from ${quoted(stageName(table.name, run, warehouse.dialect))}) as staged,
    (select string_agg(column_name, chr(0) order by column_index) from duckdb_columns() where ${of}) as names,
    (select count(*) from duckdb_columns() where ${of} and (column_default is not null or comment is not null))
      + (select count(*) from duckdb_tables() where ${of} and comment is not null)
      + (select count(*) from duckdb_constraints() where ${of})
      + (select count(*) from duckdb_indexes() where ${of}) as given,
    exists (select 1 from ${quoted(table.name)}) as filled`
  const [found] = (await Array.fromAsync(warehouse.query(sql, signal))).flat()
  const isAll = kind === 'replace' || found?.filled === false
  const isPlain = found?.given === 0 && found.names === table.columns.map(({ name }) => name).join('\0')
  return isAll && isPlain ? Number(found.staged) : undefined
}
