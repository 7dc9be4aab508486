import type { Watcher } from '../../engine/events.ts'
import type { GovernorState } from '../../engine/governance/governor.ts'
import { identityOf } from '../../engine/intake.ts'
import type { Decided } from '../../engine/person.ts'
import type { Pipelines } from '../../engine/pipelines/pipelines.ts'
import { type Plan, planFlow } from '../../engine/plan.ts'
import type { Sagas } from '../../engine/saga/sagas.ts'
import { traceEntry } from '../../engine/trace.ts'
import { transportPartition } from '../../engine/transport.ts'
import type { Transactions } from '../../engine/two-phase-commit/transactions.ts'
import { verify } from '../../engine/verify.ts'
import type { ProjectionDefinition } from '../../flow/aggregate/definition.ts'
import type { Flow } from '../../flow/flow.ts'
import type { Landscape } from '../../flow/landscape.ts'
import { currentSagas } from '../../flow/own-systems.ts'
import { inheritPersonal } from '../../observe/lineage/inherit-personal.ts'
import { SourceFiles } from '../../observe/lineage/source-text.ts'
import type { Log } from '../../observe/log.ts'
import { hasPersonalData } from '../../observe/personal-data.ts'
import type { Append, Appended, Entry, FlowState, StoreReader, UnfinishedEntry } from '../../store/store.ts'
import { channelId } from '../../system/channel.ts'
import type { Warehouse } from '../../system/warehouse.ts'
import type { Alerts } from '../alerts/alerts.ts'
import { LocalAlerts } from './alert-operations.ts'
import type { Batch } from './batches/batch-schemas.ts'
import { Batches } from './batches/batches.ts'
import { Following } from './batches/following.ts'
import { Selections } from './batches/selections.ts'
import { Deciding, placeOf, refused } from './deciding.ts'
import { Trying } from './edits/trying.ts'
import { Classes } from './failures/classes.ts'
import { LocalFailures } from './failures/local-failures.ts'
import { flowStatus, type LiveFlow, passedBeyond } from './flow-status.ts'
import { knownOf } from './landscape/registry.ts'
import type { WhyAnswer, WhyQuery } from './messages/schemas.ts'
import { WhyView } from './messages/why-view.ts'
import { openWork } from './open-work.ts'
import {
  type AlertOperations,
  type Decisions,
  type EditOperations,
  type MessageSearch,
  messageName,
  type Operations,
  type PipelineOperations,
  type Replays,
  type SagaOperations,
  type Seen,
  type TransactionOperations,
} from './operations.ts'
import { LocalPipelines } from './pipelines/local-pipelines.ts'
import { WhyRowView } from './pipelines/why/why-row.ts'
import { Replaying } from './replaying.ts'
import { LocalSagas } from './saga-operations.ts'
import type {
  Balance,
  ParkedPage,
  ParkedQuery,
  Rebuilt,
  SourceDecision,
  Status,
  TracedMessage,
} from './schemas.ts'
import { type SetAside, setAside } from './set-aside.ts'
import { tracedMessage } from './traced-message.ts'
import { LocalTransactions } from './transaction-operations.ts'
import type { Workers } from './worker-schemas.ts'
import { type SelfAtWork, workersOf } from './workers.ts'

export interface LocalOptions {
  readonly reader: StoreReader
  /** Without it messages are not decoded, and everything that may be personal is masked. */
  readonly landscape: Landscape | undefined
  /** Where the store is, for people. */
  readonly store: string
  readonly log: Log
  apply(flow: string, row: UnfinishedEntry, decided: Decided): Promise<void>
  /** Appends to a stream, and lets the messages that come with it run where their flows run. */
  append(append: Append): Promise<Appended>
  /** Whether a replay may make effects happen once more. */
  readonly allowNewEffects: boolean
  /** Forgets the place of a source durably, and lets it begin anew where it runs. */
  resync(source: string): Promise<void>
  /** Ends the pause of a source that has failed; false if it makes none. */
  retry(source: string): Promise<boolean>
  /** Gives how many rows there are. */
  rebuild(projection: ProjectionDefinition): Promise<number>
  /** Beside a stopped instance: opens a warehouse for reading. */
  readonly openWarehouse?: ((system: string) => Promise<OpenedWarehouse>) | undefined
  /** Of the running instance that these operations belong to. */
  readonly live?: Live | undefined
  /** Told how a batch stands, whenever that changes. */
  readonly onBatch?: ((batch: Batch) => void) | undefined
}

export interface OpenedWarehouse {
  readonly warehouse: Warehouse
  close?(): Promise<void>
}

export interface Live {
  instance(): NonNullable<Status['instance']>
  flow(name: string): LiveFlow | undefined
  /** Tells what the engine does, from now on. */
  listen(watcher: Watcher): void
  calls(system: string): GovernorState
  /** Throws CONTROL-REFUSED while the instance starts or stops. */
  sagas(): Sagas
  transactions(): Transactions
  pipelines(): Pipelines
  /** Undefined while the instance starts. */
  readonly alerts: Alerts | undefined
  /** Undefined while the instance starts. */
  atWork(): SelfAtWork | undefined
  /** Sources whose data are not like their profile. */
  drift(): NonNullable<Status['drift']>
  /** Sagas that go no further with this landscape. */
  heldSagas(): number
  sagasSinceStart(saga: string): NonNullable<Status['sagas'][number]['sinceStart']>
}

/** The operations on a store, with or without an engine that works on it in this process. */
export class LocalOperations implements Operations {
  readonly decisions: Decisions
  readonly sagas: SagaOperations
  readonly transactions: TransactionOperations
  readonly pipelines: PipelineOperations
  readonly replays: Replays
  readonly failures: LocalFailures
  readonly batches: Batches
  readonly edits: EditOperations
  readonly alerts: AlertOperations
  readonly #options: LocalOptions
  readonly #files = new SourceFiles()
  #rows: WhyRowView | undefined
  readonly #flows: ReadonlyMap<string, { readonly flow: Flow; readonly plan: Plan }>

  constructor(options: LocalOptions) {
    this.#options = options
    if (options.landscape) inheritPersonal(options.landscape)
    this.decisions = new Deciding(options)
    this.sagas = new LocalSagas({ ...options, running: () => requireLive(options.live).sagas() })
    this.transactions = new LocalTransactions({ ...options, running: () => options.live?.transactions() })
    this.pipelines = new LocalPipelines({ ...options, running: () => options.live?.pipelines() })
    this.replays = new Replaying(options)
    const classes = new Classes(options.reader, options.landscape)
    const { live } = options
    this.failures = new LocalFailures({ ...options, classes, down: system => live?.calls(system).reason })
    this.batches = this.#batchesOf(options, classes)
    this.edits = new Trying(options)
    this.alerts = new LocalAlerts({ ...options, running: () => options.live?.alerts })
    const flows = options.landscape?.flows ?? []
    this.#flows = new Map(flows.map(flow => [flow.name, { flow, plan: planFlow(flow) }]))
  }

  #batchesOf(options: LocalOptions, classes: Classes): Batches {
    const following = new Following()
    options.live?.listen(following.watch)
    return new Batches({
      ...options,
      classes,
      following,
      selections: new Selections({ ...options, classes }),
      decisions: this.decisions,
      replays: this.replays,
      patience: 15_000,
      changed: options.onBatch ?? (() => {}),
      mustRun: () =>
        void requireLive(options.live, 'The instance does not run, and only it works off a batch: start it.'),
    })
  }

  async status(): Promise<Status> {
    const { reader, landscape, store, live } = this.#options
    const states = await reader.flows()
    const sagaNames = currentSagas(landscape?.sagas ?? []).map(({ name }) => name)
    const { sagas, transactions } = await openWork(reader, sagaNames, Date.now())
    const names = new Set(
      [...(landscape?.flows ?? []), ...states.map(({ flow: name }) => ({ name }))].map(f => f.name),
    )
    return {
      landscape: landscape?.name,
      store,
      instance: live?.instance(),
      flows: await Promise.all([...names].map(name => this.#flowStatus(name, states))),
      systems: (landscape?.systems ?? []).map(({ name, kind, connector }) => {
        const { reason: unreachable, waiting = 0 } = live?.calls(name) ?? {}
        return { system: name, kind, connector: connector.name, unreachable, waiting }
      }),
      drift: live?.drift(),
      sagas: sagas.map(each => ({ ...each, sinceStart: live?.sagasSinceStart(each.saga) })),
      heldSagas: live?.heldSagas(),
      transactions,
    }
  }

  async workers(): Promise<Workers> {
    const { reader, live } = this.#options
    return workersOf(await reader.standing(), live?.atWork())
  }

  async #flowStatus(name: string, states: readonly FlowState[]): Promise<Status['flows'][number]> {
    const { reader, live } = this.#options
    const state = states.find(({ flow }) => flow === name)
    const running = live?.flow(name)
    const passed = state && !running?.worksOff ? await passedBeyond(reader, state) : 0
    return flowStatus(name, state, running, passed)
  }

  async resync(source: string, order: SourceDecision): Promise<void> {
    this.#mustKnow(source)
    await this.#options.resync(source)
    this.#decided('resync', source, order)
  }

  async retry(source: string, order: SourceDecision): Promise<void> {
    this.#mustKnow(source)
    if (!(await this.#options.retry(source)))
      throw refused(`${source} does not wait: it runs, or is trying at this moment.`, 409)
    this.#decided('retry', source, order)
  }

  async rebuild(projection: string, order: SourceDecision): Promise<Rebuilt> {
    const { landscape, rebuild } = this.#options
    const known = landscape?.projections ?? []
    const definition = known.find(({ name }) => name === projection)
    if (!definition)
      throw refused(
        `There is no projection ${projection}. There are ${known.map(({ name }) => name).join(', ') || 'none'}.`,
        404,
      )
    const rows = await rebuild(definition)
    this.#decided('rebuild', projection, order)
    return { rows }
  }

  async balance(flow?: string): Promise<Balance> {
    const { balanced, flows, streams } = await verify(this.#options.reader, flow, this.#options.landscape)
    return {
      balanced,
      flows: flows.map(each => ({ ...each, broken: [...each.broken] })),
      streams: streams && { ...streams, broken: [...streams.broken], sagas: [...streams.sagas] },
    }
  }

  async why(
    query: WhyQuery,
    seen: Seen = { messages: which => this.messages(which), pipeline: () => true },
  ): Promise<WhyAnswer | undefined> {
    const { landscape, reader } = this.#options
    if (!landscape) return undefined
    const { table } = query
    if (table !== undefined) return await this.#whyRow({ ...query, table }, landscape, seen)
    const { messages } = seen
    const { flows: versions } = await knownOf(reader, landscape.name)
    return new WhyView({ landscape, files: this.#files, messages, versions }).of(query)
  }

  async #whyRow(
    query: WhyQuery & { readonly table: string },
    landscape: Landscape,
    seen: Seen,
  ): Promise<WhyAnswer | undefined> {
    const { reader, live, openWarehouse } = this.#options
    this.#rows ??= new WhyRowView({ landscape, files: this.#files, reader })
    const known = this.#rows.find(query, seen)
    const { system } = known.table
    const opened = live
      ? { warehouse: live.pipelines().options.warehouse(system) }
      : await openWarehouse?.(system)
    if (!opened) throw refused(`The warehouse ${system} cannot be opened here.`)
    try {
      const row = await this.#rows.of(query, known, opened.warehouse, seen)
      const { key, field } = query
      return row && { key, field, masked: row.masked, steps: [], versions: [], recomputed: true, row }
    } finally {
      await opened.close?.()
    }
  }

  async messages(which: MessageSearch): Promise<TracedMessage[]> {
    const { showPii = false, limit = 50 } = which
    return this.#options.reader.snapshot(async reader => {
      const query = 'seq' in which ? { flow: which.flow, seqs: [which.seq] } : only(which)
      const byQuery = await reader.entries({ ...query, limit })
      const entries = 'key' in which && byQuery.length === 0 ? await this.#named(reader, which.key) : byQuery
      const traced = await Promise.all(entries.map(entry => this.#trace(reader, entry, showPii)))
      return traced.sort((a, b) => a.acceptedAt - b.acceptedAt)
    })
  }

  /** Messages that go by a name which their source gave them: it need not be the key that orders them. */
  async #named(reader: StoreReader, name: string): Promise<Entry[]> {
    const sources = new Set(this.#options.landscape?.flows.map(({ source }) => channelId(source)))
    const ids = await Promise.all([...sources].map(source => reader.identified(identityOf(source, name))))
    const known = ids.filter(id => id !== undefined)
    return (await Promise.all(known.map(id => reader.entries({ id, limit: 50 })))).flat()
  }

  async parked(query: ParkedQuery): Promise<ParkedPage> {
    const { after, limit = 100, showPii = false, ...filter } = query
    const { reader } = this.#options
    const messages: ParkedPage['messages'] = []
    for await (const found of setAside(reader, { status: 'all', ...filter }, placeOf(after))) {
      if (messages.length === limit) {
        const last = messages.at(-1)
        return { messages, next: last && messageName(last) }
      }
      messages.push(await this.#listed(found, showPii))
    }
    return { messages }
  }

  #mustKnow(source: string): void {
    const known = new Set(this.#options.landscape?.flows.map(({ source: channel }) => channelId(channel)))
    if (!known.has(source) && transportPartition(source) === undefined)
      throw refused(`There is no source ${source}. There are ${[...known].join(', ') || 'none'}.`, 404)
  }

  #decided(what: string, source: string, { by, why }: SourceDecision): void {
    const text = `${source}: ${what} by ${by}${why ? `: ${why}` : ''}`
    this.#options.log({ level: 'info', event: 'decided', text, fields: { source, do: what, by, why } })
  }

  async #listed({ flow, row }: SetAside, showPii: boolean): Promise<ParkedPage['messages'][number]> {
    const { seq, status, attempts, since, error } = row
    const known = this.#flows.get(flow)
    const shown = { key: row.key, reason: error?.reason ?? '' }
    if (!showPii && (!known || hasPersonalData(known.flow))) {
      const [entry] = await this.#options.reader.entries({ flow, seqs: [seq], limit: 1 })
      const traced = entry && (await this.#trace(this.#options.reader, entry, false))
      Object.assign(shown, { key: traced?.key, reason: traced?.error?.reason ?? '' })
    }
    const state = status === 'doubt' ? status : 'parked'
    return { flow, seq, ...shown, status: state, code: error?.code ?? '', step: error?.step, attempts, since }
  }

  async #trace(reader: StoreReader, entry: Entry, showPii: boolean): Promise<TracedMessage> {
    const known = this.#flows.get(entry.flow)
    const trace = await traceEntry(reader, known?.plan, this.#options.landscape?.name ?? '', entry)
    return tracedMessage(trace, known?.flow, showPii)
  }
}

function requireLive(
  live: Live | undefined,
  otherwise = 'The instance does not run, and only it carries on with sagas: start it.',
): Live {
  if (live) return live
  throw refused(otherwise)
}

function only(which: { readonly key: string } | { readonly id: string }) {
  return 'id' in which ? { id: which.id } : { key: which.key }
}
