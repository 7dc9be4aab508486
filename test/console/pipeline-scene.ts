import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { duckdb } from '../../src/connectors/duckdb/index.ts'
import { sql, sqlText } from '../../src/connectors/sql/index.ts'
import {
  extract,
  fresh,
  landscape,
  model,
  noRows,
  pipeline,
  sqlModel,
  system,
  Type,
  table,
  unique,
} from '../../src/index.ts'
import { decimal } from '../../src/model/clean/index.ts'
import { type Instance, type InstanceOptions, startInstance } from '../../src/server/instance.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { until } from '../control/control-scene.ts'

const amount = Type.String({ pattern: '^-?\\d+\\.\\d{2}$' })
const Order = model('Order', {
  version: 1,
  key: 'no',
  pii: ['buyer'],
  schema: Type.Object({
    no: Type.Integer(),
    buyer: Type.String(),
    amount,
    day: Type.String({ format: 'date' }),
  }),
})
const Turnover = model('Turnover', {
  version: 1,
  schema: Type.Object({ day: Type.String({ format: 'date' }), orders: Type.Integer(), amount }),
})
const OrderRow = Type.Object({
  no: Type.Integer(),
  buyer: Type.String(),
  amount: Type.String(),
  day: Type.String(),
})

export interface PipelineScene {
  readonly instance: Instance
  readonly url: string
  readonly token: string
  /** An order of the shop, new or changed. */
  add(no: number, amount: string, buyer?: string): void
  /** Asks the control API, with the local token unless told otherwise. */
  ask(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
  get<T>(path: string, body?: unknown): Promise<T>
  /** Runs the pipeline for the night that began so many days ago; resolves with its key when it is over. */
  night(daysAgo: number): Promise<string>
  over(key: string): Promise<string>
  stop(): Promise<void>
}

const dayMs = 86_400_000
/** The time that ends the period of the night so many days ago. */
const nightAgo = (days: number) => Math.floor(Date.now() / dayMs) * dayMs - days * dayMs

/** A shop whose orders go into a warehouse each night: by orders of a person only, so that nothing runs by itself. */
export async function pipelineScene(options: Partial<InstanceOptions> = {}): Promise<PipelineScene> {
  const data = mkdtempSync(join(tmpdir(), 'isthmus-pipelines-'))
  const database = new DatabaseSync(join(data, 'shop.db'))
  database.exec('create table orders (no integer primary key, buyer text, amount text, day text)')
  const insert = database.prepare('insert or replace into orders values (?, ?, ?, ?)')
  const instance = await startInstance({
    landscape: shopAndWarehouse(data),
    data: join(data, 'instance'),
    port: 0,
    control: { port: 0 },
    store: memoryStore(),
    log: () => {},
    environment: {},
    ...options,
  })
  const { url, token } = instance.control
  const ask: PipelineScene['ask'] = (path, body, headers = { authorization: `Bearer ${token}` }) =>
    fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const get = async <T>(path: string, body?: unknown) => {
    const response = await ask(path, body)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const over = async (key: string) => {
    let status = 'running'
    await until(async () => {
      const { run } = await get<{ run: { status: string } }>(
        `/api/v1/pipelines/night/runs/${encodeURIComponent(key)}`,
      )
      status = run.status
      return status !== 'running'
    })
    return status
  }
  return {
    ...{ instance, url, token, ask, get, over },
    add: (no, sum, buyer = 'Li Na') => void insert.run(no, buyer, sum, '2026-05-01'),
    async night(daysAgo) {
      const order = { by: 'ann', why: 'test', until: nightAgo(daysAgo) }
      const { key } = await get<{ key: string }>('/api/v1/pipelines/night/run', order)
      await over(key)
      return key
    },
    async stop() {
      await instance.stop(1_000)
      database.close()
      rmSync(data, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function shopAndWarehouse(data: string) {
  const shop = system('shop', { kind: 'erp', connector: sql({ url: join(data, 'shop.db') }) })
  const dw = system('dw', { kind: 'warehouse', connector: duckdb({ file: join(data, 'dw.duckdb') }) })
  const all = shop.query('all-orders', {
    request: model('OrderQuestion', { version: 1, schema: Type.Object({}) }),
    response: model('OrderRows', { version: 1, schema: Type.Array(OrderRow) }),
    sql: () => sqlText`select no, buyer, amount, day from orders order by no`,
  })
  const orders = table(dw, 'orders', Order, {
    from: extract(all, { request: () => ({}), rows: rows => rows })
      .clean({ amount: decimal({ scale: 2 }) })
      .map(Order, {
        no: row => row.no,
        buyer: row => row.buyer,
        amount: row => row.amount,
        day: row => row.day,
      }),
    checks: [unique(['no']), fresh('day', '9000d', { severity: 'warn' })],
  })
  const turnover = table(dw, 'turnover', Turnover, {
    from: sqlModel`select day, count(*) as orders, sum(amount) as amount from ${orders} group by day`,
    checks: [noRows('no order of more than 1000', sqlModel`select * from ${orders} where amount > 1000`)],
  })
  const night = pipeline('night', {
    tables: [orders, turnover],
    schedule: { cron: '0 0 * * *', zone: 'UTC', missed: 'none' },
  })
  const byHand = pipeline('by-hand', {
    tables: [
      table(dw, 'copy', Order, {
        from: extract(all, { request: () => ({}), rows: rows => rows }).clean({
          amount: decimal({ scale: 2 }),
        }),
      }),
    ],
  })
  return landscape({ name: 'shop', systems: [shop, dw], flows: [], pipelines: [night, byHand] })
}
