import { IsthmusError, reasonOf } from '../../errors.ts'
import { type Pipeline, tablesBefore } from '../../flow/pipeline/pipeline.ts'
import type { Table } from '../../flow/pipeline/table.ts'
import type { RequesterChannel } from '../../system/channel.ts'
import type { Requester, Source } from '../../system/roles.ts'
import type { Warehouse } from '../../system/warehouse.ts'
import { backoff, patiently, sleep } from '../host.ts'
import { runChecks } from './checking.ts'
import { type Loaded, loadTable } from './load-task.ts'
import { forgetting, ParkedRows, RepairedRows, releasing } from './parked-rows.ts'
import type { PipelinesOptions } from './pipelines-options.ts'
import { isPublished, type LastPublication, lastPublication, publishRun } from './publishing.ts'
import type { Asking } from './reading-query.ts'
import type { RunFact } from './run-fact.ts'
import { runId, runStream, writtenRunFact } from './run-log.ts'
import type { RunScope } from './run-scope.ts'
import { evolveRun, type RunState } from './run-state.ts'
import { writtenSummary } from './run-summary.ts'
import { droppingStages, setUp } from './sql/stage.ts'
import { dateOf, shapeOfTable, stageStands, tablesOfRun } from './tables-of-run.ts'
import { inOrder } from './tasks-in-order.ts'
import { Turns } from './turns.ts'

/** How far the work on one table has come. */
export interface Progress {
  readonly rows: number
  /** Milliseconds since 1970 UTC. */
  readonly began: number
}

export interface RunOptions extends PipelinesOptions {
  /** One after another builds what others read: queries, checks and publication of a pipeline. */
  readonly building: Turns
  /** Told when it has begun, and when it comes to an end. */
  onChanged(run: PipelineRun): void
}

const isoTime = (time: number) => new Date(time).toISOString()
const longestPause = 3_600_000

/** The run of a pipeline for one period, while this process works on it. */
export class PipelineRun {
  readonly pipeline: Pipeline
  readonly key: string
  /** By table, of tasks that are under way. */
  readonly progress = new Map<string, Progress>()
  state: RunState
  readonly #options: RunOptions
  readonly #stop = new AbortController()
  readonly #recording = new Turns()
  #working: Promise<void> | undefined

  constructor(pipeline: Pipeline, key: string, state: RunState, options: RunOptions) {
    this.pipeline = pipeline
    this.key = key
    this.state = state
    this.#options = options
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Works until it is published or has failed, or is stopped. Never rejects. */
  work(): Promise<void> {
    // What cannot be recorded has been told as fatal.
    this.#working ??= this.#work().catch(() => {})
    return this.#working
  }

  /** What is under way is left as it is: whoever takes the run up goes on from there. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#working
  }

  /** Throws CONTROL-REFUSED where it is too late. */
  async cancel(by: string, why: string): Promise<void> {
    await this.stop()
    if (this.state.status !== 'published' && (await this.#wasPublished())) await this.#notePublished()
    if (this.state.status === 'published')
      throw new IsthmusError('CONTROL-REFUSED', `Run ${this.key} of ${this.pipeline.name} was published.`)
    await this.#cleanUp()
    await this.record({ type: 'cancelled', by, why })
  }

  /** Makes a fact durable. One after another, since each says behind which version it stands. */
  record(fact: RunFact): Promise<void> {
    return this.#recording.take(async () => {
      const { store, token, host, onFatal } = this.#options
      const at = host.now()
      const { version } = this.state
      const state = evolveRun(this.state, { fact, at, version: version + 1 })
      const append = {
        ...runStream(this.pipeline.name, this.key),
        ...{ version, state: state.status, open: state.status === 'running' || state.status === 'failed' },
        events: [writtenRunFact(fact, at)],
        snapshot: writtenSummary(this.key, state),
      }
      const [appended] = await patiently(host, () => store.append([append], token)).catch(error => {
        onFatal(error)
        throw error
      })
      if (appended?.status !== 'appended')
        throw new Error(`the log of run ${this.key} was written by another`)
      this.state = state
      this.#options.onChanged(this)
    })
  }

  /** What goes wrong before and behind the tasks is tried again, too; tasks that are done are not done again. */
  async #work(): Promise<void> {
    const { signal } = this.#stop
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        return await this.#workOnce()
      } catch (error) {
        if (signal.aborted || !(await this.#again(error, tries))) return
        await sleep(this.#options.host, this.#pause(tries), signal)
      }
    }
  }

  async #workOnce(): Promise<void> {
    const warehouse = await this.#warehouse()
    const { signal } = this.#stop
    await warehouse.run(setUp(warehouse.dialect), signal)
    // The answer to its publication was lost, or this process before it could note it.
    if (await isPublished(warehouse, this.state.begun.id, signal)) return await this.#notePublished()
    await this.#dropEarlier(warehouse)
    const last = await lastPublication(warehouse, this.pipeline.name, signal)
    const tables = tablesOfRun(this.pipeline, this.state)
    const extractions = tables.filter(table => this.#isRead(table))
    if (!(await this.#load(extractions, warehouse, last))) return
    await this.#options.building.take(async () => {
      const newest = await lastPublication(warehouse, this.pipeline.name, signal)
      if (!(await this.#load(tables, warehouse, newest))) return
      if (await this.#checksHold(tables, warehouse)) await this.#publish(tables, warehouse, newest)
    })
  }

  /** How many rows it changed is not known any more. */
  #notePublished(): Promise<void> {
    return this.record({ type: 'published', tables: {}, ms: 0 })
  }

  /** The stages of an attempt that was given up for this one. */
  async #dropEarlier(warehouse: Warehouse): Promise<void> {
    const { attempt } = this.state.begun
    if (attempt === 1) return
    const before = runId(this.pipeline.name, this.key, attempt - 1)
    await warehouse.run(await droppingStages(warehouse, before, this.signal), this.signal)
  }

  /** Whether its rows come from outside of the warehouse, or, in a repair, from those that were set aside. */
  #isRead({ from, name }: Table): boolean {
    return from.kind === 'extraction' || this.state.begun.repair?.table === name
  }

  async #load(tables: readonly Table[], warehouse: Warehouse, last: LastPublication): Promise<boolean> {
    const before = (one: Table) => tablesBefore(one, tables)
    return await inOrder(tables, before, this.pipeline.parallel, table => this.#task(table, warehouse, last))
  }

  /** False if the run goes no further. */
  async #task(table: Table, warehouse: Warehouse, last: LastPublication): Promise<boolean> {
    const { host } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      const { due = 0, tries = 0 } = this.state.setbacks.get(table.name) ?? {}
      if (due > host.now()) await sleep(host, due - host.now(), signal)
      if (signal.aborted) break
      const began = host.monotonic()
      try {
        if (await this.#stands(table, warehouse, last)) return true
        const loaded = await this.#loadOnce(table, warehouse, last)
        const ms = Math.round(host.monotonic() - began)
        const made = { behind: last.run, shape: shapeOfTable(table), isRead: this.#isRead(table) }
        await this.record({ type: 'loaded', table: table.name, tries: tries + 1, ms, ...loaded, ...made })
        return true
      } catch (error) {
        if (signal.aborted) break
        if (!(await this.#again(error, tries + 1, table.name))) return false
      } finally {
        this.progress.delete(table.name)
      }
    }
    return false
  }

  /**
   * Whether what was loaded before can still be used. Behind another publication it would bring older rows over newer
   * ones. Runs of a backfill are read side by side, each for its date.
   */
  async #stands(table: Table, warehouse: Warehouse, last: LastPublication): Promise<boolean> {
    const loaded = this.state.loaded.get(table.name)
    if (!loaded || loaded.shape !== shapeOfTable(table)) return false
    const mayBeBehind = this.#isRead(table) && this.state.begun.trigger === 'backfill'
    if (loaded.behind !== last.run && !mayBeBehind) return false
    return await stageStands(warehouse, table, this.state.begun.id, this.#stop.signal)
  }

  async #loadOnce(table: Table, warehouse: Warehouse, last: LastPublication): Promise<Loaded> {
    const { host } = this.#options
    const { begun } = this.state
    const { signal } = this.#stop
    const began = host.now()
    const told = (rows: number) => this.progress.set(table.name, { rows, began })
    told(0)
    const place = {
      pipeline: this.pipeline.name,
      table: table.name,
      run: begun.repair?.run ?? this.key,
      id: begun.id,
    }
    const Rows = begun.repair?.table === table.name ? RepairedRows : ParkedRows
    return await loadTable({
      ...this.#scope,
      ...{ table, warehouse, signal, told },
      asking: channel => this.#asking(channel),
      source: channel => this.#options.role(channel) as Source,
      mark: this.#markOf(table, last),
      parked: new Rows(place, warehouse, signal),
    })
  }

  get #scope(): RunScope {
    const { id, period } = this.state.begun
    return {
      run: id,
      period: { ...period, date: dateOf(this.pipeline, period.from) },
      made: new Set(tablesOfRun(this.pipeline, this.state).map(({ name }) => name)),
    }
  }

  #asking(channel: RequesterChannel<unknown, unknown>): Asking {
    const { host, governor, role } = this.#options
    const { signal } = this.#stop
    return { host, signal, governor: governor(channel.system), role: () => role(channel) as Requester }
  }

  /** Where the run follows another, only what changed is read. */
  #markOf(table: Table, { marks }: LastPublication): string | undefined {
    const { trigger, attempt, everything } = this.state.begun
    if (everything) return undefined
    const follows = attempt === 1 && (trigger === 'schedule' || trigger === 'person')
    return follows ? marks[table.name] : undefined
  }

  async #publish(tables: readonly Table[], warehouse: Warehouse, last: LastPublication): Promise<void> {
    const { host } = this.#options
    const { pipeline, key, state, signal } = this
    const began = host.monotonic()
    const counts = await publishRun({ pipeline, state, key, warehouse, signal, host, tables, last })
    await this.record({ type: 'published', tables: counts, ms: Math.round(host.monotonic() - began) })
  }

  async #checksHold(tables: readonly Table[], warehouse: Warehouse): Promise<boolean> {
    const { host } = this.#options
    const began = host.monotonic()
    const { signal } = this.#stop
    const asking = (channel: RequesterChannel<unknown, unknown>) => this.#asking(channel)
    const scope = this.#scope
    const reading = { from: isoTime(scope.period.from), until: isoTime(scope.period.until) }
    const results = await runChecks({ ...scope, tables, warehouse, reading, signal, asking })
    await this.record({ type: 'checked', results, ms: Math.round(host.monotonic() - began) })
    const broken = results.filter(({ ok, severity }) => !ok && severity === 'stop')
    if (broken.length === 0) return true
    const reason = broken.map(({ table, check, found }) => `${table}: ${check}: ${found}`).join('; ')
    await this.record({ type: 'failed', code: 'PIPELINE-CHECK', reason })
    return false
  }

  /** Notes what went wrong; false if only a person can let it go on. */
  async #again(error: unknown, tries: number, table?: string): Promise<boolean> {
    const code = error instanceof IsthmusError ? error.code : 'STEP-FAILED'
    const passes = error instanceof IsthmusError && (error.fate === 'retry' || error.fate === 'doubt')
    const reason = reasonOf(error)
    if (!passes || tries > this.pipeline.retry.times) {
      await this.record({ type: 'failed', table, code, reason })
      return false
    }
    const due = this.#options.host.now() + this.#pause(tries)
    if (table !== undefined) await this.record({ type: 'setback', table, tries, due, code, reason })
    return true
  }

  #pause(tries: number): number {
    const { pause } = this.pipeline.retry
    return backoff(this.#options.host, tries, pause, Math.max(pause, longestPause))
  }

  /** The warehouse may not be connected yet. */
  async #warehouse(): Promise<Warehouse> {
    const { host, warehouse } = this.#options
    for (let tries = 1; ; tries++) {
      try {
        return warehouse(this.pipeline.system)
      } catch (error) {
        const passes = error instanceof IsthmusError && error.fate === 'retry'
        if (!passes || this.#stop.signal.aborted) throw error
        await sleep(host, backoff(host, tries, 500, 15_000), this.#stop.signal)
      }
    }
  }

  /** By the word of the warehouse. Where that cannot be asked, what has not all been loaded was not. */
  async #wasPublished(): Promise<boolean> {
    const { warehouse } = this.#options
    const { begun, loaded } = this.state
    try {
      return await isPublished(warehouse(this.pipeline.system), begun.id, new AbortController().signal)
    } catch (error) {
      if (tablesOfRun(this.pipeline, this.state).every(({ name }) => loaded.has(name))) throw error
      return false
    }
  }

  /** What is there of a run that will not be published is only in the way: it is taken away, if that can be done. */
  async #cleanUp(): Promise<void> {
    const { signal } = new AbortController()
    const { id, repair } = this.state.begun
    try {
      const warehouse = this.#options.warehouse(this.pipeline.system)
      const drops = await droppingStages(warehouse, id, signal)
      await warehouse.run(
        [...drops, repair ? releasing({ pipeline: this.pipeline.name, ...repair }) : forgetting(id)],
        signal,
      )
    } catch {
      // A run that was never set up has nothing there.
    }
  }
}
