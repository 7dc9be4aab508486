import { IsthmusError } from '../../errors.ts'
import type { Pipeline } from '../../flow/pipeline/pipeline.ts'
import type { Json } from '../../message/json-value.ts'
import { headsOf } from '../../store/stream-pages.ts'
import type { StreamHead } from '../../store/streams.ts'
import { patiently } from '../host.ts'
import type { Beginning, Person } from './beginning.ts'
import type { PipelineRun } from './pipeline-run.ts'
import type { PipelinesOptions } from './pipelines-options.ts'
import { runKey } from './run-log.ts'
import type { RunState } from './run-state.ts'
import { mostRuns, plannedBefore, plannedTimes } from './timetable.ts'

/** One order for the runs of a range of dates. */
interface Backfill {
  readonly pipeline: string
  /** Milliseconds since 1970 UTC: planned times behind `from`, up to `until`. */
  readonly from: number
  readonly until: number
  readonly parallel: number
  readonly by: string
  readonly why: string
}

/** Who has the runs. */
interface Runs {
  state(pipeline: string, key: string): Promise<RunState | undefined>
  /** Throws CONTROL-REFUSED while the run is under way. */
  begin(pipeline: Pipeline, beginning: Beginning): Promise<PipelineRun>
  takeUp(pipeline: Pipeline, key: string, state: RunState): PipelineRun
  work(run: PipelineRun): Promise<void>
}

/** Works off orders for many dates, and takes them up again after a restart. */
export class Backfills {
  readonly #options: PipelinesOptions
  readonly #runs: Runs
  readonly #working = new Set<Promise<void>>()
  /** Of those under way: the same is not begun twice. */
  readonly #ranges = new Set<string>()
  #isStopping = false

  constructor(options: PipelinesOptions, runs: Runs) {
    this.#options = options
    this.#runs = runs
  }

  async order(
    pipeline: Pipeline,
    { by, why }: Person,
    { from, until, parallel = 1 }: { from: number; until: number; parallel?: number | undefined },
  ): Promise<string> {
    const { store, token, host } = this.#options
    const { name, schedule } = pipeline
    if (!schedule) throw refused(`Pipeline ${name} has no schedule, and so no dates.`)
    const times = plannedTimes(schedule, from, Math.min(until, host.now()), mostRuns + 1)
    if (times.length === 0) throw refused(`No run of ${name} ends in this range.`)
    if (times.length > mostRuns) throw refused(`These are more than ${mostRuns} runs: order fewer at a time.`)
    const atOnce = Math.max(1, parallel)
    const data: Backfill = {
      pipeline: name,
      from,
      until: Math.min(until, host.now()),
      parallel: atOnce,
      by,
      why,
    }
    const range = rangeOf(data, times)
    if (this.#ranges.has(range)) throw refused(`This backfill of ${name} is under way already.`)
    this.#ranges.add(range)
    const key = `${new Date(host.now()).toISOString()}-${name}`
    const events = [{ type: 'ordered', data: data as unknown as Json, at: host.now() }]
    const append = {
      kind: 'backfill',
      key,
      version: 0,
      events,
      state: 'running',
      snapshot: data as unknown as Json,
    }
    const [appended] = await store.append([append], token).catch(error => {
      this.#ranges.delete(range)
      throw error
    })
    if (appended?.status !== 'appended') throw new Error(`the log of backfill ${key} was written by another`)
    this.#work(pipeline, key, data)
    return key
  }

  /** Gives the orders that are not over. */
  async recover(): Promise<ReadonlySet<string | undefined>> {
    const open: StreamHead[] = await Array.fromAsync(
      headsOf(this.#options.store.read, { kind: 'backfill', open: true }),
    )
    for (const { key, snapshot } of open) {
      const order = snapshot?.data as Backfill | undefined
      const pipeline = this.#options.pipelines.find(({ name }) => name === order?.pipeline)
      if (order && pipeline) this.#work(pipeline, key, order)
    }
    return new Set(open.map(({ key }) => key))
  }

  /** Runs under way are stopped by who owns them. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#working)
  }

  #work(pipeline: Pipeline, key: string, order: Backfill): void {
    const { schedule } = pipeline
    const range = rangeOf(order, schedule ? plannedTimes(schedule, order.from, order.until) : [])
    this.#ranges.add(range)
    const working = this.#run(pipeline, key, order).catch(error => {
      if (!this.#isStopping) this.#options.onFatal(error)
    })
    this.#working.add(working)
    void working.then(() => {
      this.#working.delete(working)
      this.#ranges.delete(range)
    })
  }

  async #run(pipeline: Pipeline, key: string, order: Backfill): Promise<void> {
    const { store, token, host } = this.#options
    const { schedule } = pipeline
    if (!schedule) return
    const times = plannedTimes(schedule, order.from, order.until)
    const lane = async () => {
      for (let time = times.shift(); time !== undefined && !this.#isStopping; time = times.shift())
        await this.#one(pipeline, key, order, { from: plannedBefore(schedule, time), until: time })
    }
    await Promise.all(Array.from({ length: order.parallel }, lane))
    if (this.#isStopping) return
    const events = [{ type: 'ended', data: {}, at: host.now() }]
    await patiently(host, () =>
      store.append([{ kind: 'backfill', key, version: 1, events, state: 'ended', open: false }], token),
    )
  }

  /** A date whose run is under way for another reason, or was begun by this order before, is not begun again. */
  async #one(
    pipeline: Pipeline,
    order: string,
    { by, why }: Backfill,
    period: { from: number; until: number },
  ): Promise<void> {
    const key = runKey(period)
    const before = await this.#runs.state(pipeline.name, key)
    const isOurs = before?.begun.order === order
    if (before?.status === 'running' && !isOurs) return
    if (isOurs && before.status !== 'running') return
    const beginning = { period, trigger: 'backfill', order, person: { by, why } } as const
    const run = isOurs
      ? this.#runs.takeUp(pipeline, key, before)
      : await this.#runs.begin(pipeline, beginning).catch(passOver)
    if (run) await this.#runs.work(run)
  }
}

const rangeOf = ({ pipeline }: Backfill, times: readonly number[]) =>
  `${pipeline} ${times[0]} ${times.at(-1)}`

/** Somebody else began the run at this very moment, or the instance stops. */
function passOver(error: unknown): undefined {
  if (!(error instanceof IsthmusError && error.code === 'CONTROL-REFUSED')) throw error
}

function refused(text: string): IsthmusError {
  return new IsthmusError('CONTROL-REFUSED', text)
}
