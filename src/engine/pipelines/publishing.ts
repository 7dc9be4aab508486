import type { Pipeline } from '../../flow/pipeline/pipeline.ts'
import type { Table } from '../../flow/pipeline/table.ts'
import { quotedText, type Warehouse } from '../../system/warehouse.ts'
import type { Host } from '../host.ts'
import { laterText } from './mark.ts'
import { repaired, replacing } from './parked-rows.ts'
import type { PublishedCounts } from './run-fact.ts'
import type { RunState } from './run-state.ts'
import { rowsToBecome } from './sql/becoming.ts'
import { publication, publishTable } from './sql/publish.ts'
import { droppingStages } from './sql/stage.ts'

/** What the warehouse says of the last run that was published there. */
export interface LastPublication {
  readonly run: string | undefined
  /** Milliseconds since 1970 UTC. */
  readonly at: number
  /** By table: where the next run goes on. */
  readonly marks: Readonly<Record<string, string | undefined>>
}

export async function lastPublication(
  warehouse: Warehouse,
  pipeline: string,
  signal: AbortSignal,
): Promise<LastPublication> {
  const sql = `select run, marks, published_at from isthmus.publications where pipeline = ${quotedText(pipeline)} order by published_at desc, run limit 1`
  const [row] = (await Array.fromAsync(warehouse.query(sql, signal))).flat()
  return {
    run: row?.run as string | undefined,
    at: row ? Date.parse(String(row.published_at)) : 0,
    marks: (row?.marks ?? {}) as LastPublication['marks'],
  }
}

/** By the warehouse's own word: the answer to its publication may have been lost. */
export async function isPublished(warehouse: Warehouse, run: string, signal: AbortSignal): Promise<boolean> {
  const sql = `select run from isthmus.publications where run = ${quotedText(run)}`
  return (await Array.fromAsync(warehouse.query(sql, signal))).flat().length > 0
}

interface Publishing {
  readonly pipeline: Pipeline
  readonly key: string
  readonly state: RunState
  readonly tables: readonly Table[]
  readonly last: LastPublication
  readonly warehouse: Warehouse
  readonly host: Host
  readonly signal: AbortSignal
}

/**
 * Shows the tables of a run to readers, all at once, with the word that it was done and the marks, in one transaction,
 * and leaves nothing of its stages. Gives what that did to each table.
 */
export async function publishRun(publishing: Publishing): Promise<Readonly<Record<string, PublishedCounts>>> {
  const { pipeline, key, state, tables, warehouse, signal } = publishing
  const { id, period, repair } = state.begun
  const parts: ReturnType<typeof publishTable>[] = []
  for (const table of tables) {
    const isRepaired = repair?.table === table.name
    const becoming = isRepaired ? undefined : await rowsToBecome(table, id, warehouse, signal)
    const how = { repair: isRepaired, from: period.from, becoming }
    parts.push(publishTable(table, id, warehouse.dialect, how))
  }
  const statements = [
    toldBy(publishing),
    ...parts.flatMap(each => each.statements),
    repair
      ? repaired({ pipeline: pipeline.name, ...repair })
      : replacing({ pipeline: pipeline.name, run: key, id }),
    ...(await droppingStages(warehouse, id, signal)),
  ]
  const results = await warehouse.run(statements, signal)
  let at = 1
  return Object.fromEntries(
    tables.map((table, n) => {
      const { statements: own, counts } = parts[n] as (typeof parts)[number]
      const counted = counts(results.slice(at, at + own.length))
      at += own.length
      return [table.name, counted]
    }),
  )
}

/** Publications follow each other in time, also where the clock was set back: the last one tells where to go on. */
function toldBy({ pipeline, state, last, host }: Publishing): string {
  const { id: run, period } = state.begun
  const marks = { ...last.marks }
  for (const [table, { mark }] of state.loaded)
    if (mark !== undefined) marks[table] = laterText(marks[table], mark)
  return publication({
    run,
    pipeline: pipeline.name,
    ...period,
    at: Math.max(host.now(), last.at + 1),
    marks,
  })
}
