import type { EngineEvent } from '../engine/events.ts'
import { Histogram, type PrometheusText, type Sample } from './prometheus-text.ts'
import { type SagaGauges, SagaMetrics } from './saga-metrics.ts'

/** What has been counted of one flow since the process began. */
class FlowMeters {
  accepted = 0
  readonly ended = { delivered: 0, filtered: 0, discarded: 0 }
  /** By `fate code`. */
  readonly setbacks = new Map<string, number>()
  readonly duration = new Histogram()
}

class SystemMeters {
  calls = 0
  items = 0
  readonly errors = new Map<string, number>()
  readonly duration = new Histogram()
}

/** What is measured at the moment of asking. */
export interface FlowGauges {
  readonly flow: string
  /** Accepted messages that are not ended, parked or in doubt. */
  readonly backlog: number
  readonly parked: number
  readonly inDoubt: number
  readonly inMemory: number
  /** Of the oldest in the backlog, in seconds. */
  readonly oldestAge: number
  readonly paused: boolean
}

export interface Gauges {
  readonly landscape: string
  readonly version: string
  readonly admissionOpen: boolean
  readonly flows: readonly FlowGauges[]
  readonly systems: readonly SystemGauges[]
  readonly sagas: SagaGauges
}

export interface SystemGauges {
  readonly system: string
  readonly reachable: boolean
  readonly waiting: number
}

/** Counts engine events. On the path of every message: a few additions per event, and nothing is kept of a message. */
export class Metrics {
  readonly sagas = new SagaMetrics()
  readonly #flows = new Map<string, FlowMeters>()
  readonly #systems = new Map<string, SystemMeters>()
  /** By `status source`. */
  readonly #repeats = new Map<string, number>()
  readonly #synced = new Histogram()
  readonly #recorded = new Histogram()
  #journalled = 0

  readonly watch = (event: EngineEvent): void => {
    switch (event.type) {
      case 'accepted':
        this.flow(event.flow).accepted++
        break
      case 'ended': {
        const meters = this.flow(event.flow)
        meters.ended[event.outcome]++
        if (event.outcome !== 'discarded') meters.duration.observe(event.ms / 1000)
        break
      }
      case 'setback':
        add(this.flow(event.flow).setbacks, `${event.fate} ${event.code}`)
        break
      case 'duplicate':
      case 'conflict':
        add(this.#repeats, `${event.type} ${event.source}`)
        break
      case 'call':
        this.#called(event)
        break
      case 'synced':
        this.#journalled += event.messages
        this.#synced.observe(event.ms / 1000)
        break
      case 'recorded':
        this.#recorded.observe(event.ms / 1000)
        break
      default:
        this.sagas.watch(event)
    }
  }

  flow(name: string): FlowMeters {
    return meter(this.#flows, name, () => new FlowMeters())
  }

  #called({ system, items, ms, error }: Extract<EngineEvent, { type: 'call' }>): void {
    const meters = meter(this.#systems, system, () => new SystemMeters())
    meters.calls++
    meters.items += items
    meters.duration.observe(ms / 1000)
    if (error !== undefined) add(meters.errors, error)
  }

  /** Everything, in Prometheus' words: base units, `_total` for what only grows. */
  render(gauges: Gauges, text: PrometheusText): void {
    const { landscape, version } = gauges
    text.metric('isthmus_info', 'What runs here.', [[{ landscape, version }, 1]])
    this.#renderFlows(text)
    renderFlowGauges(gauges, text)
    this.#renderSystems(gauges, text)
    this.sagas.render(gauges.sagas, text)
    const open = Number(gauges.admissionOpen)
    text.metric('isthmus_admission_open', 'Whether messages are accepted.', [[{}, open]])
    text.metric('isthmus_journal_messages_total', 'Messages made durable.', [[{}, this.#journalled]])
    const synced = 'Time until accepted messages were durable.'
    text.histogram('isthmus_journal_sync_duration_seconds', synced, [[{}, this.#synced]])
    const recorded = 'Time until outcomes were durable.'
    text.histogram('isthmus_settlement_duration_seconds', recorded, [[{}, this.#recorded]])
  }

  #renderFlows(text: PrometheusText): void {
    const flows = [...this.#flows]
    const accepted = 'Messages accepted since the process began.'
    text.metric(
      'isthmus_messages_accepted_total',
      accepted,
      each(flows, meters => [[{}, meters.accepted]]),
    )
    const ended = each(flows, meters => Object.entries(meters.ended).map(([outcome, n]) => [{ outcome }, n]))
    text.metric('isthmus_messages_ended_total', 'Messages that came to an outcome.', ended)
    const setbacks = each(flows, meters =>
      [...meters.setbacks].map(([kind, n]) => {
        const [fate = '', code = ''] = kind.split(' ')
        return [{ fate, code }, n]
      }),
    )
    text.metric(
      'isthmus_message_setbacks_total',
      'Attempts that failed: retried, parked or in doubt.',
      setbacks,
    )
    const repeats = [...this.#repeats].map(([kind, n]): Sample => {
      const [status = '', source = ''] = kind.split(' ')
      return [{ source, status }, n]
    })
    text.metric('isthmus_messages_repeated_total', 'Messages under a known identity.', repeats)
    const duration = 'Time from acceptance to the durable outcome.'
    const durations = flows.map(([flow, meters]) => [{ flow }, meters.duration] as const)
    text.histogram('isthmus_message_duration_seconds', duration, durations)
  }

  #renderSystems({ systems }: Gauges, text: PrometheusText): void {
    const reachable = systems.map((each): Sample => [{ system: each.system }, Number(each.reachable)])
    text.metric('isthmus_system_reachable', 'Whether the system is connected and called.', reachable)
    const waiting = systems.map((each): Sample => [{ system: each.system }, each.waiting])
    text.metric('isthmus_system_waiting', 'Messages and requests that wait until it may be called.', waiting)
    const meters = [...this.#systems]
    const sampled = (value: (meters: SystemMeters) => number) =>
      meters.map(([system, known]): Sample => [{ system }, value(known)])
    text.metric(
      'isthmus_system_calls_total',
      'Calls, one for a whole batch.',
      sampled(known => known.calls),
    )
    text.metric(
      'isthmus_system_items_total',
      'Messages sent in calls.',
      sampled(known => known.items),
    )
    const errors = meters.flatMap(([system, known]) =>
      [...known.errors].map(([code, n]): Sample => [{ system, code }, n]),
    )
    text.metric('isthmus_system_call_errors_total', 'Calls in which an item failed.', errors)
    const durations = meters.map(([system, known]) => [{ system }, known.duration] as const)
    text.histogram('isthmus_system_call_duration_seconds', 'Time until a call was answered.', durations)
  }
}

function renderFlowGauges({ flows }: Gauges, text: PrometheusText): void {
  const sampled = (value: (gauges: FlowGauges) => number) =>
    flows.map((gauges): Sample => [{ flow: gauges.flow }, value(gauges)])
  const gauges: readonly (readonly [name: string, help: string, (gauges: FlowGauges) => number])[] = [
    ['isthmus_messages_backlog', 'Accepted messages that wait or run.', flow => flow.backlog],
    ['isthmus_messages_parked', 'Messages that wait for a decision.', flow => flow.parked],
    ['isthmus_messages_in_doubt', 'Messages sent and not answered.', flow => flow.inDoubt],
    ['isthmus_messages_in_memory', 'Messages of the backlog in memory.', flow => flow.inMemory],
    ['isthmus_messages_oldest_age_seconds', 'Age of the oldest of the backlog.', flow => flow.oldestAge],
    ['isthmus_flow_paused', 'Whether the flow waits as a whole.', flow => Number(flow.paused)],
  ]
  for (const [name, help, value] of gauges) text.metric(name, help, sampled(value))
}

/** The samples of every flow, with its name as a label. */
function each(
  flows: readonly (readonly [string, FlowMeters])[],
  samples: (meters: FlowMeters) => readonly (readonly [object, number])[],
): Sample[] {
  return flows.flatMap(([flow, meters]) =>
    samples(meters).map(([labels, value]): Sample => [{ flow, ...labels }, value]),
  )
}

function meter<T>(meters: Map<string, T>, name: string, create: () => T): T {
  let found = meters.get(name)
  if (found === undefined) {
    found = create()
    meters.set(name, found)
  }
  return found
}

function add(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1)
}
