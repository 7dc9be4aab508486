import type { Extraction } from '../../flow/pipeline/extraction.ts'
import type { Pipeline } from '../../flow/pipeline/pipeline.ts'
import type { SqlModel } from '../../flow/pipeline/sql-model.ts'
import type { Table } from '../../flow/pipeline/table.ts'
import { stepShapes } from '../data-shape.ts'
import { handedOn } from '../handed-on.ts'
import { shapeOf } from '../shape.ts'
import type { GraphBuilder, Making } from './graph-builder.ts'
import type { Columns, ReadQuery, SqlReader } from './sql/reader.ts'
import { StepLinks } from './step-links.ts'

/** What reads queries, and the columns of all tables by their ids. */
export interface Queries {
  readonly sql: SqlReader
  readonly columns: Columns
}

/** The columns of each table of a pipeline, of what systems tell or of other columns. */
export async function pipelineLinks(
  builder: GraphBuilder,
  pipeline: Pipeline,
  queries: Queries,
): Promise<void> {
  for (const table of pipeline.tables) {
    const place = tablePlace(builder, table)
    const making: Making = { by: { kind: 'pipeline', name: pipeline.name, step: table.name }, at: table.at }
    if (table.from.kind === 'sql') await queryLinks(builder, table, place, making, queries)
    else extractionLinks(builder, table, table.from, place, making)
    await checkUses(builder, table, making, queries)
  }
}

export function tableId({ system, name }: Pick<Table, 'system' | 'name'>): string {
  return `${system}.${name}`
}

function tablePlace(builder: GraphBuilder, table: Table): string {
  const columns = table.columns.map(({ name }) => name)
  return builder.place(tableId(table), 'table', table.model, columns)
}

function extractionLinks(
  builder: GraphBuilder,
  table: Table,
  { source, steps }: Extraction<unknown>,
  place: string,
  making: Making,
): void {
  const start =
    source.kind === 'source'
      ? { shape: shapeOf(source.channel.model), origin: builder.at(builder.channel(source.channel)) }
      : takenRows(builder, source)
  const about = {
    by: making.by,
    prefix: `${making.by.name}/${table.name}`,
    at: table.at,
    shapes: stepShapes(steps, start.shape),
  }
  builder.handed(place, new StepLinks(builder, about).walk(steps, start.origin), making)
}

function takenRows(
  builder: GraphBuilder,
  { channel, reading }: Extraction<unknown>['source'] & { kind: 'query' },
) {
  const answer = shapeOf(channel.answer)
  const origin = builder.at(builder.answer(channel))
  const shape = handedOn(answer, reading.rows) ?? { schema: {}, personal: [] }
  return { shape, origin: builder.taken(reading.rows, answer, origin) }
}

async function queryLinks(
  builder: GraphBuilder,
  table: Table,
  place: string,
  { by, at }: Making,
  { sql, columns }: Queries,
): Promise<void> {
  const { from } = table
  if (from.kind !== 'sql') return
  const read = await sql.lineage(from, table.system, columns)
  const reads = read.tables
  const [, file, line] = /^(.*):(\d+)$/.exec(at ?? '') ?? []
  const code = file === undefined ? {} : { file, line: Number(line) }
  const known = new Map(read.columns.map(column => [column.name.toLowerCase(), column]))
  for (const { name } of table.columns) {
    const column = known.get(name.toLowerCase())
    const to = { place, field: name }
    for (const { table: of, column: field, uses } of column?.sources ?? [])
      builder.link({ from: { place: of, field }, to, by, uses, complete: column?.complete ?? false, ...code })
    const added = !(name in modelFields(table))
    if (column ? !column.complete : !added)
      builder.gap({ to, by, reason: read.unknown[0] ?? `the query gives no column ${name}`, reads, ...code })
  }
}

function modelFields(table: Table): object {
  return (table.model.jsonSchema.properties as object | undefined) ?? {}
}

/** Columns that a check looks at. */
async function checkUses(
  builder: GraphBuilder,
  table: Table,
  { by }: Making,
  { sql, columns }: Queries,
): Promise<void> {
  for (const check of table.checks) {
    const what = `check ${check.name} (${check.severity})`
    const use = (place: string, field: string) => builder.use({ field: { place, field }, what, by })
    if ('columns' in check) for (const name of check.columns) use(tableId(table), name)
    if ('column' in check) use(tableId(table), check.column)
    if (check.kind === 'references') for (const name of check.to) use(tableId(check.table), name)
    const query: SqlModel | undefined = 'query' in check ? check.query : undefined
    const read: ReadQuery | undefined = query && (await sql.lineage(query, table.system, columns))
    for (const { table: of, column } of read?.reads ?? []) use(of, column)
  }
}
