import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { type Engine, startEngine } from '../engine/engine.ts'
import { realHost } from '../engine/host.ts'
import type { Transport } from '../engine/transport.ts'
import { IsthmusError, reasonOf } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import { eventLog } from '../observe/event-log.ts'
import { inheritPersonal } from '../observe/lineage/inherit-personal.ts'
import { fieldGraph } from '../observe/lineage/landscape-graph.ts'
import { LineageSender, lineageUrl } from '../observe/lineage/lineage-sender.ts'
import { SourceFiles } from '../observe/lineage/source-text.ts'
import { SqlReader } from '../observe/lineage/sql/reader.ts'
import type { Log } from '../observe/log.ts'
import { Redactor } from '../observe/redactor.ts'
import { Sentinels } from '../observe/sentinels.ts'
import { openTracing } from '../observe/tracing/open-tracing.ts'
import { coordinationLease } from '../store/members.ts'
import type { Store } from '../store/store.ts'
import { channelId } from '../system/channel.ts'
import type { ConnectContext } from '../system/connector.ts'
import type { RouteTable } from '../system/route.ts'
import type { Setting } from '../system/setting.ts'
import { Alerts } from './alerts/alerts.ts'
import { claimStore, type Share } from './claim-store.ts'
import { Closing } from './closing.ts'
import { type Address, type Configuration, configurationOf, type Environment } from './configuration.ts'
import { guardLandscape } from './connector-guard.ts'
import { type ControlServer, startControl } from './control/control-server.ts'
import { Forwarding } from './control/forwarding.ts'
import type { ControlGround, Views } from './control/route.ts'
import { newToken, readControlFile, writeControlFile } from './control-file.ts'
import { driftText, withReaders } from './drift-impact.ts'
import { exitCodeOf, exitCodes } from './exit-code.ts'
import { landscapeGraph } from './landscape-graph.ts'
import { httpListener } from './listener.ts'
import { LiveFeed } from './live/live-feed.ts'
import { Sampler } from './live/sampler.ts'
import { LiveView } from './live-view.ts'
import { describeStore } from './open-store.ts'
import { LocalOperations } from './operations/local-operations.ts'
import type { Operations } from './operations/operations.ts'
import { hashOfState } from './people/audit/audit-record.ts'
import { openPeople, type People } from './people/people.ts'
import { processLog } from './process-log.ts'
import { requireSound } from './require-sound.ts'
import { resolveSetting } from './settings.ts'
import { openTransport } from './transport.ts'
import { version } from './version.ts'
import { viewsOf } from './views.ts'

/** What is not given comes from the environment, see `configurationOf`. */
export interface InstanceOptions {
  readonly landscape: Landscape
  /** Default: ISTHMUS_DATA, else `.isthmus/NAME` in the current directory. */
  readonly data?: string | undefined
  /** Of the intake; 0 takes a free one. */
  readonly port?: number | undefined
  readonly control?: Partial<Address> | undefined
  readonly store?: Store | undefined
  readonly share?: Share | undefined
  readonly environment?: Environment | undefined
  /** Learns the secrets that are met; `log` should use the same. */
  readonly redactor?: Redactor | undefined
  readonly log?: Log | undefined
  /** Milliseconds from one look for alerts to the next. Default: 5000. */
  readonly alertsEvery?: number | undefined
  /** Nothing can be made durable any more: must end the process. Default: at once, with exit code 5. */
  readonly onFatal?: ((error: unknown) => void) | undefined
}

/** A running landscape with everything around it. */
export interface Instance {
  readonly landscape: Landscape
  readonly configuration: Configuration
  /** Where messages are accepted. */
  readonly url: string
  readonly control: { readonly url: string; readonly token: string }
  readonly operations: Operations
  readonly people: People
  /**
   * From now on nothing is accepted and readiness is false. Resolves when what was running has ended and everything is
   * closed, at the latest some seconds after `grace` milliseconds (25 s if absent). Called again, it can only end sooner.
   */
  stop(grace?: number): Promise<void>
}

/** Starts one instance, and rejects when it cannot run: then what it had opened is closed again. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const starting = new Starting(options)
  try {
    return await starting.start()
  } catch (error) {
    await starting.undo()
    throw starting.redactor.error(starting.allMissing(error))
  }
}

/** Milliseconds from one look for orders that were given at other members to the next. */
const followEvery = 2_000

class Starting {
  readonly redactor: Redactor
  readonly #options: InstanceOptions
  readonly #environment: Environment
  readonly #log: Log
  /** What each system missed, to be told together. */
  readonly #missing: string[] = []
  #audited: People | undefined
  #started = false
  readonly #credentials = new Set<string>()
  readonly #closing = new Closing()

  constructor(options: InstanceOptions) {
    this.#options = options
    this.#environment = options.environment ?? process.env
    this.redactor = options.redactor ?? new Redactor()
    this.#log = options.log ?? processLog(this.#environment, this.redactor)
  }

  async start(): Promise<Instance> {
    const { redactor } = this
    requireSound(this.#options.landscape)
    const landscape = guardLandscape(this.#options.landscape, redactor)
    inheritPersonal(landscape)
    const configuration = configured(this.#options, this.#environment)
    const { data, storeUrl, retention, cluster } = configuration
    if (storeUrl !== undefined) redactor.addUrl(storeUrl)
    mkdirSync(data, { recursive: true, mode: 0o700 })
    const { store, claim } = await claimStore(configuration, {
      store: this.#options.store,
      share: this.#options.share,
      closing: this.#closing,
      environment: this.#environment,
      hasRun: () => this.#started,
    })
    const transport = await this.#transport(configuration, claim.partitions ?? 1)

    // A disk that the store does not write to may be full.
    const keepsDataHere = this.#options.store === undefined && storeUrl === undefined
    const host = realHost(keepsDataHere ? data : undefined)
    const view = new LiveView(landscape, store, host.freeDisk)
    this.#closing.push(() => view.close())
    const listener = await this.#listen(configuration, view)
    const log = this.#log
    const sampler = new Sampler({ landscape, reader: store.read, view, redactor })
    view.listen(sampler.watch)
    const sentinels = this.#guard(landscape, view)
    const live = new LiveFeed(() => sampler.sample(live))
    const operations = new LocalOperations({
      reader: store.read,
      landscape,
      store: describeStore(configuration),
      log,
      live: view,
      onBatch: batch => live.put('batches', batch.batch, batch, { flows: batch.flows }),
      allowNewEffects: configuration.allowNewEffects,
      apply: (flow, row, decided) => view.apply(flow, row, decided),
      append: append => view.append(append),
      resync: source => view.resync(source),
      retry: source => view.retry(source),
      rebuild: definition => view.rebuild(definition),
    })
    const views = viewsOf({ landscape, reader: store.read, live: view, operations, sentinels })
    this.#closing.push(() => views.landscape.close())
    const halted = await views.landscape.recover(Date.now())
    const people = await this.#people(configuration, landscape, store, view)
    const forwarding = new Forwarding(() => view.engine?.tenure)
    const parts = { landscape, operations, live, people, views, forwarding }
    const control = await this.#control(configuration, parts, view)
    this.#closing.push(() => live.close())

    const tracing = await openTracing(this.#environment, landscape.name, version)
    if (tracing) {
      this.#closing.push(() => tracing.close())
      view.measureToo(sink => tracing.render(sink))
    }
    const lineage = this.#lineage(landscape)
    const logged = eventLog(log, landscape)
    const engine = await startEngine({
      landscape,
      store,
      claim,
      transport,
      host,
      retention,
      halted,
      tracing: tracing?.tracer,
      ...(cluster !== undefined && { cluster }),
      load: () => view.load(),
      onRequest: request => forwarding.answer(request),
      onFatal: this.#options.onFatal ?? exitAtOnce,
      connectContext: system => this.#connectContext(system.name, listener),
      watch: event => {
        view.watch(event)
        logged(event)
        lineage?.watch(event)
      },
    })
    this.#started = true
    view.engine = engine
    await views.landscape.started(Date.now()).catch(error => {
      log({ level: 'warn', event: 'landscape', text: `Its start could not be noted: ${reasonOf(error)}` })
    })
    await tellStart(people, landscape)
    const alerts = this.#watch(configuration, landscape, engine, view)
    const coordinate = async () => {
      await operations.batches.resume()
      await alerts.start()
    }
    view.listen(event => {
      if (event.type === 'lease' && event.lease === coordinationLease && event.state === 'taken')
        void coordinate().catch(error =>
          log({ level: 'error', event: 'coordination', text: reasonOf(error) }),
        )
    })
    if (engine.tenure.tokenOf(coordinationLease) !== undefined) await coordinate()
    if (engine.tenure.member) this.#follow(views, people)
    let closed: Promise<void> | undefined
    const stop = (grace?: number): Promise<void> => {
      view.isStopping = true
      const stopped = Promise.all([operations.batches.stop(), alerts.stop()]).then(() => engine.stop(grace))
      closed ??= stopped.then(() => this.undo())
      return closed
    }
    return { landscape, configuration, url: listener.url, control, operations, people, stop }
  }

  /** Learns now and then of what people have ordered at other members. */
  #follow({ landscape }: Views, people: People): void {
    const timer = setInterval(() => {
      const both = [landscape.refresh(Date.now()), people.refresh()]
      void Promise.allSettled(both).then(told => {
        for (const each of told)
          if (each.status === 'rejected')
            this.#log({ level: 'warn', event: 'members', text: `not read: ${reasonOf(each.reason)}` })
      })
    }, followEvery)
    this.#closing.push(() => clearInterval(timer))
  }

  /** Tells a collector of lineage, if the environment names one. */
  #lineage(landscape: Landscape): LineageSender | undefined {
    const url = lineageUrl(this.#environment)
    if (url === undefined) return undefined
    const graph = fieldGraph(landscape, new SourceFiles(), new SqlReader())
    const told = (problem: string) =>
      this.#log({
        level: 'warn',
        event: 'lineage',
        text: `The collector of lineage was not told: ${problem}`,
      })
    const sender = new LineageSender({ url, landscape, graph: () => graph, told })
    this.#closing.push(() => sender.close())
    void sender.begin(Date.now()).catch(error => told(reasonOf(error)))
    return sender
  }

  allMissing(error: unknown): unknown {
    if (!(error instanceof IsthmusError) || error.code !== 'CONFIG-MISSING') return error
    return new IsthmusError('CONFIG-MISSING', this.#missing.join('\n') || error.message, { cause: error })
  }

  async undo(): Promise<void> {
    await this.#closing.run(this.#log)
  }

  /** A cluster that is away now may come back; what is wrong with it stays wrong. */
  async #transport({ transport: place }: Configuration, partitions: number): Promise<Transport | undefined> {
    if (!place) return undefined
    const log = (level: 'info' | 'warn', text: string) => this.#log({ level, event: 'transport', text })
    const resolve = (setting: Setting) =>
      resolveSetting(setting, 'the transport', this.#environment, this.redactor)
    const transport = await openTransport(place, resolve, log)
    this.#closing.push(() => transport.close())
    const warnings = await transport.check(partitions).catch(error => {
      if (!(error instanceof IsthmusError) || error.fate !== 'retry') throw error
      return [error.message]
    })
    for (const warning of warnings) log('warn', warning)
    return transport
  }

  async #listen({ intake }: Configuration, view: LiveView) {
    const listener = await httpListener({
      ...intake,
      health: () => view.health(),
      onFailure: (reference, error) => {
        const text = `${reference}: ${error instanceof Error ? error.message : error}`
        this.#log({ level: 'error', event: 'intake', text, fields: { reference } })
      },
    })
    this.#closing.push(() => listener.close(2_000))
    view.intake = listener.url
    return listener
  }

  async #people(
    { data, control }: Configuration,
    { name }: Landscape,
    store: Store,
    view: LiveView,
  ): Promise<People> {
    const people = await openPeople({
      data,
      environment: this.#environment,
      host: control.host,
      landscape: name,
      streams: store.read.streams,
      keep: append => view.keep(append),
      log: this.#log,
      redactor: this.redactor,
    })
    this.#closing.push(() => people.close())
    this.#audited = people
    return people
  }

  /** Lets the sentinels look at what is accepted. */
  #guard(landscape: Landscape, view: LiveView): Sentinels {
    const sentinels = new Sentinels(landscape.sentinels, ({ channel }, findings) => {
      const found = withReaders(landscape, channel, findings)
      const text = `${channelId(channel)}: ${driftText(found)}`
      this.#log({ level: findings.length > 0 ? 'warn' : 'info', event: 'drift', text })
    })
    view.sentinels = sentinels
    if (landscape.sentinels.length === 0) return sentinels
    view.listen(sentinels.watch)
    view.measureToo(sink => sentinels.render(sink))
    return sentinels
  }

  /** Looks for alerts, once it is started. */
  #watch(
    { consoleUrl, environment }: Configuration,
    landscape: Landscape,
    engine: Engine,
    view: LiveView,
  ): Alerts {
    const alerts = new Alerts({
      landscape,
      reader: engine.store.read,
      append: append => engine.append(append),
      measure: sink => view.measure(sink),
      resolve: (setting, channel) => this.#channelSetting(setting, channel),
      log: this.#log,
      consoleUrl: consoleUrl && `${consoleUrl}/${environment}`,
      every: this.#options.alertsEvery ?? 5_000,
    })
    view.alerts = alerts
    view.measureToo(sink => alerts.render(sink))
    return alerts
  }

  /** Throws CONFIG-MISSING, which keeps nothing but the channel from working. */
  #channelSetting(setting: Setting, channel: string): string {
    try {
      return resolveSetting(setting, channel, this.#environment, this.redactor)
    } catch (error) {
      const text = reasonOf(error).replace(/^System /, 'Alert channel ')
      throw new IsthmusError('CONFIG-MISSING', text, { cause: error })
    }
  }

  async #control(
    { data, control: address, token: given, storeUrl, environment }: Configuration,
    parts: Pick<ControlGround, 'landscape' | 'operations' | 'live' | 'people' | 'views'> & {
      readonly forwarding: Forwarding
    },
    view: LiveView,
  ): Promise<Instance['control']> {
    const token = given ?? readControlFile(data)?.token ?? newToken()
    this.redactor.add(token)
    const instance = randomUUID()
    const ground = {
      ...parts,
      version,
      environment,
      instance,
      health: () => view.health(),
      metrics: () => view.renderMetrics(),
    }
    parts.forwarding.ground = ground
    const file = {
      token,
      landscape: parts.landscape.name,
      store: storeUrl === undefined ? 'sqlite' : 'postgres',
    } as const
    const server: ControlServer = await startControl({
      ground,
      address,
      token,
      log: this.#log,
      redactor: this.redactor,
      onAddress: url => {
        const { accounts, setUpCode } = parts.people
        const running = { url, instance, pid: process.pid, ...(!accounts.hasOwner && { setUpCode }) }
        writeControlFile(data, { ...file, running })
      },
    })
    this.#closing.push(() => server.close())
    this.#closing.push(() => writeControlFile(data, file))
    return { url: server.url, token }
  }

  /** Which system was given which credential; never the credential. */
  #noteCredential(setting: Setting, system: string): void {
    if (typeof setting === 'string' || setting.from === 'env') return
    const object = `${system}: ${setting.name}`
    if (this.#credentials.has(object)) return
    this.#credentials.add(object)
    const operation = randomUUID()
    this.#audited?.audit.note({ ...ofInstance, operation, action: 'credential', object })
  }

  #connectContext(system: string, routes: RouteTable): Omit<ConnectContext, 'turn' | 'allows'> {
    return {
      system,
      routes,
      resolve: setting => {
        try {
          const value = resolveSetting(setting, system, this.#environment, this.redactor)
          this.#noteCredential(setting, system)
          return value
        } catch (error) {
          this.#missing.push(reasonOf(error))
          throw error
        }
      },
      now: () => Date.now(),
      log: (level, text) =>
        this.#log({ level, event: 'system', text: `${system}: ${text}`, fields: { system } }),
    }
  }
}

const ofInstance = {
  phase: 'done',
  actor: 'isthmus',
  how: 'instance',
  address: '',
  outcome: 'ok',
} as const

/** Which landscape runs from now on. A start is not kept from happening by an audit that cannot be written yet. */
async function tellStart({ audit }: People, landscape: Landscape): Promise<void> {
  const after = hashOfState(landscapeGraph(landscape))
  const object = `${landscape.name}, isthmus ${version}`
  await audit
    .write({ ...ofInstance, operation: randomUUID(), action: 'start', object, after })
    .catch(() => {})
}

function configured(options: InstanceOptions, environment: Environment): Configuration {
  const { landscape, data, port, control } = options
  const from = configurationOf(landscape, environment)
  return {
    ...from,
    data: data ?? from.data,
    intake: { ...from.intake, port: port ?? from.intake.port },
    control: { ...from.control, ...control },
  }
}

/** What is in memory is lost to us, and the next start recovers it. */
function exitAtOnce(error: unknown): void {
  const code = exitCodeOf(error)
  process.exit(code === exitCodes.inUse || code === exitCodes.lostLeases ? code : exitCodes.storage)
}
