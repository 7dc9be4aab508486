import type { Extraction, Reading } from '../../flow/pipeline/extraction.ts'
import type { SqlModel } from '../../flow/pipeline/sql-model.ts'
import type { Table } from '../../flow/pipeline/table.ts'
import type { RequesterChannel, SourceChannel } from '../../system/channel.ts'
import type { Source } from '../../system/roles.ts'
import type { Cells, Warehouse } from '../../system/warehouse.ts'
import { laterText, markBefore } from './mark.ts'
import { type ParkedRows, RepairedRows } from './parked-rows.ts'
import { type Asking, type RowsRead, rowsOfQuery } from './reading-query.ts'
import { rowsOfSource } from './reading-source.ts'
import { Rows } from './rows.ts'
import type { TaskCounts } from './run-fact.ts'
import { type RunScope, textInRun } from './run-scope.ts'
import { stageName } from './sql/names.ts'
import { checkColumns, columnsOfQuery, fillStage, foldStage, makeNext, makeStage } from './sql/stage.ts'
import { stageColumns } from './sql/stage-columns.ts'
import { prepareTarget } from './sql/target.ts'

/** What the work on one table of a run needs. */
export interface LoadTask extends RunScope {
  readonly table: Table
  /** The mark of the last publication; undefined where everything is to be read. */
  readonly mark: string | undefined
  readonly warehouse: Warehouse
  /** Of a repair, where the rows come from, too. */
  readonly parked: ParkedRows | RepairedRows
  readonly signal: AbortSignal
  asking(channel: RequesterChannel<unknown, unknown>): Asking
  source(channel: SourceChannel<unknown>): Source
  /** Told how many rows have been read so far. */
  told(rows: number): void
}

/** Of a large answer so many rows go through the steps before they are written: what is made of them is short-lived. */
const rowsAtOnce = 512

export interface Loaded {
  readonly counts: TaskCounts
  readonly mark?: string | undefined
}

/** Makes the stage of a table anew, so that it may be repeated. */
export async function loadTable(task: LoadTask): Promise<Loaded> {
  const { table } = task
  return table.from.kind === 'sql' ? await loadByQuery(task, table.from) : await loadRows(task, table.from)
}

async function loadByQuery(task: LoadTask, query: SqlModel): Promise<Loaded> {
  const { table, run, warehouse, signal } = task
  const text = textInRun(task, query)
  const [row = {}] = (await Array.fromAsync(warehouse.query(columnsOfQuery(text), signal))).flat()
  checkColumns(table, row)
  await warehouse.run(makeStage(table, run, warehouse.dialect), signal)
  const [read = 0] = (await warehouse.run(fillStage(table, run, text, warehouse.dialect), signal)).slice(-1)
  task.told(read)
  return { counts: await folded(task, { read, filtered: 0, parked: 0 }) }
}

async function loadRows(task: LoadTask, extraction: Extraction<unknown>): Promise<Loaded> {
  const { table, run, warehouse, signal, parked } = task
  const columns = stageColumns(table)
  await warehouse.run(makeStage(table, run, warehouse.dialect), signal)
  await parked.clear()
  const rows = new Rows(table, extraction, columns, warehouse.dialect, row => parked.add(row))
  let mark = task.mark
  const batches = async function* (): AsyncGenerator<readonly Cells[]> {
    for await (const read of readRows(task, extraction)) {
      for (let at = 0; at < read.rows.length; at += rowsAtOnce) {
        yield rows.through(read.rows.slice(at, at + rowsAtOnce))
        await parked.flush()
      }
      mark = laterText(mark, read.mark)
      task.told(rows.read)
    }
    rows.end()
  }
  try {
    await warehouse.append(stageName(table.name, run, warehouse.dialect), columns, batches(), signal)
  } finally {
    await parked.flush('all')
  }
  const { read, filtered, parked: aside } = rows
  return { counts: await folded(task, { read, filtered, parked: aside }), mark }
}

function readRows(task: LoadTask, { source }: Extraction<unknown>): AsyncIterable<RowsRead> {
  const { mark, signal, period, table, run, parked } = task
  if (parked instanceof RepairedRows) return parked.rows()
  if (source.kind === 'source') return rowsOfSource(source.channel, task.source(source.channel), signal)
  const since = mark === undefined ? undefined : markBefore(mark, source.reading.overlap)
  const reading: Reading = { from: iso(period.from), until: iso(period.until), since }
  return rowsOfQuery({
    ...task.asking(source.channel),
    query: source,
    reading,
    name: `${run}/${table.name}`,
  })
}

const iso = (time: number) => new Date(time).toISOString()

/** Leaves one row of each key, and lets the tables behind read what will be there. */
async function folded(
  { table, run, warehouse, signal, period, parked }: LoadTask,
  counted: Pick<TaskCounts, 'read' | 'filtered' | 'parked'>,
): Promise<TaskCounts> {
  const fold = foldStage(table, run, warehouse.dialect)
  const counts = fold.length > 0 ? await warehouse.run(fold, signal) : []
  const superseded = counts.reduce((sum, count) => sum + count, 0)
  await prepareTarget(table, warehouse, signal)
  const how = { from: period.from, repair: parked instanceof RepairedRows }
  await warehouse.run(makeNext(table, run, warehouse.dialect, how), signal)
  const written = counted.read - counted.filtered - counted.parked - superseded
  return { ...counted, superseded, written }
}
