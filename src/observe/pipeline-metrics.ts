import type { EngineEvent } from '../engine/events.ts'
import { Histogram, type MetricSink, type Sample } from './prometheus-text.ts'

/** What is measured of pipelines at the moment of asking. */
export interface PipelineGauges {
  readonly pipeline: string
  /** Runs that go no further without a person. */
  readonly failed: number
  /** Seconds since the end of the last period that was published; undefined before the first. */
  readonly dataAge: number | undefined
}

type RunEvent = Extract<EngineEvent, { type: 'run' }>

class Meters {
  /** By status. */
  readonly runs = new Map<string, number>()
  /** By what became of them. */
  readonly rows = new Map<string, number>()
  readonly duration = new Histogram()
}

/** Counts runs of pipelines and what became of their rows, when they are over. */
export class PipelineMetrics {
  readonly #pipelines = new Map<string, Meters>()

  watch({ pipeline, status, ms, counts }: RunEvent): void {
    if (status === 'running') return
    const meters = this.#meters(pipeline)
    add(meters.runs, status, 1)
    if (status !== 'published') return
    meters.duration.observe(ms / 1000)
    for (const { filtered, parked, superseded, written } of counts.filter(({ isRead }) => isRead))
      for (const [outcome, rows] of Object.entries({ filtered, parked, superseded, written }))
        add(meters.rows, outcome, rows)
  }

  render(gauges: readonly PipelineGauges[], text: MetricSink): void {
    const all = [...this.#pipelines]
    text.metric(
      'isthmus_pipeline_runs_total',
      all.flatMap(([pipeline, { runs }]) => samples(pipeline, 'status', runs)),
    )
    text.metric(
      'isthmus_pipeline_rows_total',
      all.flatMap(([pipeline, { rows }]) => samples(pipeline, 'outcome', rows)),
    )
    text.histogram(
      'isthmus_pipeline_run_duration_seconds',
      all.map(([pipeline, { duration }]) => [{ pipeline }, duration] as const),
    )
    text.metric(
      'isthmus_pipeline_runs_failed',
      gauges.map(({ pipeline, failed }): Sample => [{ pipeline }, failed]),
    )
    const aged = gauges.flatMap(({ pipeline, dataAge }): Sample[] =>
      dataAge === undefined ? [] : [[{ pipeline }, dataAge]],
    )
    text.metric('isthmus_pipeline_data_age_seconds', aged)
  }

  #meters(pipeline: string): Meters {
    const found = this.#pipelines.get(pipeline) ?? new Meters()
    this.#pipelines.set(pipeline, found)
    return found
  }
}

function samples(pipeline: string, label: string, counts: ReadonlyMap<string, number>): Sample[] {
  return [...counts].map(([name, count]): Sample => [{ pipeline, [label]: name }, count])
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count)
}
