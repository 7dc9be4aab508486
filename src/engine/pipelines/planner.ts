import type { Pipeline } from '../../flow/pipeline/pipeline.ts'
import type { ScheduleOptions } from '../../system/schedule.ts'
import { nextOf } from '../../system/schedule.ts'
import { patiently, sleep } from '../host.ts'
import type { PipelinesOptions } from './pipelines-options.ts'
import type { Period } from './run-fact.ts'
import { duePeriods } from './timetable.ts'

/** Longest sleep, milliseconds: the clock of the computer may have been set meanwhile. */
const nap = 30_000

/** Begins the runs of a pipeline when they are due. Up to where it has planned stands in a stream of its own. */
export class Planner {
  readonly pipeline: Pipeline
  readonly #schedule: ScheduleOptions
  readonly #options: Pick<PipelinesOptions, 'store' | 'token' | 'host' | 'onFatal'>
  readonly #begin: (period: Period) => Promise<void>
  readonly #stop = new AbortController()
  #last = 0
  #version = 0

  /** `begin` resolves when the run of a period has been begun, durably, or had been begun before. */
  constructor(
    pipeline: Pipeline,
    schedule: ScheduleOptions,
    options: Pick<PipelinesOptions, 'store' | 'token' | 'host' | 'onFatal'>,
    begin: (period: Period) => Promise<void>,
  ) {
    this.pipeline = pipeline
    this.#schedule = schedule
    this.#options = options
    this.#begin = begin
  }

  /** Milliseconds since 1970 UTC. */
  get next(): number {
    return nextOf(this.#schedule)(Math.max(this.#last, this.#options.host.now()))
  }

  start(): void {
    this.#plan().catch(error => {
      if (!this.#stop.signal.aborted) this.#options.onFatal(error)
    })
  }

  stop(): void {
    this.#stop.abort()
  }

  async #plan(): Promise<void> {
    const { host } = this.#options
    const { signal } = this.#stop
    const started = host.now()
    await this.#recover(started)
    while (!signal.aborted) {
      const due = duePeriods(this.#schedule, this.#last, host.now(), started)
      for (const period of due) {
        if (signal.aborted) return
        await this.#begin(period)
        await this.#note(period.until)
      }
      if (due.length === 0) await sleep(host, Math.min(nap, Math.max(1, this.next - host.now())), signal)
    }
  }

  /** At the very first start the plan begins now. */
  async #recover(started: number): Promise<void> {
    const { store, host } = this.#options
    const head = await patiently(host, () => store.read.streams.head(this.#stream))
    this.#version = head?.version ?? 0
    const known = head?.snapshot?.data
    if (typeof known === 'number') this.#last = known
    else await this.#note(started)
  }

  async #note(until: number): Promise<void> {
    const { store, token, host } = this.#options
    const events = [{ type: 'planned', data: { until }, at: host.now() }]
    const append = { ...this.#stream, version: this.#version, events, snapshot: until }
    const [appended] = await patiently(host, () => store.append([append], token))
    if (appended?.status !== 'appended')
      throw new Error(`the timetable of ${this.pipeline.name} was written by another`)
    this.#version = appended.version
    this.#last = until
  }

  get #stream() {
    return { kind: 'timetable', key: this.pipeline.name }
  }
}
