import type { EngineEvent } from '../engine/events.ts'
import { Histogram, type MetricSink, type Sample } from './prometheus-text.ts'

/** What is measured of sagas and transactions at the moment of asking. */
export interface SagaGauges {
  readonly sagas: readonly {
    readonly saga: string
    readonly running: number
    readonly waiting: number
    readonly compensating: number
    readonly paused: number
    readonly needsPerson: number
  }[]
  readonly lockWaits: number
  readonly inDoubt: number
  readonly mixed: number
  /** Of the oldest transaction in doubt, in seconds. */
  readonly oldestInDoubt: number
}

class Meters {
  readonly entered = new Map<string, number>()
  readonly duration = new Histogram()
}

/** Counts what happens to sagas and transactions. Of a saga its status is kept while it is under way, and nothing else. */
export class SagaMetrics {
  readonly #sagas = new Map<string, Meters>()
  readonly #transactions = new Map<string, Meters>()
  readonly #statuses = new Map<string, string>()
  #deadlocks = 0

  watch(event: EngineEvent): void {
    if (event.type === 'saga') this.#changed(event)
    else if (event.type === 'deadlock') this.#deadlocks++
    else if (event.type === 'transaction') {
      const meters = meter(this.#transactions, event.transaction)
      add(meters.entered, event.outcome)
      meters.duration.observe(event.ms / 1000)
    }
  }

  /** How many sagas have come to an end since the process began. */
  ended(saga: string): { readonly completed: number; readonly compensated: number } {
    const entered = this.#sagas.get(saga)?.entered
    return { completed: entered?.get('completed') ?? 0, compensated: entered?.get('compensated') ?? 0 }
  }

  render(gauges: SagaGauges | undefined, text: MetricSink): void {
    const sagas = [...this.#sagas]
    const entered = sagas.flatMap(([saga, known]) =>
      [...known.entered].map(([status, n]): Sample => [{ saga, status: wordOf(status) }, n]),
    )
    text.metric('isthmus_saga_transitions_total', entered)
    const durations = sagas.map(([saga, known]) => [{ saga }, known.duration] as const)
    text.histogram('isthmus_saga_duration_seconds', durations)
    text.metric('isthmus_saga_deadlocks_total', [[{}, this.#deadlocks]])
    if (gauges) renderSagaGauges(gauges, text)
    const outcomes = [...this.#transactions].flatMap(([transaction, known]) =>
      [...known.entered].map(([outcome, n]): Sample => [{ transaction, outcome }, n]),
    )
    text.metric('isthmus_transactions_total', outcomes)
    const took = [...this.#transactions].map(
      ([transaction, known]) => [{ transaction }, known.duration] as const,
    )
    text.histogram('isthmus_transaction_duration_seconds', took)
  }

  #changed({ saga, key, status, ms }: Extract<EngineEvent, { type: 'saga' }>): void {
    const id = `${saga}/${key}`
    if (this.#statuses.get(id) === status) return
    const meters = meter(this.#sagas, saga)
    add(meters.entered, status)
    const isOver = status === 'completed' || status === 'compensated'
    if (isOver) {
      meters.duration.observe(ms / 1000)
      this.#statuses.delete(id)
    } else this.#statuses.set(id, status)
  }
}

function renderSagaGauges(gauges: SagaGauges, text: MetricSink): void {
  const open = gauges.sagas.flatMap(({ saga, running, waiting, compensating, paused }): Sample[] => [
    [{ saga, status: 'running' }, running],
    [{ saga, status: 'waiting' }, waiting],
    [{ saga, status: 'compensating' }, compensating],
    [{ saga, status: 'paused' }, paused],
  ])
  text.metric('isthmus_sagas_open', open)
  const needy = gauges.sagas.map(({ saga, needsPerson }): Sample => [{ saga }, needsPerson])
  text.metric('isthmus_sagas_needing_person', needy)
  text.metric('isthmus_saga_lock_waits', [[{}, gauges.lockWaits]])
  text.metric('isthmus_transactions_in_doubt', [[{}, gauges.inDoubt]])
  text.metric('isthmus_transactions_mixed', [[{}, gauges.mixed]])
  text.metric('isthmus_transactions_in_doubt_oldest_age_seconds', [[{}, gauges.oldestInDoubt]])
}

/** As a label has it. */
function wordOf(status: string): string {
  return status.replace(' ', '_')
}

function meter(meters: Map<string, Meters>, name: string): Meters {
  const found = meters.get(name) ?? new Meters()
  meters.set(name, found)
  return found
}

function add(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1)
}
