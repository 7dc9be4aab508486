import type { EngineEvent } from '../engine/events.ts'
import type { Outlook } from '../engine/members/outlook.ts'
import { MemberMetrics } from './member-metrics.ts'
import type { MetricName } from './metric-catalogue.ts'
import { type PipelineGauges, PipelineMetrics } from './pipeline-metrics.ts'
import { Histogram, type Labels, type MetricSink, type Sample } from './prometheus-text.ts'
import { type SagaGauges, SagaMetrics } from './saga-metrics.ts'
import type { Reading } from './series.ts'

/** What has been counted of one flow since the process began. */
class FlowMeters {
  accepted = 0
  readonly ended = { delivered: 0, filtered: 0, discarded: 0 }
  /** By `fate code`. */
  readonly setbacks = new Map<string, number>()
  /** By `severity rule`. */
  readonly rules = new Map<string, number>()
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
  /** `accepted` is the sum of the others. */
  readonly terms: Readonly<
    Record<'accepted' | 'ended' | 'waiting' | 'retrying' | 'held' | 'parked' | 'in_doubt', number>
  >
}

export interface Gauges {
  readonly landscape: string
  readonly version: string
  readonly admissionOpen: boolean
  readonly systems: readonly SystemGauges[]
  readonly sources: readonly { readonly source: string; readonly system: string; readonly failed: boolean }[]
  /** Bytes; undefined where the store keeps its data elsewhere. */
  readonly freeDisk: number | undefined
  /** Undefined while the engine starts. */
  readonly members: Outlook | undefined
  /** Undefined while the store does not answer. */
  readonly stored: StoredGauges | undefined
}

/** What is read of the store. */
export interface StoredGauges {
  readonly flows: readonly FlowGauges[]
  readonly sagas: SagaGauges
  readonly pipelines: readonly PipelineGauges[]
}

export interface SystemGauges {
  readonly system: string
  readonly reachable: boolean
  readonly waiting: number
}

/** Counts engine events. On the path of every message: a few additions per event, and nothing is kept of a message. */
export class Metrics {
  readonly sagas = new SagaMetrics()
  readonly #pipelines = new PipelineMetrics()
  readonly #members = new MemberMetrics()
  readonly #flows = new Map<string, FlowMeters>()
  readonly #systems = new Map<string, SystemMeters>()
  /** By `flow system`. */
  readonly #bridges = new Map<string, SystemMeters>()
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
        for (const rule of event.warned ?? []) add(meters.rules, `warn ${rule}`)
        break
      }
      case 'setback':
        add(this.flow(event.flow).setbacks, `${event.fate} ${event.code}`)
        for (const rule of event.rules ?? []) add(this.flow(event.flow).rules, `park ${rule}`)
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
      case 'run':
        this.#pipelines.watch(event)
        break
      case 'lease':
        this.#members.watch(event)
        break
      default:
        this.sagas.watch(event)
    }
  }

  flow(name: string): FlowMeters {
    return meter(this.#flows, name, () => new FlowMeters())
  }

  #called({ by, system, items, ms, error }: Extract<EngineEvent, { type: 'call' }>): void {
    for (const meters of [
      meter(this.#systems, system, () => new SystemMeters()),
      meter(this.#bridges, `${by} ${system}`, () => new SystemMeters()),
    ]) {
      meters.calls++
      meters.items += items
      meters.duration.observe(ms / 1000)
      if (error !== undefined) add(meters.errors, error)
    }
  }

  /** What was counted of a flow so far. */
  flowReading(name: string): Reading {
    const { accepted, ended, setbacks, duration } = this.flow(name)
    const all = ended.delivered + ended.filtered + ended.discarded
    return { accepted, ended: all, errors: sumOf(setbacks), counts: duration.counts }
  }

  /** What was counted of a system so far: items sent to it. */
  systemReading(name: string): Reading {
    const { items, errors, duration } = meter(this.#systems, name, () => new SystemMeters())
    return { accepted: items, ended: items, errors: sumOf(errors), counts: duration.counts }
  }

  /** Everything, in Prometheus' words: base units, `_total` for what only grows. */
  render(gauges: Gauges, text: MetricSink): void {
    const { landscape, version, members, stored } = gauges
    text.metric('isthmus_info', [[{ landscape, version }, 1]])
    this.#renderFlows(text)
    renderFlowGauges(stored?.flows ?? [], text)
    this.#renderSystems(gauges, text)
    this.sagas.render(stored?.sagas, text)
    this.#pipelines.render(stored?.pipelines ?? [], text)
    if (members) this.#members.render(members, text)
    const open = Number(gauges.admissionOpen)
    text.metric('isthmus_admission_open', [[{}, open]])
    text.metric('isthmus_store_free_bytes', [[{}, gauges.freeDisk]])
    text.metric('isthmus_journal_messages_total', [[{}, this.#journalled]])
    text.histogram('isthmus_journal_sync_duration_seconds', [[{}, this.#synced]])
    text.histogram('isthmus_settlement_duration_seconds', [[{}, this.#recorded]])
  }

  #renderFlows(text: MetricSink): void {
    const flows = [...this.#flows]
    text.metric(
      'isthmus_messages_accepted_total',
      each(flows, meters => [[{}, meters.accepted]]),
    )
    const ended = each(flows, meters => Object.entries(meters.ended).map(([outcome, n]) => [{ outcome }, n]))
    text.metric('isthmus_messages_ended_total', ended)
    const setbacks = each(flows, meters =>
      [...meters.setbacks].map(([kind, n]) => {
        const [fate = '', code = ''] = kind.split(' ')
        return [{ fate, code }, n]
      }),
    )
    text.metric('isthmus_message_setbacks_total', setbacks)
    const rules = each(flows, meters =>
      [...meters.rules].map(([kind, n]) => {
        const at = kind.indexOf(' ')
        return [{ rule: kind.slice(at + 1), severity: kind.slice(0, at) }, n]
      }),
    )
    text.metric('isthmus_rules_broken_total', rules)
    const repeats = [...this.#repeats].map(([kind, n]): Sample => {
      const [status = '', source = ''] = kind.split(' ')
      return [{ source, status }, n]
    })
    text.metric('isthmus_messages_repeated_total', repeats)
    const durations = flows.map(([flow, meters]) => [{ flow }, meters.duration] as const)
    text.histogram('isthmus_message_duration_seconds', durations)
  }

  #renderSystems({ systems, sources }: Gauges, text: MetricSink): void {
    const reachable = systems.map((each): Sample => [{ system: each.system }, Number(each.reachable)])
    text.metric('isthmus_system_reachable', reachable)
    const waiting = systems.map((each): Sample => [{ system: each.system }, each.waiting])
    text.metric('isthmus_system_waiting', waiting)
    const failed = sources.map(({ source, system, failed }): Sample => [{ source, system }, Number(failed)])
    text.metric('isthmus_source_failed', failed)
    renderCalls(
      [...this.#systems].map(([system, meters]) => [{ system }, meters]),
      'isthmus_system',
      text,
    )
    const bridges = [...this.#bridges].map(([bridge, meters]) => {
      const [flow = '', system = ''] = bridge.split(' ')
      return [{ flow, system }, meters] as const
    })
    renderCalls(bridges, 'isthmus_bridge', text)
  }
}

function renderCalls(
  meters: readonly (readonly [Labels, SystemMeters])[],
  of: 'isthmus_system' | 'isthmus_bridge',
  text: MetricSink,
): void {
  const sampled = (value: (meters: SystemMeters) => number) =>
    meters.map(([labels, known]): Sample => [labels, value(known)])
  const calls = sampled(known => known.calls)
  text.metric(`${of}_calls_total`, calls)
  const items = sampled(known => known.items)
  text.metric(`${of}_items_total`, items)
  const errors = meters.flatMap(([labels, known]) =>
    [...known.errors].map(([code, n]): Sample => [{ ...labels, code }, n]),
  )
  text.metric(`${of}_call_errors_total`, errors)
  const durations = meters.map(([labels, known]) => [labels, known.duration] as const)
  text.histogram(`${of}_call_duration_seconds`, durations)
}

function renderFlowGauges(flows: readonly FlowGauges[], text: MetricSink): void {
  const sampled = (value: (gauges: FlowGauges) => number) =>
    flows.map((gauges): Sample => [{ flow: gauges.flow }, value(gauges)])
  const gauges: readonly (readonly [name: MetricName, (gauges: FlowGauges) => number])[] = [
    ['isthmus_messages_backlog', flow => flow.backlog],
    ['isthmus_messages_parked', flow => flow.parked],
    ['isthmus_messages_in_doubt', flow => flow.inDoubt],
    ['isthmus_messages_in_memory', flow => flow.inMemory],
    ['isthmus_messages_oldest_age_seconds', flow => flow.oldestAge],
    ['isthmus_flow_paused', flow => Number(flow.paused)],
  ]
  for (const [name, value] of gauges) text.metric(name, sampled(value))
  const terms = flows.flatMap(({ flow, terms }) =>
    Object.entries(terms).map(([state, n]): Sample => [{ flow, state }, n]),
  )
  text.metric('isthmus_flow_messages', terms)
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

function sumOf(counts: ReadonlyMap<string, number>): number {
  return counts.values().reduce((sum, count) => sum + count, 0)
}

function add(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1)
}
