import type { Engine } from '../engine/engine.ts'
import type { Watcher } from '../engine/events.ts'
import type { GovernorState } from '../engine/governance/governor.ts'
import { applyOffline, type Decided } from '../engine/person.ts'
import type { Sagas } from '../engine/saga/sagas.ts'
import type { Transactions } from '../engine/two-phase-commit/transactions.ts'
import type { ProjectionDefinition } from '../flow/aggregate/definition.ts'
import type { Landscape } from '../flow/landscape.ts'
import { currentSagas } from '../flow/own-systems.ts'
import { type Gauges, Metrics } from '../observe/metrics.ts'
import { ProcessMetrics } from '../observe/process-metrics.ts'
import { PrometheusText } from '../observe/prometheus-text.ts'
import { Rates } from '../observe/rates.ts'
import type { SagaGauges } from '../observe/saga-metrics.ts'
import type { Append, Appended, Store, UnfinishedEntry } from '../store/store.ts'
import { channelId } from '../system/channel.ts'
import { refused } from './operations/deciding.ts'
import type { LiveFlow } from './operations/flow-status.ts'
import type { Live } from './operations/local-operations.ts'
import { openWork } from './operations/open-work.ts'
import type { Status } from './operations/schemas.ts'
import { version } from './version.ts'

/** What is known of an instance while it starts, runs and stops; the engine is there once it has recovered. */
export class LiveView implements Live {
  readonly metrics = new Metrics()
  engine: Engine | undefined
  /** Address at which messages are accepted. */
  intake = ''
  isStopping = false
  readonly #startedAt = Date.now()
  readonly #landscape: Landscape
  readonly #store: Store
  readonly #rates: Rates
  readonly #process = new ProcessMetrics()
  /** Why sources do not run, by their channel. */
  readonly #failedSources = new Map<string, string>()

  constructor(landscape: Landscape, store: Store) {
    this.#landscape = landscape
    this.#store = store
    const flows = landscape.flows.map(({ name }) => name)
    this.#rates = new Rates(this.metrics, flows)
  }

  readonly watch: Watcher = event => {
    this.metrics.watch(event)
    if (event.type !== 'source') return
    if (event.state === 'failed') this.#failedSources.set(event.source, event.reason ?? '')
    else this.#failedSources.delete(event.source)
  }

  health(): { readonly live: boolean; readonly ready: boolean } {
    return { live: true, ready: this.#running !== undefined && this.#running.closed() === undefined }
  }

  instance(): NonNullable<Status['instance']> {
    const { ready } = this.health()
    const closed = this.isStopping ? 'it is stopping' : this.engine ? this.engine.closed() : 'it is starting'
    return { pid: process.pid, version, startedAt: this.#startedAt, intake: this.intake, ready, closed }
  }

  flow(name: string): LiveFlow | undefined {
    const state = this.engine?.runner(name)?.state
    if (!state) return undefined
    const { accepted, ended } = this.metrics.flow(name)
    const source = this.#landscape.flows.find(flow => flow.name === name)?.source
    const reason = source && this.#failedSources.get(channelId(source))
    const sourceFailed = source && reason !== undefined ? `${channelId(source)}: ${reason}` : undefined
    return { ...state, sourceFailed, perSecond: this.#rates.of(name), sinceStart: { accepted, ...ended } }
  }

  calls(system: string): GovernorState {
    return this.engine?.calls(system) ?? { reason: undefined, waiting: 0 }
  }

  sagas(): Sagas {
    return this.#ready().sagas
  }

  transactions(): Transactions {
    return this.#ready().transactions
  }

  heldSagas(): number {
    return this.engine?.sagas.held.size ?? 0
  }

  sagasSinceStart(saga: string): { readonly completed: number; readonly compensated: number } {
    return this.metrics.sagas.ended(saga)
  }

  /** Lets the engine carry out a decision. A flow that the landscape has no more has no engine. */
  async apply(flow: string, row: UnfinishedEntry, decided: Decided): Promise<void> {
    const engine = this.#ready()
    const runner = engine.runner(flow)
    if (!runner) return applyOffline(this.#store, flow, engine.claim.token, decided)
    return 'settled' in decided ? runner.end(row, decided.settled) : runner.resume(decided.unfinished)
  }

  async append(append: Append): Promise<Appended> {
    const engine = this.#running
    if (!engine) throw refused('The instance is starting or stopping. Try again in a moment.', 503)
    const closed = engine.closed()
    if (closed !== undefined) throw refused(`Nothing is accepted now: ${closed}`, 503)
    return engine.append(append)
  }

  async resync(source: string): Promise<void> {
    await this.#ready().resync(source)
  }

  async retry(source: string): Promise<boolean> {
    const engine = this.#running
    if (!engine) throw refused('The instance is starting or stopping. Try again in a moment.', 503)
    return engine.retry(source)
  }

  async rebuild({ name }: ProjectionDefinition): Promise<number> {
    const projector = this.#running?.aggregates.projectors.get(name)
    if (!projector) throw refused('The instance is starting or stopping. Try again in a moment.', 503)
    return await projector.rebuild()
  }

  async renderMetrics(): Promise<string> {
    const text = new PrometheusText()
    this.metrics.render(await this.#gauges(), text)
    this.#process.render(text)
    return text.toString()
  }

  close(): void {
    this.#rates.close()
    this.#process.close()
  }

  get #running(): Engine | undefined {
    return this.isStopping ? undefined : this.engine
  }

  #ready(): Engine {
    if (this.#running) return this.#running
    throw refused('The instance is starting or stopping. Try again in a moment.', 503)
  }

  async #gauges(): Promise<Gauges> {
    const { name: landscape, systems } = this.#landscape
    const states = await this.#store.read.flows()
    const now = Date.now()
    const flows = states.map(({ flow, unfinished, oldestWaiting = now }) => {
      const live = this.flow(flow)
      const { retrying, held, parked, doubt } = unfinished
      const { inMemory = 0, again = 0, waiting = 0, paused } = live ?? {}
      const backlog = waiting + inMemory - again + retrying + held
      const oldestAge = Math.max(0, now - oldestWaiting) / 1000
      return { flow, backlog, parked, inDoubt: doubt, inMemory, oldestAge, paused: paused !== undefined }
    })
    return {
      landscape,
      version,
      admissionOpen: this.health().ready,
      flows,
      sagas: await this.#sagaGauges(now),
      systems: systems.map(({ name }) => {
        const { reason, waiting } = this.calls(name)
        return { system: name, reachable: reason === undefined, waiting }
      }),
    }
  }
  async #sagaGauges(now: number): Promise<SagaGauges> {
    const names = currentSagas(this.#landscape.sagas).map(({ name }) => name)
    const { sagas, transactions } = await openWork(this.#store.read, names, now)
    const { inDoubt, mixed, oldest = now } = transactions
    const lockWaits = this.engine?.sagas.waitingForLocks ?? 0
    return { sagas, lockWaits, inDoubt, mixed, oldestInDoubt: Math.max(0, now - oldest) / 1000 }
  }
}
