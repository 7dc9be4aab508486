import type { EngineEvent } from '../../engine/events.ts'
import type { Landscape } from '../../flow/landscape.ts'
import { currentSagas } from '../../flow/own-systems.ts'
import type { Redactor } from '../../observe/redactor.ts'
import type { FlowState, StoreReader } from '../../store/store.ts'
import { flowStatus } from '../operations/flow-status.ts'
import type { Live } from '../operations/local-operations.ts'
import { openWork } from '../operations/open-work.ts'
import type { LiveFeed } from './live-feed.ts'

type RunEvent = Extract<EngineEvent, { type: 'run' }>

export interface SamplerOptions {
  readonly landscape: Landscape
  readonly reader: StoreReader
  readonly view: Live
  readonly redactor: Redactor
}

/** What is read of the store takes at most this share of the time. */
const share = 0.02

/** Looks how flows, systems, sagas and transactions stand, for those who listen. */
export class Sampler {
  readonly #options: SamplerOptions
  readonly #flows: Looking<readonly FlowState[]>
  readonly #work: Looking<Awaited<ReturnType<typeof openWork>>>

  constructor(options: SamplerOptions) {
    this.#options = options
    const { reader, landscape } = options
    const names = currentSagas(landscape.sagas).map(({ name }) => name)
    this.#flows = new Looking(500, 5_000, () => reader.flows())
    this.#work = new Looking(1_000, 10_000, () => openWork(reader, names, Date.now()))
  }

  /** Those that were told last. */
  #told: ReadonlySet<string> = new Set()

  /** What was told last of each pipeline's runs. */
  readonly #runs = new Map<string, RunEvent>()

  readonly watch = (event: EngineEvent): void => {
    const { type } = event
    if (event.type === 'run') this.#runs.set(event.pipeline, event)
    if (type === 'saga' || type === 'transaction' || type === 'in doubt') this.#work.isOld = true
    else if (type !== 'synced' && type !== 'call') this.#flows.isOld = true
  }

  async sample(feed: LiveFeed): Promise<void> {
    const { landscape, view, redactor } = this.#options
    const states = await this.#flows.now()
    for (const { name } of landscape.flows) {
      const state = states.find(({ flow }) => flow === name)
      const about = { flows: [name] }
      const status = flowStatus(name, state, view.flow(name))
      feed.put('flows', name, redacted(redactor, status), about)
      feed.put('failures', name, { parked: status.parked, inDoubt: status.inDoubt }, about)
    }
    for (const { name } of landscape.systems) {
      const { reason: unreachable, waiting } = view.calls(name)
      feed.put('systems', name, redacted(redactor, { system: name, unreachable, waiting }), { system: name })
    }
    const { sagas, transactions } = await this.#work.now()
    for (const { saga, ...counts } of sagas) feed.put('sagas', saga, { saga, ...counts })
    feed.put('transactions', 'all', transactions)
    for (const { pipeline, key, status, ms } of this.#runs.values()) {
      const rows = status === 'running' ? this.#rowsOf(pipeline, key) : undefined
      feed.put('pipelines', pipeline, { pipeline, key, status, ms, rows }, { flows: [pipeline] })
    }
    this.#alerts(feed)
    const { ready, closed } = view.instance()
    feed.put('instance', 'this', redacted(redactor, { ready, closed }))
  }

  /** Read so far by the tasks that are under way. */
  #rowsOf(pipeline: string, key: string): number | undefined {
    try {
      const progress = this.#options.view.pipelines().progress(pipeline, key)
      return [...progress.values()].reduce((sum, { rows }) => sum + rows, 0)
    } catch {
      // The instance starts or stops.
      return undefined
    }
  }

  #alerts(feed: LiveFeed): void {
    const states = this.#options.view.alerts?.states ?? new Map()
    for (const { id, rule, severity, status, labels, since, acknowledged } of states.values()) {
      const { flow, system } = labels
      const about = { ...(flow !== undefined && { flows: [flow] }), ...(system !== undefined && { system }) }
      feed.put('alerts', id, { id, rule, severity, status, labels, since, acknowledged }, about)
    }
    for (const id of this.#told) if (!states.has(id)) feed.put('alerts', id, undefined)
    this.#told = new Set(states.keys())
  }
}

function redacted(redactor: Redactor, value: object): object {
  return redactor.data(value) as object
}

/** Something that is read when it may have changed, and not too often. */
class Looking<T> {
  isOld = true
  readonly #soonest: number
  readonly #latest: number
  readonly #read: () => Promise<T>
  #last: { readonly value: T; readonly at: number; readonly ms: number } | undefined

  /** `soonest` and `latest`: milliseconds between two looks, where there is news and where there is none. */
  constructor(soonest: number, latest: number, read: () => Promise<T>) {
    this.#soonest = soonest
    this.#latest = latest
    this.#read = read
  }

  async now(): Promise<T> {
    const began = performance.now()
    if (this.#last) {
      const { at, ms, value } = this.#last
      const pause = this.isOld ? Math.max(this.#soonest, ms / share) : this.#latest
      if (began - at < pause) return value
    }
    this.isOld = false
    const value = await this.#read()
    this.#last = { value, at: began, ms: performance.now() - began }
    return value
  }
}
