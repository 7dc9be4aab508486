import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Gids } from '../../src/engine/two-phase-commit/gid.ts'
import type {
  Ordered,
  PipelineList,
  RunDetail,
} from '../../src/server/operations/pipelines/pipeline-schemas.ts'
import type { WarehouseAnswer } from '../../src/server/operations/pipelines/warehouse-schemas.ts'
import type { SagaDecision, SagaPage } from '../../src/server/operations/saga-schemas.ts'
import type { Balance, ParkedPage, Status, TracedMessage } from '../../src/server/operations/schemas.ts'
import { transportTopic } from './forget.ts'
import type { HrmTruth } from './hrm/database.ts'
import type { MesTruth } from './mes/database.ts'
import { proveOperators } from './operator-proof.ts'
import { ask, type Running, start, startSimulated, takePorts } from './processes.ts'
import { countSagas, countTransactions, loggedSagas, type SagaCounts } from './saga-logs.ts'
import type { FaultKind } from './simulated/faults.ts'
import { filesIn, type WarehouseUrls } from './stock-transfer/databases.ts'
import { askWarehouse, makeWarehouse } from './stock-transfer/warehouse.ts'
import { askTruths, type Truths } from './truths.ts'
import { type Workforce, workforceOf } from './workers.ts'

export const simulated = ['erp', 'crm', 'hrm', 'partners', 'mes'] as const

export type SimulatedName = (typeof simulated)[number]

export const programs = ['isthmus', ...simulated] as const

export type ProgramName = (typeof programs)[number]

const ports = {
  isthmus: 4800,
  mes: 4801,
  erp: 4802,
  control: 4803,
  crm: 4804,
  hrm: 4805,
  ldap: 4806,
  partners: 4807,
}

type Place = keyof typeof ports

export interface PlantOptions {
  /** Folder of all data and logs. */
  readonly data: string
  /** Consumptions per second, and what decides them. */
  readonly rate: number
  readonly seed: number
  /** Where Isthmus keeps its journal. Default: SQLite in the folder. */
  readonly store?: string | undefined
  /** How many workers share what the flows have to do. Default: Isthmus does it itself. */
  readonly workers?: number | undefined
  /** Kafka carries what is accepted to who works it off, too. Default: the store does. */
  readonly transport?: boolean | undefined
  /** Where the warehouses have their databases. Default: SQLite files in the folder. */
  readonly warehouses?: WarehouseUrls | undefined
  /** How long it is from one run of the warehouse to the next: `15s`. Default: a minute. */
  readonly night?: string | undefined
  /** What is there beside the systems (kafka, rabbitmq, mqtt), and its addresses. Default: nothing. */
  readonly companions?: Companions | undefined
}

export interface Companions {
  readonly names: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** A message of one of the flows that Isthmus has set aside, as its source gave it. */
export interface Parked {
  readonly flow: string
  readonly message: string
  readonly data: unknown
  readonly reason: string
}

/** How much each system holds, by its own words. */
export type Figures = Readonly<Record<string, number>>

/** The same folder has the same name. */
export function factoryName(data: string): string {
  return `factory-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`
}

/** The processes of the factory: MES, ERP with finance, CRM, HRM, business partners, and Isthmus between them. */
export class Plant {
  readonly options: PlantOptions
  readonly #ports: Readonly<Record<Place, number>>
  readonly #running = new Map<ProgramName, Running>()
  readonly token = randomBytes(24).toString('hex')
  readonly #credentials = {
    MES_HOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
    ERP_PASSWORD: randomBytes(12).toString('hex'),
    CRM_TOKEN: randomBytes(12).toString('hex'),
    HRM_PASSWORD: randomBytes(12).toString('hex'),
  }
  /** At brokers and databases, which others may use too. */
  readonly name: string
  readonly #lost = Promise.withResolvers<never>()

  private constructor(options: PlantOptions, free: Readonly<Record<Place, number>>) {
    this.options = options
    this.#ports = free
    this.name = factoryName(options.data)
    this.#lost.promise.catch(() => {})
  }

  static async start(options: PlantOptions): Promise<Plant> {
    const plant = new Plant(options, await takePorts(ports))
    for (const folder of ['orders', 'hrm-files']) mkdirSync(plant.#file(folder), { recursive: true })
    for (const url of Object.values(plant.warehouses)) await makeWarehouse(url)
    // Isthmus reads the ERP's log, which must be there.
    await Promise.all(['erp', 'crm', 'hrm', 'partners'].map(name => plant.start(name as SimulatedName)))
    await plant.start('isthmus')
    await plant.start('mes')
    return plant
  }

  url(place: Place): string {
    return `${place === 'ldap' ? 'ldap' : 'http'}://127.0.0.1:${this.#ports[place]}`
  }

  /** With which the first owner of the console is set; undefined once there is one. */
  get ownerCode(): string | undefined {
    return /set one in the console with the code (\S+)/.exec(readFileSync(this.#log('isthmus'), 'utf8'))?.[1]
  }

  /** Rejects when a program ends that nobody has told to. */
  get lost(): Promise<never> {
    return this.#lost.promise
  }

  async start(name: ProgramName): Promise<void> {
    const running = await this.#launch(name)
    this.#running.set(name, running)
    void running.ended.then(code => {
      if (this.#running.get(name) === running) this.#lost.reject(this.#failure(name, code))
    })
    if (name === 'isthmus') await this.#ready()
  }

  /** Kills a program as a power cut would. */
  async crash(name: ProgramName): Promise<void> {
    const running = this.#running.get(name)
    this.#running.delete(name)
    await running?.kill()
  }

  /** Isthmus finishes what it does; the simulated systems keep everything on disk anyway. */
  async stop(): Promise<void> {
    const isthmus = this.#running.get('isthmus')
    this.#running.delete('isthmus')
    await isthmus?.stop()
    for (const name of simulated) await this.crash(name)
  }

  async fault(name: SimulatedName, kind: FaultKind, forSeconds = 0): Promise<void> {
    await ask(`${this.url(name)}/faults`, { kind, forSeconds })
  }

  /** Nobody does anything any more in any of the systems. */
  async rest(): Promise<void> {
    for (const name of simulated) await ask(`${this.url(name)}/rate`, { rate: 0 })
  }

  figures(name: SimulatedName): Promise<Figures> {
    return ask(`${this.url(name)}/figures`)
  }

  /** How many people of the HRM the MES does not know as they are. */
  async strangers(): Promise<number> {
    const { employees } = await ask<HrmTruth>(`${this.url('hrm')}/truth`)
    const { operators } = await ask<Pick<MesTruth, 'operators'>>(`${this.url('mes')}/operators`)
    return proveOperators(employees, operators).problems.length
  }

  /** Everything that the systems hold, and what the logs say of sagas. */
  async truths(): Promise<Truths> {
    const { north, south } = this.warehouses
    const { prefix } = new Gids(this.name, { randomBytes })
    return {
      ...(await askTruths(name => this.url(name), this.#file('quality.db'))),
      sagas: await loggedSagas(this.#store, 'order-to-cash'),
      transfers: {
        north: await askWarehouse(north, prefix),
        south: await askWarehouse(south, prefix),
        transactions: await this.transactions(),
      },
    }
  }

  get warehouses(): WarehouseUrls {
    return this.options.warehouses ?? filesIn(this.options.data)
  }

  /** How many transactions there are, by the word that the log has for their state. */
  transactions(): Promise<ReadonlyMap<string, number>> {
    return countTransactions(this.#store)
  }

  /** How many orders to cash there are. */
  sagas(): Promise<SagaCounts> {
    return countSagas(this.#store, 'order-to-cash')
  }

  /** Those that work beside Isthmus as processes of their own: none where the store is SQLite. */
  async workforce(): Promise<Workforce | undefined> {
    const { workers, store } = this.options
    return workers === undefined || store === undefined ? undefined : await workforceOf(this.#store)
  }

  /** Those that wait for an event or a person. */
  async waitingSagas(): Promise<SagaPage['sagas']> {
    return (await this.#control<SagaPage>('sagas?state=waiting&limit=1000')).sagas
  }

  /** What was set aside since the process died again and again while it ran, which is our doing, is tried again. */
  async retryCrashed(by: string): Promise<void> {
    const decision = { do: 'retry', by, why: 'the engine was killed, and not by this message' }
    const url = `${this.url('control')}/api/v1/parked/decision`
    await ask(url, { decision, filter: { code: 'MESSAGE-CRASHED' } }, this.token)
  }

  /** As a person does. */
  async decide(saga: string, key: string, decision: SagaDecision): Promise<void> {
    await ask(
      `${this.url('control')}/api/v1/sagas/${saga}/${encodeURIComponent(key)}/decision`,
      decision,
      this.token,
    )
  }

  /** Has a pipeline run, and gives the key of the run. */
  async orderRun(pipeline: string): Promise<string> {
    const url = `${this.url('control')}/api/v1/pipelines/${pipeline}/run`
    return (await ask<Ordered>(url, { by: 'factory', why: 'all is said' }, this.token)).key
  }

  /** The key of the run that is due next. */
  async nextRun(pipeline: string): Promise<string> {
    const { pipelines } = await this.#control<PipelineList>('pipelines')
    const next = pipelines.find(each => each.pipeline === pipeline)?.next
    if (next === undefined) throw new Error(`${pipeline} has no schedule.`)
    return new Date(next).toISOString()
  }

  run(pipeline: string, key: string): Promise<RunDetail> {
    return this.#control(`pipelines/${pipeline}/runs/${encodeURIComponent(key)}`)
  }

  /** Rows of the warehouse. */
  async query(sql: string): Promise<Record<string, unknown>[]> {
    const url = `${this.url('control')}/api/v1/warehouse/query`
    const { columns, rows } = await ask<WarehouseAnswer>(url, { system: 'dw', sql }, this.token)
    return rows.map(cells => Object.fromEntries(columns.map((column, at) => [column, cells[at]])))
  }

  status(): Promise<Status> {
    return this.#control('status')
  }

  balance(): Promise<Balance> {
    return this.#control('balance')
  }

  /** Some of the messages that are set aside, the latest last. */
  async latestParked(): Promise<ParkedPage['messages']> {
    const { messages } = await this.#control<ParkedPage>('parked?status=all&limit=1000')
    return messages.sort((a, b) => a.since - b.since).slice(-5)
  }

  async parked(): Promise<Parked[]> {
    const parked: Parked[] = []
    for (let after = ''; ; ) {
      const page = await this.#control<ParkedPage>(`parked?status=all&limit=1000${after}`)
      for (const { flow, seq, reason } of page.messages) {
        const { hops } = await this.#control<TracedMessage>(`flows/${flow}/messages/${seq}`)
        parked.push({ flow, message: `${flow}/${seq}`, data: hops[0]?.before, reason })
      }
      if (page.next === undefined) return parked
      after = `&after=${encodeURIComponent(page.next)}`
    }
  }

  #control<T>(path: string): Promise<T> {
    return ask(`${this.url('control')}/api/v1/${path}`, undefined, this.token)
  }

  #launch(name: ProgramName): Promise<Running> | Running {
    if (name === 'isthmus') return this.#launchIsthmus()
    const { rate, seed } = this.options
    const hooks = `${this.url('isthmus')}/hooks/mes`
    const more = {
      erp: {},
      crm: {},
      hrm: { ldap: this.#ports.ldap, files: this.#file('hrm-files') },
      partners: { orders: this.#file('orders') },
      mes: {
        ...{ rate, seed, webhook: `${hooks}/consumptions`, finished: `${hooks}/finished` },
        ...{ topics: this.name, readings: this.#has('mqtt') ? 2 : 0 },
      },
    }
    const args = { port: this.#ports[name], data: join(this.options.data, `${name}.db`), ...more[name] }
    const env = { ...this.#credentials, ...this.options.companions?.env }
    return startSimulated(name, args, { env, log: this.#log(name) })
  }

  #launchIsthmus(): Running {
    const { data, store, workers, transport, companions } = this.options
    return start({
      file: fileURLToPath(new URL('../../bin/isthmus.mjs', import.meta.url)),
      args: [
        ...['start', fileURLToPath(new URL('.', import.meta.url))],
        ...(workers === undefined ? [] : [`--workers=${workers}`]),
      ],
      // Lets it end with us, however we end.
      imports: [new URL('../../scripts/preload.mjs', import.meta.url).href],
      log: this.#log('isthmus'),
      env: {
        PORT: String(this.#ports.isthmus),
        ISTHMUS_DATA: join(data, 'isthmus'),
        ...(store !== undefined && { ISTHMUS_STORE: store }),
        ...(transport && {
          ISTHMUS_TRANSPORT: `kafka://${companions?.env.KAFKA_BROKERS}?topic=${transportTopic(this.name)}`,
        }),
        ISTHMUS_CONTROL_PORT: String(this.#ports.control),
        ISTHMUS_TOKEN: this.token,
        MES_URL: this.url('mes'),
        ERP_URL: `${this.url('erp')}/soap`,
        ERP_DATABASE: join(data, 'erp.db'),
        FINANCE_URL: this.url('erp'),
        CRM_URL: `${this.url('crm')}/graphql`,
        HRM_URL: this.url('ldap'),
        HRM_FILES: this.#file('hrm-files'),
        ORDERS: this.#file('orders'),
        SUPPLIER_URL: this.url('partners'),
        QUALITY: this.#file('quality.db'),
        NORTH_URL: this.warehouses.north,
        SOUTH_URL: this.warehouses.south,
        WAREHOUSE: this.#file('warehouse.duckdb'),
        ISTHMUS_CLUSTER: this.name,
        FACTORY_WITH: companions?.names.join(',') ?? '',
        FACTORY_NAME: this.name,
        FACTORY_NIGHT: this.options.night ?? '',
        ...companions?.env,
        ...this.#credentials,
      },
    })
  }

  async #ready(): Promise<void> {
    const ready = () =>
      fetch(`${this.url('isthmus')}/readyz`).then(
        answer => answer.ok,
        () => false,
      )
    while (this.#running.has('isthmus') && !(await Promise.race([ready(), this.lost]))) await delay(100)
  }

  get #store() {
    return { data: this.#file('isthmus'), storeUrl: this.options.store }
  }

  #has(companion: string): boolean {
    return this.options.companions?.names.includes(companion) === true
  }

  #file(name: string): string {
    return join(this.options.data, name)
  }

  #log(name: ProgramName): string {
    return join(this.options.data, `${name}.log`)
  }

  #failure(name: ProgramName, code: number | null): Error {
    const end = readFileSync(this.#log(name), 'utf8').trim().split('\n').slice(-5).join('\n')
    return new Error(`${name} ended by itself with exit code ${code}:\n${end}`)
  }
}
