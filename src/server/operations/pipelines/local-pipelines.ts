import type { Person } from '../../../engine/pipelines/beginning.ts'
import { listRuns } from '../../../engine/pipelines/listing.ts'
import type { Pipelines } from '../../../engine/pipelines/pipelines.ts'
import { readRunLog } from '../../../engine/pipelines/run-log.ts'
import { foldRun, type RunState } from '../../../engine/pipelines/run-state.ts'
import { type RunSummary, summaryOf } from '../../../engine/pipelines/run-summary.ts'
import { dateOf } from '../../../engine/pipelines/tables-of-run.ts'
import type { Landscape } from '../../../flow/landscape.ts'
import type { Pipeline } from '../../../flow/pipeline/pipeline.ts'
import type { Log } from '../../../observe/log.ts'
import type { StoreReader } from '../../../store/store.ts'
import type { ScheduleOptions } from '../../../system/schedule.ts'
import { refused } from '../deciding.ts'
import type { PipelineOperations } from '../operations.ts'
import type {
  BackfillOrder,
  Ordered,
  PipelineList,
  PipelineView,
  RowDecision,
  RowPage,
  RowsDecided,
  RowsQuery,
  Run,
  RunDecision,
  RunDetail,
  RunOrder,
  RunPage,
  RunsQuery,
} from './pipeline-schemas.ts'
import { qualityRecord } from './quality-record.ts'
import type { QualityRecord, RecordQuery } from './quality-schemas.ts'
import { decideRows, listRows, maskedChecks } from './rows-set-aside.ts'
import { shownTasks } from './shown-tasks.ts'
import { askWarehouse } from './warehouse-query.ts'
import type { WarehouseAnswer, WarehouseOrder } from './warehouse-schemas.ts'

export interface LocalPipelinesOptions {
  readonly reader: StoreReader
  readonly landscape: Landscape | undefined
  readonly log: Log
  /** Those that run; undefined on a stopped store. Throws CONTROL-REFUSED while the instance starts or stops. */
  running(): Pipelines | undefined
}

/** The pipelines of a landscape and their runs, on a running instance or a stopped store. */
export class LocalPipelines implements PipelineOperations {
  readonly #options: LocalPipelinesOptions

  constructor(options: LocalPipelinesOptions) {
    this.#options = options
  }

  async list(): Promise<PipelineList> {
    const pipelines = this.#options.landscape?.pipelines ?? []
    return { pipelines: await Promise.all(pipelines.map(each => this.#view(each))) }
  }

  async runs(pipeline: string, { limit = 50, ...range }: RunsQuery): Promise<RunPage> {
    const known = this.#known(pipeline)
    const found = await listRuns(this.#options.reader.streams, { pipeline, limit, ...range }, Date.now())
    return { runs: found.map(each => this.#run(known, each)) }
  }

  async run(pipeline: string, key: string): Promise<RunDetail | undefined> {
    const known = this.#known(pipeline)
    const state = await this.#state(pipeline, key)
    if (!state) return undefined
    const { by, why, repair } = state.begun
    const last = await this.#lastPublished(known, key)
    const progress = this.#options.running()?.progress(pipeline, key) ?? new Map()
    return {
      run: this.#run(known, summaryOf(key, state)),
      ...{ by, why, repairs: repair },
      tasks: shownTasks(known, state, progress, last),
      checks: maskedChecks(known, state.checks),
    }
  }

  async order(pipeline: string, { by, why, until, everything }: RunOrder): Promise<Ordered> {
    const key = await this.#mustRun().order(pipeline, { by, why }, { until, everything })
    this.#tell('run', pipeline, key, { by, why })
    return { key }
  }

  async backfill(pipeline: string, { by, why, ...range }: BackfillOrder): Promise<Ordered> {
    const key = await this.#mustRun().backfill(pipeline, { by, why }, range)
    this.#tell('backfill', pipeline, key, { by, why })
    return { key }
  }

  async decide(pipeline: string, key: string, { do: what, table, by, why }: RunDecision): Promise<Ordered> {
    const running = this.#mustRun()
    const person = { by, why }
    if (what === 'resume') await running.resume(pipeline, key, person)
    if (what === 'cancel') await running.cancel(pipeline, key, person)
    if (what !== 'repair') {
      this.#tell(what, pipeline, key, person)
      return { key }
    }
    if (table === undefined) throw refused('A repair needs the table whose rows are loaded.', 400)
    const repair = await running.repair(pipeline, key, table, person)
    this.#tell('repair', pipeline, repair, person)
    return { key: repair }
  }

  async rows(pipeline: string, query: RowsQuery): Promise<RowPage> {
    const known = this.#known(pipeline)
    return await listRows(this.#warehouseOf(known), known, query)
  }

  async record(pipeline: string, { runs = 20 }: RecordQuery): Promise<QualityRecord> {
    const known = this.#known(pipeline)
    // Of repairs there may be some behind each run.
    const listed = await listRuns(this.#options.reader.streams, { pipeline, limit: 3 * runs }, Date.now())
    const own = listed.filter(({ trigger }) => trigger !== 'repair').slice(0, runs)
    const states = await Promise.all(own.map(each => this.#state(pipeline, each.key)))
    return qualityRecord(
      known,
      own.flatMap((summary, n) => (states[n] ? [{ summary, state: states[n] }] : [])),
    )
  }

  async decideRows(pipeline: string, order: RowDecision): Promise<RowsDecided> {
    const known = this.#known(pipeline)
    const done = await decideRows(this.#warehouseOf(known), known, order, Date.now())
    this.#tell(`${order.do} rows`, pipeline, `${done}`, order)
    return { done }
  }

  async query(order: WarehouseOrder): Promise<WarehouseAnswer> {
    const systems = (this.#options.landscape?.pipelines ?? []).map(({ system }) => system)
    if (!systems.includes(order.system))
      throw refused(`There is no warehouse ${order.system}: no pipeline makes tables there.`, 404)
    return await askWarehouse(this.#mustRun().options.warehouse(order.system), order)
  }

  async #view(pipeline: Pipeline): Promise<PipelineView> {
    const { name, schedule, after, tables, system } = pipeline
    const runs = await listRuns(this.#options.reader.streams, { pipeline: name, limit: 50 }, Date.now())
    const shown = runs.map(each => this.#run(pipeline, each))
    return {
      pipeline: name,
      warehouse: system,
      schedule: schedule && scheduleText(schedule),
      after: after.map(each => each.name),
      tables: tables.map(each => each.name),
      next: this.#options.running()?.next(name),
      last: shown[0],
      lastPublished: shown.find(({ status, trigger }) => status === 'published' && trigger !== 'repair'),
      running: shown.filter(({ status }) => status === 'running'),
      failed: shown.filter(({ status }) => status === 'failed'),
    }
  }

  #run(pipeline: Pipeline, summary: RunSummary): Run {
    const { name } = pipeline
    const { key, status, from, until } = summary
    const waitsFor = status === 'running' ? this.#options.running()?.waitsFor(name, key) : undefined
    // Without a schedule a period begins with time itself.
    const date = dateOf(pipeline, from > 0 ? from : until)
    return { pipeline: name, ...summary, date, ...(waitsFor !== undefined && { waitsFor }) } as Run
  }

  async #state(pipeline: string, key: string): Promise<RunState | undefined> {
    const running = this.#options.running()
    if (running) return await running.state(pipeline, key)
    return foldRun(await readRunLog(this.#options.reader, pipeline, key))
  }

  /** With whose rows the work of a run is compared. */
  async #lastPublished({ name }: Pipeline, key: string): Promise<RunState | undefined> {
    const runs = await listRuns(this.#options.reader.streams, { pipeline: name, limit: 20 }, Date.now())
    const last = runs.find(
      each => each.status === 'published' && each.trigger !== 'repair' && each.key !== key,
    )
    return last && (await this.#state(name, last.key))
  }

  #known(name: string): Pipeline {
    const all = this.#options.landscape?.pipelines ?? []
    const found = all.find(each => each.name === name)
    if (found) return found
    const known = all.map(each => each.name).join(', ')
    throw refused(`There is no pipeline ${name}. There are ${known || 'none'}.`, 404)
  }

  #mustRun(): Pipelines {
    const running = this.#options.running()
    if (running) return running
    throw refused('The instance does not run, and only it runs pipelines: start it.')
  }

  #warehouseOf({ system }: Pipeline) {
    return this.#mustRun().options.warehouse(system)
  }

  #tell(what: string, pipeline: string, key: string, { by, why }: Person): void {
    this.#options.log({
      level: 'info',
      event: 'decided',
      text: `pipeline ${pipeline} ${key}: ${what} by ${by}: ${why}`,
      fields: { pipeline, key, do: what, by, why },
    })
  }
}

function scheduleText({ cron, every, zone }: ScheduleOptions): string {
  return [cron ?? `every ${every}`, zone].filter(Boolean).join(' ')
}
