import type { Progress } from '../../../engine/pipelines/pipeline-run.ts'
import type { RunState } from '../../../engine/pipelines/run-state.ts'
import { tablesOfRun } from '../../../engine/pipelines/tables-of-run.ts'
import { loadKind } from '../../../flow/pipeline/load.ts'
import { type Pipeline, tablesBefore } from '../../../flow/pipeline/pipeline.ts'
import type { Table } from '../../../flow/pipeline/table.ts'
import { channelId } from '../../../system/channel.ts'
import type { RunTask } from './pipeline-schemas.ts'

/** The tables of a pipeline with how far a run has come with each, in the order in which they are made. */
export function shownTasks(
  pipeline: Pipeline,
  state: RunState,
  progress: ReadonlyMap<string, Progress>,
  last: RunState | undefined,
): RunTask[] {
  const made = tablesOfRun(pipeline, state)
  return pipeline.tables.map(table => {
    const expected = last?.loaded.get(table.name)?.counts.read
    const working = progress.get(table.name)
    return {
      table: table.name,
      kind: table.from.kind === 'sql' ? 'query' : 'rows',
      load: loadKind(table.load),
      reads: readsOf(pipeline, table),
      status: made.includes(table) ? statusOf(state, table.name, working) : 'left out',
      ...told(state, table.name),
      ...(working && runningAs(working)),
      ...(expected !== undefined && { expected }),
    } as RunTask
  })
}

function readsOf({ tables }: Pipeline, table: Table): string[] {
  if (table.from.kind === 'sql') return tablesBefore(table, tables).map(({ name }) => name)
  return [channelId(table.from.source.channel)]
}

function statusOf(state: RunState, table: string, working: Progress | undefined): RunTask['status'] {
  if (state.loaded.has(table)) return 'loaded'
  if (state.failure?.table === table) return 'failed'
  if (working) return 'running'
  return state.setbacks.has(table) ? 'retrying' : 'waiting'
}

function told(state: RunState, table: string): Partial<RunTask> & { tries: number } {
  const loaded = state.loaded.get(table)
  const setback = state.setbacks.get(table)
  const published = state.published?.[table]
  const reason = state.failure?.table === table ? state.failure.reason : setback?.reason
  return {
    tries: loaded?.tries ?? setback?.tries ?? 0,
    ...(loaded && { ms: loaded.ms, began: loaded.at - loaded.ms, ...loaded.counts }),
    ...(setback && { due: setback.due }),
    ...published,
    ...(reason !== undefined && { reason }),
  }
}

function runningAs({ rows, began }: Progress): Partial<RunTask> {
  const seconds = (Date.now() - began) / 1000
  return { began, rows, ...(seconds > 1 && { rate: Math.round(rows / seconds) }) }
}
