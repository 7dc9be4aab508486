import { isDeepStrictEqual } from 'node:util'
import type { CheckResult } from '../../../engine/pipelines/run-fact.ts'
import type { Pipeline } from '../../../flow/pipeline/pipeline.ts'
import type { Table } from '../../../flow/pipeline/table.ts'
import { Mask } from '../../../observe/personal-data.ts'
import { quotedText, type Warehouse, type WarehouseRow } from '../../../system/warehouse.ts'
import { refused } from '../deciding.ts'
import type { RowDecision, RowPage, RowsQuery, RunDetail } from './pipeline-schemas.ts'

type Row = RowPage['rows'][number]

/** Rows of one answer that hold what people may see: the data of each is bounded by its task. */
const usual = 50

/** The rows of a pipeline that were set aside, with how many there are of each cause. */
export async function listRows(
  warehouse: Warehouse,
  pipeline: Pipeline,
  { after, limit = usual, showPii = false, ...filter }: RowsQuery,
): Promise<RowPage> {
  const where = whereOf(pipeline, filter)
  const behind = after === undefined ? '' : ` and id > ${quotedText(after)}`
  const rows = await asked(
    warehouse,
    `select * from isthmus.parked_rows where ${where}${behind} order by id limit ${limit}`,
  )
  return {
    rows: rows.map(row => shown(row, pipeline, showPii)),
    counts: await causes(warehouse, pipeline, where, showPii),
  }
}

/** A reason may quote what is personal in its row. */
async function causes(
  warehouse: Warehouse,
  pipeline: Pipeline,
  where: string,
  showPii: boolean,
): Promise<RowPage['counts']> {
  const groups = await asked(
    warehouse,
    `select table_name, code, reason, step, state, count(*) as rows, min(id) as example from isthmus.parked_rows where ${where} group by table_name, code, reason, step, state order by count(*) desc, table_name, reason limit 100`,
  )
  const ids = groups.map(({ example }) => quotedText(String(example))).join(', ')
  const hides = !showPii && groups.length > 0
  const examples = hides
    ? await asked(warehouse, `select id, data, fixed from isthmus.parked_rows where id in (${ids})`)
    : []
  const dataOf = new Map(examples.map(({ id, data, fixed }) => [id, [data, fixed]]))
  return groups.map(({ table_name, code, reason, step, state, rows, example }) => {
    const mask = maskOf(pipeline, String(table_name), dataOf.get(example) ?? [])
    return {
      table: String(table_name),
      code,
      reason: mask.text(String(reason)),
      step,
      state,
      rows: Number(rows),
    } as RowPage['counts'][number]
  })
}

/** The rows of a table that were set aside and whose data, as they came, hold something. Looks at the last 5,000. */
export async function rowsHolding(
  warehouse: Warehouse,
  pipeline: Pipeline,
  table: string,
  holds: (data: unknown) => boolean,
  showPii: boolean,
): Promise<Row[]> {
  const where = whereOf(pipeline, { table })
  const sql = `select * from isthmus.parked_rows where ${where} order by run desc, id limit 5000`
  const rows = (await asked(warehouse, sql)).filter(({ data }) => holds(data))
  return rows.slice(0, usual).map(row => shown(row, pipeline, showPii))
}

/** Notes what a person makes of rows: mended, given up, or as they were. Gives how many were changed. */
export async function decideRows(
  warehouse: Warehouse,
  pipeline: Pipeline,
  { do: what, ids, data, by }: RowDecision,
  at: number,
): Promise<number> {
  if (what === 'fix' && (ids.length !== 1 || data === undefined))
    throw refused('Mend one row at a time, and say its data.', 400)
  const set = {
    fix: `state = 'fixed', fixed = ${jsonText(data)}`,
    discard: `state = 'discarded'`,
    restore: `state = 'parked', fixed = null`,
  }
  const from = what === 'restore' ? `'fixed', 'discarded'` : `'parked', 'fixed'`
  const told = `changed_by = ${quotedText(by)}, changed_at = timestamptz '${new Date(at).toISOString()}'`
  const named = ids.map(quotedText).join(', ')
  const where = `pipeline = ${quotedText(pipeline.name)} and id in (${named}) and state in (${from})`
  const [changed = 0] = await warehouse.run(
    [`update isthmus.parked_rows set ${set[what]}, ${told} where ${where}`],
    AbortSignal.timeout(30_000),
  )
  if (changed === 0) throw refused('None of these rows waits for that.', 409)
  return changed
}

/** The type of the column makes JSON of it. */
const jsonText = (data: unknown) => quotedText(JSON.stringify(data ?? null))

function whereOf({ name }: Pipeline, filter: Omit<RowsQuery, 'after' | 'limit' | 'showPii'>): string {
  const { id, table, run, state, code, step } = filter
  const parts = [
    ['pipeline', name],
    ['id', id],
    ['table_name', table],
    ['run', run],
    ['state', state],
    ['code', code],
    ['step', step],
  ] as const
  return parts
    .flatMap(([column, value]) => (value === undefined ? [] : [`${column} = ${quotedText(value)}`]))
    .join(' and ')
}

/** Before the first run there is no table yet. */
async function asked(warehouse: Warehouse, sql: string): Promise<readonly WarehouseRow[]> {
  const { signal } = new AbortController()
  const [known] = (
    await Array.fromAsync(
      warehouse.query(
        `select 1 as one from information_schema.tables where table_schema = 'isthmus' and table_name = 'parked_rows'`,
        signal,
      ),
    )
  ).flat()
  if (!known) return []
  return (await Array.fromAsync(warehouse.query(sql, AbortSignal.timeout(30_000)))).flat()
}

function shown(row: WarehouseRow, pipeline: Pipeline, showPii: boolean): Row {
  const table = String(row.table_name)
  const paths = showPii ? [] : personalPaths(pipeline, table)
  const mask = maskOf(pipeline, table, showPii ? [] : [row.data, row.fixed])
  const data = (value: unknown) => (showPii ? value : mask.data(value, paths))
  const isMasked = !isDeepStrictEqual([data(row.data), data(row.fixed)], [row.data, row.fixed])
  return {
    id: String(row.id),
    table,
    masked: isMasked,
    run: String(row.run),
    row: Number(row.row_no),
    step: String(row.step),
    code: String(row.code),
    reason: showPii ? String(row.reason) : mask.text(String(row.reason)),
    state: row.state as Row['state'],
    data: data(row.data),
    ...(row.fixed !== null && row.fixed !== undefined && { fixed: data(row.fixed) }),
    ...(typeof row.changed_by === 'string' && { changedBy: row.changed_by }),
    ...(typeof row.changed_at === 'string' && { changedAt: Date.parse(row.changed_at) }),
  }
}

/** What checks found, without what is personal in their examples: a query may read every table of the pipeline. */
export function maskedChecks(pipeline: Pipeline, checks: readonly CheckResult[]): RunDetail['checks'] {
  const paths = pipeline.tables.flatMap(({ name }) => personalPaths(pipeline, name))
  return checks.map(({ examples, ...check }) => {
    const mask = new Mask()
    for (const each of examples) mask.learn(each, paths)
    return { ...check, examples: examples.map(each => mask.data(each, paths)) }
  })
}

function maskOf(pipeline: Pipeline, table: string, values: readonly unknown[]): Mask {
  const mask = new Mask()
  for (const value of values) mask.learn(value, personalPaths(pipeline, table))
  return mask
}

/**
 * Paths that may hold personal data in a row of the system: those of all models on its way, and their ends, since a row
 * may be a part of what a model describes.
 */
function personalPaths({ tables }: Pipeline, name: string): string[] {
  const table = tables.find(each => each.name === name)
  const paths = table ? modelsOf(table).flatMap(({ pii }) => pii.map(path => path.replaceAll('[]', ''))) : []
  return [...new Set(paths.flatMap(path => path.split('.').map((_, at, parts) => parts.slice(at).join('.'))))]
}

function modelsOf({ model, from }: Table) {
  if (from.kind === 'sql') return [model]
  const { channel } = from.source
  const mapped = from.steps.flatMap(step => (step.kind === 'map' ? [step.mapping.to] : []))
  return [model, ...mapped, channel.role === 'source' ? channel.model : channel.answer]
}
