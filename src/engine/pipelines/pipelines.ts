import { IsthmusError } from '../../errors.ts'
import type { Pipeline } from '../../flow/pipeline/pipeline.ts'
import { headsOf } from '../../store/stream-pages.ts'
import { patiently } from '../host.ts'
import { Backfills } from './backfills.ts'
import type { Beginning, Person } from './beginning.ts'
import { Dependencies } from './dependencies.ts'
import { PipelineRun, type Progress } from './pipeline-run.ts'
import type { PipelinesOptions } from './pipelines-options.ts'
import { Planner } from './planner.ts'
import type { Period, RunFact } from './run-fact.ts'
import { readRunLog, repairKey, runId, runKey, runStream, writtenRunFact } from './run-log.ts'
import { evolveRun, foldRun, type RunState } from './run-state.ts'
import { writtenSummary } from './run-summary.ts'
import { periodEnding, plannedBefore } from './timetable.ts'
import { Turns } from './turns.ts'

/** Runs the pipelines of a landscape: one run per date, whoever asks for it. */
export class Pipelines {
  readonly options: PipelinesOptions
  readonly #backfills: Backfills
  readonly #planners: readonly Planner[]
  readonly #runs = new Map<string, PipelineRun>()
  readonly #building = new Map<string, Turns>()
  /** Runs of one pipeline follow each other; those of a backfill run side by side. */
  readonly #lanes = new Map<string, Turns>()
  readonly #dependencies: Dependencies
  /** Rows of which run and table are being loaded: the same are not loaded twice. */
  readonly #repairing = new Set<string>()
  #isStopping = false

  constructor(options: PipelinesOptions) {
    this.options = options
    this.#dependencies = new Dependencies(options)
    this.#backfills = new Backfills(options, this)
    this.#planners = options.pipelines.flatMap(pipeline =>
      pipeline.schedule
        ? [new Planner(pipeline, pipeline.schedule, options, period => this.#planned(pipeline, period))]
        : [],
    )
  }

  /** Takes up what an earlier process left, and begins to plan. */
  async start(): Promise<void> {
    await this.#dependencies.recover()
    // A backfill that is not over takes up its own runs.
    const orders = await this.#backfills.recover()
    for (const pipeline of this.options.pipelines) {
      const { kind } = runStream(pipeline.name, '')
      const query = { kind, open: true, states: ['running'] }
      for await (const { key } of headsOf(this.options.store.read, query)) {
        const state = await this.state(pipeline.name, key)
        if (state && !orders.has(state.begun.order)) void this.#enqueue(this.#run(pipeline, key, state))
      }
    }
    for (const planner of this.#planners) planner.start()
  }

  /** Leaves what is under way; the next process takes it up. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const planner of this.#planners) planner.stop()
    // No lane begins another run when the one it works on is stopped.
    const backfills = this.#backfills.stop()
    await Promise.all([...this.#runs.values()].map(run => run.stop()))
    await backfills
  }

  /** Throws CONTROL-REFUSED if there is none of this name. */
  pipeline(name: string): Pipeline {
    const found = this.options.pipelines.find(each => each.name === name)
    if (found) return found
    const known = this.options.pipelines.map(each => each.name).join(', ')
    throw refused(`There is no pipeline "${name}". The landscape has ${known || 'none'}.`)
  }

  /** A run as its log tells it; undefined if it was never begun. */
  async state(pipeline: string, key: string): Promise<RunState | undefined> {
    const known = this.#runs.get(idOf(pipeline, key))
    if (known) return known.state
    const { host, store } = this.options
    return foldRun(await patiently(host, () => readRunLog(store.read, pipeline, key)))
  }

  /** By table, how far the tasks of a run have come that are under way in this process. */
  progress(pipeline: string, key: string): ReadonlyMap<string, Progress> {
    return this.#runs.get(idOf(pipeline, key))?.progress ?? new Map()
  }

  /** For what a run waits before it begins its tasks, if so. */
  waitsFor(pipeline: string, key: string): string | undefined {
    const run = this.#runs.get(idOf(pipeline, key))
    return run && this.#dependencies.missing(run.pipeline, run.state.begun.period.until)
  }

  /** When a run is due next, milliseconds since 1970 UTC. */
  next(pipeline: string): number | undefined {
    return this.#planners.find(planner => planner.pipeline.name === pipeline)?.next
  }

  /** Milliseconds since 1970 UTC: the end of the last period that was published, as far as that is known. */
  publishedUntil(pipeline: string): number | undefined {
    return this.#dependencies.until(pipeline)
  }

  /**
   * Begins a run, or begins anew one that is over. Of a pipeline with a schedule `until` is a planned time, the last one
   * if absent. Resolves with its key when that is durable. Throws CONTROL-REFUSED while it is under way.
   */
  async order(
    name: string,
    person: Person,
    asked: { readonly until?: number | undefined; readonly everything?: true | undefined } = {},
  ): Promise<string> {
    const pipeline = this.pipeline(name)
    const period = this.#periodOf(pipeline, asked.until)
    const begun = { period, trigger: 'person', everything: asked.everything, person } as const
    const run = await this.begin(pipeline, begun)
    void this.#enqueue(run)
    return run.key
  }

  /** Begins a run for every planned time of a range, at most `parallel` at a time. Resolves with the name of the order. */
  async backfill(
    name: string,
    person: Person,
    range: { readonly from: number; readonly until: number; readonly parallel?: number | undefined },
  ): Promise<string> {
    return await this.#backfills.order(this.pipeline(name), person, range)
  }

  /** Lets a run go on that failed, from the task that failed. */
  async resume(name: string, key: string, person: Person): Promise<void> {
    const pipeline = this.pipeline(name)
    const state = await this.#settled(name, key)
    if (state?.status !== 'failed')
      throw refused(`Run ${key} of ${name} ${wordFor(state)}: it cannot be resumed.`)
    const run = this.#run(pipeline, key, state)
    await run.record({ type: 'resumed', ...person })
    void this.#enqueue(run)
  }

  /** Ends a run that is under way or has failed; nothing of it is published. */
  async cancel(name: string, key: string, { by, why }: Person): Promise<void> {
    const pipeline = this.pipeline(name)
    const state = await this.state(name, key)
    if (state?.status !== 'running' && state?.status !== 'failed')
      throw refused(`Run ${key} of ${name} ${wordFor(state)}: it cannot be cancelled.`)
    const run = this.#runs.get(idOf(name, key)) ?? this.#run(pipeline, key, state)
    try {
      await run.cancel(by, why)
    } finally {
      this.#forget(run)
      if (run.state.status === 'running') void this.#enqueue(this.#run(pipeline, key, run.state))
    }
  }

  /** Loads the rows of a run that were set aside, mended or as they are, and what is made of them. Resolves with its key. */
  async repair(name: string, key: string, table: string, person: Person): Promise<string> {
    const pipeline = this.pipeline(name)
    const state = await this.state(name, key)
    if (state?.status !== 'published')
      throw refused(`Run ${key} of ${name} ${wordFor(state)}: rows can be repaired once it is published.`)
    const found = pipeline.tables.find(each => each.name === table)
    if (found?.from.kind !== 'extraction')
      throw refused(`Pipeline ${name} reads no rows into a table "${table}".`)
    const rows = `${idOf(name, key)} ${table}`
    if (this.#repairing.has(rows)) throw refused(`A repair of ${table} in run ${key} is under way already.`)
    this.#repairing.add(rows)
    try {
      const { period } = state.begun
      const repair = { table, run: key }
      const run = await this.begin(pipeline, { period, trigger: 'repair', repair, person })
      void this.#enqueue(run).finally(() => this.#repairing.delete(rows))
      return run.key
    } catch (error) {
      this.#repairing.delete(rows)
      throw error
    }
  }

  /** Resolves when it is durable. Throws CONTROL-REFUSED while the run is under way. */
  async begin(pipeline: Pipeline, beginning: Beginning): Promise<PipelineRun> {
    if (this.#isStopping) throw new IsthmusError('CONTROL-REFUSED', 'The instance stops.', { fate: 'retry' })
    const { host, store, token } = this.options
    const { period, repair, person, ...rest } = beginning
    const key = repair ? repairKey(repair.run, host.now()) : runKey(period)
    const before = await this.#settled(pipeline.name, key)
    if (before && (before.status === 'running' || beginning.trigger === 'schedule'))
      throw refused(`Run ${key} of ${pipeline.name} ${wordFor(before)}.`)
    const attempt = (before?.begun.attempt ?? 0) + 1
    const id = runId(pipeline.name, key, attempt)
    const fact: RunFact = { type: 'begun', attempt, id, period, repair, ...rest, ...person }
    const at = host.now()
    const version = before?.version ?? 0
    const state = evolveRun(undefined, { fact, at, version: version + 1 })
    const append = {
      ...runStream(pipeline.name, key),
      ...{ version, state: state.status, open: true, events: [writtenRunFact(fact, at)] },
      snapshot: writtenSummary(key, state),
    }
    const [appended] = await patiently(host, () => store.append([append], token))
    if (appended?.status !== 'appended')
      throw refused(`Run ${key} of ${pipeline.name} was begun by somebody else.`)
    return this.#run(pipeline, key, state)
  }

  /** For a backfill: a run that it had begun before the process ended. */
  takeUp(pipeline: Pipeline, key: string, state: RunState): PipelineRun {
    return this.#run(pipeline, key, state)
  }

  /** Works on a run once those are published that it stands behind. Never rejects. */
  async work(run: PipelineRun): Promise<void> {
    await this.#dependencies.wait(run.pipeline, run.state.begun.period.until, run.signal)
    await run.work()
    if (run.state.status !== 'running') this.#forget(run)
  }

  #forget(run: PipelineRun): void {
    const id = idOf(run.pipeline.name, run.key)
    if (this.#runs.get(id) === run) this.#runs.delete(id)
  }

  /** As `state`; of a run that has failed no other task is under way any more. */
  async #settled(pipeline: string, key: string): Promise<RunState | undefined> {
    const run = this.#runs.get(idOf(pipeline, key))
    if (run?.state.status === 'failed') await run.stop()
    return await this.state(pipeline, key)
  }

  async #planned(pipeline: Pipeline, period: Period): Promise<void> {
    try {
      void this.#enqueue(await this.begin(pipeline, { period, trigger: 'schedule' }))
    } catch (error) {
      // A person was faster.
      if (!(error instanceof IsthmusError && error.code === 'CONTROL-REFUSED' && error.fate !== 'retry'))
        throw error
    }
  }

  #enqueue(run: PipelineRun): Promise<void> {
    return turnsOf(this.#lanes, run.pipeline.name).take(() => this.work(run))
  }

  #run(pipeline: Pipeline, key: string, state: RunState): PipelineRun {
    const run = new PipelineRun(pipeline, key, state, {
      ...this.options,
      building: turnsOf(this.#building, pipeline.name),
      onChanged: changed => this.#changed(changed),
    })
    this.#runs.set(idOf(pipeline.name, key), run)
    this.#changed(run)
    return run
  }

  #changed({ pipeline, key, state }: PipelineRun): void {
    const { begun, status, beganAt, changedAt, failure } = state
    if (status === 'published') this.#dependencies.published(pipeline.name, begun.period.until)
    this.options.watch({
      type: 'run',
      pipeline: pipeline.name,
      ...{ key, status, trigger: begun.trigger, ms: changedAt - beganAt },
      reason: failure && `${failure.table ? `${failure.table}: ` : ''}${failure.code} ${failure.reason}`,
      counts: [...state.loaded.values()].map(({ table, isRead, counts }) => ({ table, isRead, ...counts })),
    })
  }

  #periodOf({ name, schedule }: Pipeline, until: number | undefined): Period {
    const now = this.options.host.now()
    if (!schedule) return { from: 0, until: until ?? now }
    const end = until ?? plannedBefore(schedule, now + 1)
    const period = periodEnding(schedule, end)
    if (period && end <= now) return period
    const nearest = new Date(plannedBefore(schedule, Math.min(end, now) + 1)).toISOString()
    throw refused(
      `No run of ${name} ends at ${new Date(end).toISOString()}. The last one before ends at ${nearest}.`,
    )
  }
}

function turnsOf(all: Map<string, Turns>, name: string): Turns {
  const turns = all.get(name) ?? new Turns()
  all.set(name, turns)
  return turns
}

const idOf = (pipeline: string, key: string) => `${pipeline} ${key}`

function wordFor(state: RunState | undefined): string {
  if (!state) return 'was never begun'
  return state.status === 'running'
    ? 'is under way'
    : state.status === 'failed'
      ? 'has failed'
      : `was ${state.status}`
}

function refused(text: string): IsthmusError {
  return new IsthmusError('CONTROL-REFUSED', text)
}
