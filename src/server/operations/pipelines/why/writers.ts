import { listRuns } from '../../../../engine/pipelines/listing.ts'
import type { Period, PublishedCounts } from '../../../../engine/pipelines/run-fact.ts'
import { readRunLog } from '../../../../engine/pipelines/run-log.ts'
import { evolveRun, type RunState } from '../../../../engine/pipelines/run-state.ts'
import { shapeOfTable } from '../../../../engine/pipelines/tables-of-run.ts'
import { loadKind } from '../../../../flow/pipeline/load.ts'
import type { Pipeline } from '../../../../flow/pipeline/pipeline.ts'
import type { Table } from '../../../../flow/pipeline/table.ts'
import type { StoreReader } from '../../../../store/store.ts'
import { quotedText, type Warehouse, type WarehouseRow } from '../../../../system/warehouse.ts'
import type { Writer } from './schemas.ts'

/** Publications that are looked at, and logs of runs. */
const most = 200

/** One publication, as the warehouse and the log of its run tell it. */
interface Told extends Period {
  readonly at: number
  /** Undefined where the log is gone. */
  readonly key: string | undefined
  readonly state: RunState | undefined
}

interface Found {
  readonly writers: Writer[]
  readonly more: boolean
}

/**
 * The published runs that may have written what a column of a row holds now, the newest first: those that wrote into the
 * table, back to the last one that replaced all of it.
 */
export async function writersOf(
  about: {
    readonly pipeline: Pipeline
    readonly table: Table
    readonly column: string
    readonly row: WarehouseRow
  },
  warehouse: Warehouse,
  reader: StoreReader,
  signal: AbortSignal,
): Promise<Found> {
  const { pipeline, table } = about
  const all = await publications(pipeline, warehouse, reader, signal)
  const found: Told[] = []
  let isWhole = all.length <= most
  for (const told of all.slice(0, most)) {
    const counts = told.state?.published?.[table.name]
    if (told.state?.published && !wrote(counts)) continue
    found.push(told)
    if (!replacesAll(table, told)) continue
    isWhole = true
    break
  }
  const begun = sinceVersion(about, found)
  return {
    writers: (begun ?? found).map(each => writerOf(each, table)),
    more: begun === undefined && !isWhole,
  }
}

function wrote(counts: PublishedCounts | undefined): boolean {
  return counts !== undefined && counts.inserted + counts.updated > 0
}

/** Nothing of what was there before is there behind it. */
function replacesAll({ name, load }: Table, { state }: Told): boolean {
  return loadKind(load) === 'replace' && state?.published !== undefined && state.begun.repair?.table !== name
}

/** A version of `history` that has no column for it begins with the period of the run that wrote it. */
function sinceVersion(
  {
    table: { load },
    column,
    row,
  }: { readonly table: Table; readonly column: string; readonly row: WarehouseRow },
  found: readonly Told[],
): readonly Told[] | undefined {
  if (typeof load === 'string' || !('history' in load) || load.since !== undefined) return undefined
  if (column === 'valid_until' || column === 'is_current') return undefined
  const of = found.filter(({ from }) => from === Date.parse(String(row.valid_from)))
  return of.length > 0 ? of : undefined
}

function writerOf({ key, state, from, until, at }: Told, table: Table): Writer {
  const shape = state?.loaded.get(table.name)?.shape
  return {
    ...(key !== undefined && { run: key }),
    ...{ from, until, at },
    ...(state?.begun.repair?.table === table.name && { repair: true }),
    ...(shape !== undefined && { sameTable: shape === shapeOfTable(table) }),
  }
}

async function publications(
  { name }: Pipeline,
  warehouse: Warehouse,
  reader: StoreReader,
  signal: AbortSignal,
): Promise<Told[]> {
  const sql = `select run, period_from, period_until, published_at from isthmus.publications
    where pipeline = ${quotedText(name)} order by published_at desc, run limit ${most + 1}`
  const rows = (await Array.fromAsync(warehouse.query(sql, signal))).flat()
  const states = await attempts(name, reader)
  return rows.map(({ run, period_from, period_until, published_at }) => ({
    from: Date.parse(String(period_from)),
    until: Date.parse(String(period_until)),
    at: Date.parse(String(published_at)),
    key: states.get(String(run))?.key,
    state: states.get(String(run))?.state,
  }))
}

/** By the ids that publications have: a run that was begun anew was published more than once. */
async function attempts(pipeline: string, reader: StoreReader) {
  const found = new Map<string, { readonly key: string; readonly state: RunState }>()
  for (const { key } of await listRuns(reader.streams, { pipeline, limit: most }, Date.now())) {
    let state: RunState | undefined
    for (const fact of await readRunLog(reader, pipeline, key)) {
      state = evolveRun(state, fact)
      found.set(state.begun.id, { key, state })
    }
  }
  return found
}
