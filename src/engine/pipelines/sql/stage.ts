import { IsthmusError } from '../../../errors.ts'
import { loadKey } from '../../../flow/pipeline/load.ts'
import type { Table } from '../../../flow/pipeline/table.ts'
import {
  type Column,
  quoted,
  type Warehouse,
  type WarehouseDialect,
  type WarehouseRow,
} from '../../../system/warehouse.ts'
import { listed, matched, nextName, stageName, stageSchema } from './names.ts'
import { newestOf } from './newest.ts'
import { nextRows } from './next.ts'
import { stageColumns } from './stage-columns.ts'

/** The order in which rows came into a stage. DuckDB has such a column by itself. */
const arrival = 'rowid'

/** What a warehouse needs before its first run; may be run again. */
export function setUp(dialect: WarehouseDialect): string[] {
  const { publications, parkedRows } = ownTables(dialect)
  // Two that make a schema at once would meet.
  const alone =
    dialect.product === 'PostgreSQL' ? [`select pg_advisory_xact_lock(hashtext('isthmus.set_up'))`] : []
  return [
    ...alone,
    'create schema if not exists isthmus',
    `create schema if not exists ${stageSchema}`,
    `create table if not exists isthmus.publications (${publications})`,
    `create table if not exists isthmus.parked_rows (${parkedRows})`,
  ]
}

function ownTables(dialect: WarehouseDialect) {
  const type = (type: Column['type']) => dialect.type({ name: '', type, required: false })
  const [text, instant, json] = [type('text'), type('instant'), type('json')]
  // What `jsonb` refuses stands in it as it came: the character 0, halves of characters.
  const anyJson = dialect.product === 'PostgreSQL' ? 'json' : json
  return {
    publications: `run ${text} primary key, pipeline ${text} not null, period_from ${instant} not null,
      period_until ${instant} not null, published_at ${instant} not null, marks ${json} not null`,
    parkedRows: `id ${text} not null, pipeline ${text} not null, table_name ${text} not null, run ${text} not null,
      row_no ${type('integer')} not null, code ${text} not null, reason ${text} not null, rule ${text}, step ${text},
      data ${anyJson}, state ${text} not null, fixed ${anyJson}, changed_by ${text}, changed_at ${instant}`,
  }
}

export function makeStage(table: Table, run: string, dialect: WarehouseDialect): string[] {
  const columns = stageColumns(table)
  if (columns.some(({ name }) => name === arrival))
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `Table ${table.name}: a column of a table cannot be called ${arrival}.`,
    )
  const defined = columns.map(
    column => `${quoted(column.name)} ${dialect.type(column)}${column.required ? ' not null' : ''}`,
  )
  const ordered =
    dialect.product === 'DuckDB' ? [] : [`${quoted(arrival)} bigint generated always as identity`]
  return [
    ...dropOne(table, run, dialect),
    `create table ${quoted(stageName(table.name, run, dialect))} (${[...defined, ...ordered].join(', ')})`,
  ]
}

/** A query of one row that has the columns of another query, whatever that finds. */
export function columnsOfQuery(query: string): string {
  return `select q.* from (select 1 as one) as o left join (\n${query}\n) as q on false`
}

/** Throws FLOW-DEFINITION if the columns of a query, a row of the query above, are not those of its table. */
export function checkColumns(table: Table, row: WarehouseRow): void {
  const wanted = stageColumns(table).map(({ name }) => name)
  const there = Object.keys(row)
  const problems = [
    ...wanted.filter(name => !there.includes(name)).map(name => `it lacks the column "${name}"`),
    ...there.filter(name => !wanted.includes(name)).map(name => `the model has no field "${name}"`),
  ]
  if (problems.length > 0)
    throw new IsthmusError('FLOW-DEFINITION', `The query of table ${table.name}: ${problems.join('; ')}.`)
}

/** Columns are found by their names. The last statement gives the number of rows. */
export function fillStage(table: Table, run: string, query: string, dialect: WarehouseDialect): string[] {
  const columns = stageColumns(table)
  const names = listed(columns.map(({ name }) => name))
  const cast = columns.map(column => `cast(q.${quoted(column.name)} as ${dialect.type(column)})`)
  const stage = quoted(stageName(table.name, run, dialect))
  return [`insert into ${stage} (${names}) select ${cast.join(', ')} from (\n${query}\n) as q`]
}

/** The sum of what the statements give is the number of rows that did not count. */
export function foldStage({ name, load }: Table, run: string, dialect: WarehouseDialect): string[] {
  const key = loadKey(load)
  if (key.length === 0) return []
  const newest = newestOf(load)
  const stage = quoted(stageName(name, run, dialect))
  const best = newest === undefined ? '' : `s.${quoted(newest)} desc nulls last, `
  const doubled = `select ${listed(key)} from ${stage} group by ${listed(key)} having count(*) > 1`
  const ranked = `select s.${arrival} as place, row_number() over (partition by ${listed(key, 's')}
      order by ${best}s.${arrival} desc) as rank from ${stage} as s join (${doubled}) as d on ${matched(key, 's', 'd')}`
  return [`delete from ${stage} where ${arrival} in (select place from (${ranked}) as r where rank > 1)`]
}

/**
 * `from`: the beginning of the period, milliseconds since 1970 UTC, since when new versions of `history` are so. `repair`:
 * see publishTable.
 */
export function makeNext(
  table: Table,
  run: string,
  dialect: WarehouseDialect,
  how: { readonly from: number; readonly repair: boolean },
): string[] {
  const view = quoted(nextName(table.name, run))
  return [`drop view if exists ${view}`, `create view ${view} as ${nextRows(table, run, dialect, how)}`]
}

/** The statements that take away whatever there is of a run, also of tables that are declared no more. */
export async function droppingStages(
  warehouse: Warehouse,
  run: string,
  signal: AbortSignal,
): Promise<string[]> {
  const sql = `select table_schema as schema, table_name as name, table_type as type from information_schema.tables
    where strpos(table_name, '__${run}') > 0
      and (table_schema = '${stageSchema}' or (table_schema = current_schema() and starts_with(table_name, '${stageSchema}_')))
    order by table_type desc, table_name`
  const there = (await Array.fromAsync(warehouse.query(sql, signal))).flat()
  return there.map(({ schema, name, type }) => {
    const place = schema === stageSchema ? `${stageSchema}.${name}` : String(name)
    return `drop ${type === 'VIEW' ? 'view' : 'table'} if exists ${quoted(place)}`
  })
}

function dropOne({ name }: Table, run: string, dialect: WarehouseDialect): string[] {
  return [
    `drop view if exists ${quoted(nextName(name, run))}`,
    `drop table if exists ${quoted(stageName(name, run, dialect))}`,
  ]
}
