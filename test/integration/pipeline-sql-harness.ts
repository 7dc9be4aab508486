import assert from 'node:assert/strict'
import { type TSchema, Type } from 'typebox'
import { duckdb } from '../../src/connectors/duckdb/index.ts'
import type { PublishedCounts } from '../../src/engine/pipelines/run-fact.ts'
import { rowsToBecome } from '../../src/engine/pipelines/sql/becoming.ts'
import { nextName, stageName } from '../../src/engine/pipelines/sql/names.ts'
import { publication, publishTable } from '../../src/engine/pipelines/sql/publish.ts'
import {
  checkColumns,
  columnsOfQuery,
  droppingStages,
  fillStage,
  foldStage,
  makeNext,
  makeStage,
  setUp,
} from '../../src/engine/pipelines/sql/stage.ts'
import { stageColumns } from '../../src/engine/pipelines/sql/stage-columns.ts'
import { prepareTarget } from '../../src/engine/pipelines/sql/target.ts'
import type { ColumnText } from '../../src/flow/pipeline/columns.ts'
import type { Load } from '../../src/flow/pipeline/load.ts'
import { sqlModel } from '../../src/flow/pipeline/sql-model.ts'
import { type Table, table } from '../../src/flow/pipeline/table.ts'
import { model } from '../../src/model/model.ts'
import { system } from '../../src/system/system.ts'
import { quoted, type Warehouse, type WarehouseRow } from '../../src/system/warehouse.ts'

export const never: AbortSignal = new AbortController().signal

const warehouseSystem = system('warehouse', { kind: 'warehouse', connector: duckdb({ file: ':memory:' }) })

/** A table of these fields. How its rows come is not looked at. */
export function tableOf(
  fields: Record<string, TSchema>,
  load: Load,
  { name = 'orders', columns = {} as Record<string, ColumnText> } = {},
): Table {
  const made = model('Row', { version: 1, schema: Type.Object(fields) })
  const from = sqlModel`select 1`
  return table(warehouseSystem, name, made, {
    from,
    load: load as never,
    columns: columns as never,
  }) as unknown as Table
}

/** Midnight of a day of May 2026, in UTC. */
export const day = (of: number): number => Date.UTC(2026, 4, of)

let runs = 0

export interface Done {
  readonly run: string
  readonly superseded: number
  readonly counts: PublishedCounts
}

/** Does what a run does: brings rows (or those of a query) into a table, as of a day. */
export async function runOf(
  warehouse: Warehouse,
  one: Table,
  from: number,
  rows: readonly Readonly<Record<string, unknown>>[] | string,
  repair = false,
): Promise<Done> {
  const run = `run${++runs}`
  const { dialect } = warehouse
  await warehouse.run(setUp(dialect), never)
  await warehouse.run(makeStage(one, run, dialect), never)
  if (typeof rows === 'string') {
    const [columns = {}] = await rowsOf(warehouse, columnsOfQuery(rows))
    checkColumns(one, columns)
    await warehouse.run(fillStage(one, run, rows, dialect), never)
  } else {
    const columns = stageColumns(one)
    const batches = (async function* () {
      yield rows.map(row => columns.map(({ name }) => row[name]))
    })()
    await warehouse.append(stageName(one.name, run, dialect), columns, batches, never)
  }
  const superseded = (await warehouse.run(foldStage(one, run, dialect), never)).reduce((sum, n) => sum + n, 0)
  await prepareTarget(one, warehouse, never)
  await warehouse.run(makeNext(one, run, dialect, { from, repair }), never)
  const next = await sorted(warehouse, one, nextName(one.name, run))
  const becoming = repair ? undefined : await rowsToBecome(one, run, warehouse, never)
  const publishing = publishTable(one, run, dialect, { repair, from, becoming })
  const told = publication({ run, pipeline: 'p', from, until: from + 86_400_000, at: from, marks: {} })
  const results = await warehouse.run([told, ...publishing.statements], never)
  // What queries and checks of the run have seen is what readers see now.
  assert.deepEqual(await sorted(warehouse, one, one.name), next)
  await warehouse.run(await droppingStages(warehouse, run, never), never)
  return { run, superseded, counts: publishing.counts(results.slice(1)) }
}

/** Rows by all columns, as texts, so that the order is the same in every product. */
async function sorted(warehouse: Warehouse, one: Table, name: string): Promise<WarehouseRow[]> {
  const columns = one.columns.map(column => quoted(column.name)).join(', ')
  const rows = await rowsOf(warehouse, `select ${columns} from ${quoted(name)}`)
  return rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

export async function rowsOf(warehouse: Warehouse, sql: string): Promise<WarehouseRow[]> {
  return (await Array.fromAsync(warehouse.query(sql, never))).flat()
}

/** Each row as one text. */
export async function texts(warehouse: Warehouse, sql: string): Promise<string[]> {
  const rows = await rowsOf(warehouse, sql)
  return rows.map(row =>
    Object.values(row)
      .map(value => String(value ?? '-'))
      .join(' '),
  )
}
