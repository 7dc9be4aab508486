import { setTimeout as delay } from 'node:timers/promises'
import type { Engine } from '../engine/engine.ts'
import type { Watcher } from '../engine/events.ts'
import type { GovernorState } from '../engine/governance/governor.ts'
import type { Decided } from '../engine/person.ts'
import type { Pipelines } from '../engine/pipelines/pipelines.ts'
import { runStream } from '../engine/pipelines/run-log.ts'
import type { Sagas } from '../engine/saga/sagas.ts'
import { transportPartition } from '../engine/transport.ts'
import type { Transactions } from '../engine/two-phase-commit/transactions.ts'
import { IsthmusError } from '../errors.ts'
import type { ProjectionDefinition } from '../flow/aggregate/definition.ts'
import type { Landscape } from '../flow/landscape.ts'
import { currentSagas } from '../flow/own-systems.ts'
import { Changes } from '../observe/changes.ts'
import { LastTroubles } from '../observe/last-troubles.ts'
import { type FlowGauges, type Gauges, Metrics, type StoredGauges } from '../observe/metrics.ts'
import type { PipelineGauges } from '../observe/pipeline-metrics.ts'
import { LoadMeter } from '../observe/process-load.ts'
import { ProcessMetrics } from '../observe/process-metrics.ts'
import { type MetricSink, PrometheusText, quantile } from '../observe/prometheus-text.ts'
import { Rates } from '../observe/rates.ts'
import type { SagaGauges } from '../observe/saga-metrics.ts'
import { Sentinels } from '../observe/sentinels.ts'
import { type Reading, Series } from '../observe/series.ts'
import { coordinationLease, partitionLease } from '../store/members.ts'
import type { Append, Appended, FlowState, Store, UnfinishedEntry } from '../store/store.ts'
import { channelId } from '../system/channel.ts'
import type { Alerts } from './alerts/alerts.ts'
import { refused } from './operations/deciding.ts'
import { flowStatus, type LiveFlow } from './operations/flow-status.ts'
import type { Live } from './operations/local-operations.ts'
import { openWork } from './operations/open-work.ts'
import type { Status } from './operations/schemas.ts'
import type { SelfAtWork } from './operations/workers.ts'
import { processName } from './process-name.ts'
import { version } from './version.ts'

/** Milliseconds for which a scrape waits for the store; less than the ten seconds that Prometheus waits for it. */
const storePatience = 5_000

/** What is known of an instance while it starts, runs and stops; the engine is there once it has recovered. */
export class LiveView implements Live {
  readonly metrics = new Metrics()
  engine: Engine | undefined
  alerts: Alerts | undefined
  /** Address at which messages are accepted. */
  intake = ''
  isStopping = false
  readonly startedAt = Date.now()
  readonly changes = new Changes()
  readonly troubles: LastTroubles
  /** Those of the landscape, once they look. */
  sentinels = new Sentinels([], () => {})
  readonly series: Series
  readonly #landscape: Landscape
  readonly #store: Store
  readonly #rates: Rates
  readonly #process = new ProcessMetrics()
  readonly #load = new LoadMeter()
  /** Why sources do not run, by their channel. */
  readonly #failedSources = new Map<string, string>()
  readonly #watchers: Watcher[] = []

  /** What else is measured. */
  readonly #more: ((sink: MetricSink) => void)[] = []
  readonly #freeDisk: () => Promise<number | undefined>

  constructor(landscape: Landscape, store: Store, freeDisk: () => Promise<number | undefined>) {
    this.#landscape = landscape
    this.#store = store
    this.#freeDisk = freeDisk
    const flows = landscape.flows.map(({ name }) => name)
    this.#rates = new Rates(this.metrics, flows)
    this.troubles = new LastTroubles(landscape)
    this.series = new Series(() => this.#readings(), quantile)
  }

  listen(watcher: Watcher): void {
    this.#watchers.push(watcher)
  }

  readonly watch: Watcher = event => {
    this.metrics.watch(event)
    for (const watcher of this.#watchers) watcher(event)
    this.changes.watch(event)
    this.troubles.watch(event)
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
    return { pid: process.pid, version, startedAt: this.startedAt, intake: this.intake, ready, closed }
  }

  /** Of the process or thread, for people. */
  load(): {
    readonly endedPerSecond: number
    readonly cpu: number
    readonly lag: number
    readonly memory?: number
  } {
    const ended = this.#landscape.flows.reduce((sum, { name }) => sum + this.#rates.of(name).ended, 0)
    return { endedPerSecond: Math.round(ended * 10) / 10, ...this.#load.read() }
  }

  atWork(): SelfAtWork | undefined {
    const { engine } = this
    if (!engine) return undefined
    const { member, partitions } = engine.tenure
    const flows = this.#landscape.flows
    const runners = flows.map(({ name }) => engine.runner(name)?.state.inMemory ?? 0)
    return {
      ...{ member: member?.member.id, name: processName(), version, startedAt: this.startedAt, partitions },
      sources: engine.leasedSources,
      load: () => ({ inMemory: runners.reduce((sum, each) => sum + each, 0), ...this.load() }),
    }
  }

  flow(name: string): LiveFlow | undefined {
    const state = this.engine?.runner(name)?.state
    if (!state) return undefined
    const { accepted, ended } = this.metrics.flow(name)
    const source = this.#landscape.flows.find(flow => flow.name === name)?.source
    const [failed] = [...this.#failedSources].filter(
      ([name]) => (source && name === channelId(source)) || transportPartition(name) !== undefined,
    )
    const sourceFailed = failed?.join(': ')
    const worksOff = this.#worksOff
    return {
      ...state,
      worksOff,
      sourceFailed,
      perSecond: this.#rates.of(name),
      sinceStart: { accepted, ...ended },
    }
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

  pipelines(): Pipelines {
    return this.#ready().pipelines
  }

  drift(): NonNullable<Status['drift']> {
    const found = this.sentinels.watched().map(({ sentinel, findings = [] }) => {
      const count = (severity: string) => findings.filter(each => each.severity === severity).length
      const counts = { critical: count('critical'), warning: count('warning'), info: count('info') }
      return { source: channelId(sentinel.channel), ...counts }
    })
    return found.filter(({ critical, warning, info }) => critical + warning + info > 0)
  }

  heldSagas(): number {
    return this.#sagasHere?.held.size ?? 0
  }

  sagasSinceStart(saga: string): { readonly completed: number; readonly compensated: number } {
    return this.metrics.sagas.ended(saga)
  }

  /** Lets the engine carry out a decision. A flow that the landscape has no more has no engine. */
  async apply(flow: string, row: UnfinishedEntry, decided: Decided): Promise<void> {
    await this.#ready().requests.decide(flow, row, decided)
  }

  async append(append: Append): Promise<Appended> {
    const engine = this.#running
    if (!engine) throw refused('The instance is starting or stopping. Try again in a moment.', 503)
    const closed = engine.closed()
    if (closed !== undefined) throw refused(`Nothing is accepted now: ${closed}`, 503)
    return engine.append(append)
  }

  /** Appends what is not of messages, also while none are accepted: people must be able to mend what keeps them out. */
  async keep(append: Append): Promise<Appended> {
    return this.#ready().append(append)
  }

  async resync(source: string): Promise<void> {
    await this.#ready().requests.resync(source)
  }

  async retry(source: string): Promise<boolean> {
    const engine = this.#running
    if (!engine) throw refused('The instance is starting or stopping. Try again in a moment.', 503)
    return await engine.requests.retry(source)
  }

  async rebuild({ name }: ProjectionDefinition): Promise<number> {
    const projector = this.#running?.aggregates.projectors.get(name)
    if (!projector) throw refused('The instance is starting or stopping. Try again in a moment.', 503)
    return await projector.rebuild()
  }

  /** Without what stands in the store while that does not answer: how this member is, is asked then most of all. */
  async renderMetrics(): Promise<string> {
    const text = new PrometheusText()
    const stored = this.#stored().catch(error => {
      if (error instanceof IsthmusError && error.fate === 'retry') return undefined
      throw error
    })
    const late = delay(storePatience, undefined, { ref: false })
    await this.#render(await Promise.race([stored, late]), text)
    this.#process.render(text)
    return text.toString()
  }

  /** Everything but what is of the process. Rejects while the store does not answer. */
  async measure(sink: MetricSink): Promise<void> {
    await this.#render(await this.#stored(), sink)
  }

  /** From now on it is measured too. */
  measureToo(render: (sink: MetricSink) => void): void {
    this.#more.push(render)
  }

  close(): void {
    this.#rates.close()
    this.series.close()
    this.#process.close()
    this.#load.close()
  }

  /** Lets a flow begin nothing, or go on. */
  halt(flow: string, halted: boolean): void {
    const runner = this.engine?.runner(flow)
    if (halted) runner?.halt()
    else runner?.release()
  }

  *#readings(): Generator<readonly [string, Reading]> {
    const { flows, systems } = this.#landscape
    for (const { name } of flows) yield [`flow ${name}`, this.metrics.flowReading(name)]
    for (const { name } of systems) yield [`system ${name}`, this.metrics.systemReading(name)]
  }

  /** Whether messages of any key are worked off here. */
  get #worksOff(): boolean {
    const tenure = this.engine?.tenure
    if (!tenure?.member) return true
    for (let partition = 0; partition < tenure.partitions; partition++)
      if (tenure.tokenOf(partitionLease(partition)) !== undefined) return true
    return false
  }

  get #coordinates(): boolean {
    return this.engine?.tenure.tokenOf(coordinationLease) !== undefined
  }

  /** Where this process coordinates. */
  get #sagasHere(): Sagas | undefined {
    return this.#coordinates ? this.engine?.sagas : undefined
  }

  get #running(): Engine | undefined {
    return this.isStopping ? undefined : this.engine
  }

  #ready(): Engine {
    if (this.#running) return this.#running
    throw refused('The instance is starting or stopping. Try again in a moment.', 503)
  }

  async #render(stored: StoredGauges | undefined, sink: MetricSink): Promise<void> {
    const freeDisk = await this.#freeDisk().catch(() => undefined)
    this.metrics.render({ ...this.#gauges(), stored, freeDisk }, sink)
    for (const render of this.#more) render(sink)
  }

  #gauges(): Omit<Gauges, 'stored' | 'freeDisk'> {
    const { name: landscape, systems, flows } = this.#landscape
    const sources = new Map(flows.map(({ source }) => [channelId(source), source]))
    return {
      landscape,
      version,
      admissionOpen: this.health().ready,
      members: this.engine?.tenure.outlook,
      sources: [...sources].map(([source, { system }]) => {
        return { source, system, failed: this.#failedSources.has(source) }
      }),
      systems: systems.map(({ name }) => {
        const { reason, waiting } = this.calls(name)
        return { system: name, reachable: reason === undefined, waiting }
      }),
    }
  }

  async #stored(): Promise<StoredGauges> {
    const { flows: declared, pipelines } = this.#landscape
    const states = await this.#store.read.flows()
    const now = Date.now()
    const names = new Set([...declared.map(({ name }) => name), ...states.map(({ flow }) => flow)])
    return {
      flows: [...names].map(name => this.#flowGauges(name, states, now)),
      sagas: await this.#sagaGauges(now),
      pipelines: await Promise.all(pipelines.map(({ name }) => this.#pipelineGauges(name, now))),
    }
  }

  #flowGauges(flow: string, states: readonly FlowState[], now: number): FlowGauges {
    const state = states.find(each => each.flow === flow)
    const live = this.flow(flow)
    const { accepted, ended, waiting, retrying, held, parked, inDoubt } = flowStatus(flow, state, live)
    return {
      flow,
      backlog: waiting + retrying + held,
      parked,
      inDoubt,
      inMemory: live?.inMemory ?? 0,
      oldestAge: Math.max(0, now - (state?.oldestWaiting ?? now)) / 1000,
      paused: live?.paused !== undefined,
      terms: { accepted, ended, waiting, retrying, held, parked, in_doubt: inDoubt },
    }
  }

  async #pipelineGauges(pipeline: string, now: number): Promise<PipelineGauges> {
    const { kind } = runStream(pipeline, '')
    const failed = await this.#store.read.streams.heads({ kind, open: true, states: ['failed'], limit: 1000 })
    const until = this.#coordinates ? this.engine?.pipelines.publishedUntil(pipeline) : undefined
    return {
      pipeline,
      failed: failed.length,
      dataAge: until === undefined ? undefined : (now - until) / 1000,
    }
  }

  async #sagaGauges(now: number): Promise<SagaGauges> {
    const names = currentSagas(this.#landscape.sagas).map(({ name }) => name)
    const { sagas, transactions } = await openWork(this.#store.read, names, now)
    const { inDoubt, mixed, oldest = now } = transactions
    const lockWaits = this.#sagasHere?.waitingForLocks ?? 0
    return { sagas, lockWaits, inDoubt, mixed, oldestInDoubt: Math.max(0, now - oldest) / 1000 }
  }
}
