import { columnsOfQuery } from '../../../engine/pipelines/sql/stage.ts'
import { IsthmusError } from '../../../errors.ts'
import type { Warehouse, WarehouseRow } from '../../../system/warehouse.ts'
import { refused } from '../deciding.ts'
import type { WarehouseAnswer, WarehouseOrder } from './warehouse-schemas.ts'

/** Milliseconds after which a query is stopped. */
const patience = 60_000

/**
 * Rows of a query, up to a limit. The database itself keeps the query from changing anything. Throws CONTROL-REFUSED with
 * what the database says.
 */
export async function askWarehouse(warehouse: Warehouse, order: WarehouseOrder): Promise<WarehouseAnswer> {
  const signal = AbortSignal.timeout(patience)
  try {
    return await ask(warehouse, order, signal)
  } catch (error) {
    if (signal.aborted) throw refused(`The query was stopped after ${patience / 1000} s.`, 408)
    throw asRefused(error)
  }
}

/** What a warehouse says, for who asked. */
export function asRefused(error: unknown): unknown {
  if (!(error instanceof IsthmusError) || error.code === 'CONTROL-REFUSED') return error
  const status = error.code === 'TARGET-REFUSED' || error.code === 'TARGET-CONTRACT' ? 400 : 503
  return refused(error.message, status)
}

async function ask(
  warehouse: Warehouse,
  { sql, limit = 1000 }: WarehouseOrder,
  signal: AbortSignal,
): Promise<WarehouseAnswer> {
  const rows: unknown[][] = []
  let columns: string[] | undefined
  for await (const batch of warehouse.query(sql, signal)) {
    columns ??= Object.keys(batch[0] ?? {})
    for (const row of batch) {
      if (rows.length === limit) return { columns, rows, more: true }
      rows.push(cellsOf(row))
    }
  }
  return { columns: columns ?? (await columnsAlone(warehouse, sql, signal)), rows, more: false }
}

export function cellsOf(row: WarehouseRow): unknown[] {
  return Object.values(row)
}

/** Those of a query that finds nothing. What is no plain select has none then. */
export async function columnsAlone(
  warehouse: Warehouse,
  sql: string,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const [row = {}] = (await Array.fromAsync(warehouse.query(columnsOfQuery(sql), signal))).flat()
    return Object.keys(row)
  } catch {
    return []
  }
}
