import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { startEngine } from '../engine/engine.ts'
import { realHost } from '../engine/host.ts'
import { IsthmusError, reasonOf } from '../errors.ts'
import { checkLandscape } from '../flow/check.ts'
import type { Landscape } from '../flow/landscape.ts'
import { eventLog } from '../observe/event-log.ts'
import type { Log } from '../observe/log.ts'
import { Redactor } from '../observe/redactor.ts'
import type { Claim, Store } from '../store/store.ts'
import type { ConnectContext } from '../system/connector.ts'
import type { RouteTable } from '../system/route.ts'
import { type Address, type Configuration, configurationOf, type Environment } from './configuration.ts'
import { guardLandscape } from './connector-guard.ts'
import { type ControlServer, startControl } from './control/control-server.ts'
import { newToken, readControlFile, writeControlFile } from './control-file.ts'
import { exitCodeOf, exitCodes } from './exit-code.ts'
import { httpListener } from './listener.ts'
import { LiveView } from './live-view.ts'
import { describeStore, storeAt } from './open-store.ts'
import { LocalOperations } from './operations/local-operations.ts'
import type { Operations } from './operations/operations.ts'
import { processLog } from './process-log.ts'
import { resolveSetting } from './settings.ts'
import { version } from './version.ts'

/** What is not given comes from the environment, see `configurationOf`. */
export interface InstanceOptions {
  readonly landscape: Landscape
  /** Default: ISTHMUS_DATA, else `.isthmus/NAME` in the current directory. */
  readonly data?: string | undefined
  /** Of the intake; 0 takes a free one. */
  readonly port?: number | undefined
  readonly control?: Partial<Address> | undefined
  readonly store?: Store | undefined
  readonly environment?: Environment | undefined
  /** Learns the secrets that are met; `log` should use the same. */
  readonly redactor?: Redactor | undefined
  readonly log?: Log | undefined
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

class Starting {
  readonly redactor: Redactor
  readonly #options: InstanceOptions
  readonly #environment: Environment
  readonly #log: Log
  /** What each system missed, to be told together. */
  readonly #missing: string[] = []
  /** Ends what has been opened, the last first. */
  readonly #closing: (() => Promise<void> | void)[] = []

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
    const configuration = configured(this.#options, this.#environment)
    const { data, storeUrl, retention, cluster } = configuration
    if (storeUrl !== undefined) redactor.addUrl(storeUrl)
    mkdirSync(data, { recursive: true, mode: 0o700 })
    const { store, claim } = await this.#claim(configuration)

    const view = new LiveView(landscape, store)
    this.#closing.push(() => view.close())
    const listener = await this.#listen(configuration, view)
    const log = this.#log
    const operations = new LocalOperations({
      reader: store.read,
      landscape,
      store: describeStore(configuration),
      log,
      live: view,
      allowNewEffects: configuration.allowNewEffects,
      apply: (flow, row, decided) => view.apply(flow, row, decided),
      append: append => view.append(append),
      resync: source => view.resync(source),
      retry: source => view.retry(source),
      rebuild: definition => view.rebuild(definition),
    })
    const control = await this.#control(configuration, landscape, operations, view)

    // A disk that the store does not write to may be full.
    const keepsDataHere = this.#options.store === undefined && storeUrl === undefined
    const logged = eventLog(log, landscape)
    const engine = await startEngine({
      landscape,
      store,
      claim,
      host: realHost(keepsDataHere ? data : undefined),
      retention,
      ...(cluster !== undefined && { cluster }),
      onFatal: this.#options.onFatal ?? exitAtOnce,
      connectContext: system => this.#connectContext(system.name, listener),
      watch: event => {
        view.watch(event)
        logged(event)
      },
    })
    view.engine = engine
    let closed: Promise<void> | undefined
    const stop = (grace?: number): Promise<void> => {
      view.isStopping = true
      const stopped = engine.stop(grace)
      closed ??= stopped.then(() => this.undo())
      return closed
    }
    return { landscape, configuration, url: listener.url, control, operations, stop }
  }

  allMissing(error: unknown): unknown {
    if (!(error instanceof IsthmusError) || error.code !== 'CONFIG-MISSING') return error
    return new IsthmusError('CONFIG-MISSING', this.#missing.join('\n') || error.message, { cause: error })
  }

  async undo(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse())
      try {
        await close()
      } catch (error) {
        this.#log({ level: 'warn', event: 'closing', text: String(error) })
      }
  }

  /** Before anything else is opened, so that a second process is refused before it takes a port. */
  async #claim(configuration: Configuration): Promise<{ readonly store: Store; readonly claim: Claim }> {
    const store = this.#options.store ?? storeAt(configuration)
    let how: 'clean' | 'unclean' = 'clean'
    this.#closing.push(() => store.close(how))
    const claim = await store.claim(`isthmus on ${hostname()}, pid ${process.pid}`)
    // A start that fails leaves the mark of an earlier crash in place; an engine that runs closes the store itself.
    if (!claim.clean) how = 'unclean'
    return { store, claim }
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

  async #control(
    { data, control: address, token: given, storeUrl }: Configuration,
    landscape: Landscape,
    operations: Operations,
    view: LiveView,
  ): Promise<Instance['control']> {
    const token = given ?? readControlFile(data)?.token ?? newToken()
    this.redactor.add(token)
    const instance = randomUUID()
    const ground = {
      operations,
      landscape,
      version,
      instance,
      health: () => view.health(),
      metrics: () => view.renderMetrics(),
    }
    const server: ControlServer = await startControl({
      ground,
      address,
      token,
      log: this.#log,
      redactor: this.redactor,
    })
    this.#closing.push(() => server.close())
    const file = {
      token,
      landscape: landscape.name,
      store: storeUrl === undefined ? 'sqlite' : 'postgres',
    } as const
    const { url } = server
    writeControlFile(data, { ...file, running: { url, instance, pid: process.pid } })
    this.#closing.push(() => writeControlFile(data, file))
    return { url, token }
  }

  #connectContext(system: string, routes: RouteTable): Omit<ConnectContext, 'turn' | 'allows'> {
    return {
      system,
      routes,
      resolve: setting => {
        try {
          return resolveSetting(setting, system, this.#environment, this.redactor)
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

function requireSound(landscape: Landscape): void {
  const problems = checkLandscape(landscape).filter(({ level }) => level === 'error')
  const [first] = problems
  if (!first) return
  const lines = problems.map(
    ({ at, where, reason, remedy }) => `${at ?? landscape.name}: ${where}: ${reason}. ${remedy}`,
  )
  throw new IsthmusError('FLOW-DEFINITION', lines.join('\n'))
}

/** What is in memory is lost to us, and the next start recovers it. */
function exitAtOnce(error: unknown): void {
  process.exit(exitCodeOf(error) === exitCodes.inUse ? exitCodes.inUse : exitCodes.storage)
}
