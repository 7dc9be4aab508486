import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Type } from 'typebox'
import { duckdb } from '../../src/connectors/duckdb/index.ts'
import { sql, sqlText } from '../../src/connectors/sql/index.ts'
import { type Engine, startEngine } from '../../src/engine/engine.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import { realHost } from '../../src/engine/host.ts'
import type { RunState } from '../../src/engine/pipelines/run-state.ts'
import { landscape } from '../../src/flow/landscape.ts'
import { type Extraction, extract } from '../../src/flow/pipeline/extraction.ts'
import type { Pipeline } from '../../src/flow/pipeline/pipeline.ts'
import { decimal } from '../../src/model/clean/number.ts'
import { model } from '../../src/model/model.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'

const amount = Type.String({ pattern: '^-?\\d+\\.\\d{2}$' })

export const OrderRow = Type.Object({
  no: Type.Integer(),
  customer: Type.String(),
  amount: Type.String(),
  day: Type.String(),
  changed: Type.String(),
})

export const Order = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    no: Type.Integer(),
    customer: Type.String({ minLength: 1 }),
    amount,
    day: Type.String({ format: 'date' }),
  }),
})

export const Turnover = model('Turnover', {
  version: 1,
  key: 'customer',
  schema: Type.Object({ customer: Type.String(), orders: Type.Integer(), amount }),
})

const OrderPage = model('OrderPage', {
  version: 1,
  schema: Type.Object({ behind: Type.Integer(), since: Type.String() }),
})
const OrderRows = model('OrderRows', { version: 1, schema: Type.Array(OrderRow) })

const folder = mkdtempSync(join(tmpdir(), 'isthmus-pipelines-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** The shop's own database, a real one, of which each test has its own. */
export interface Shop {
  readonly folder: string
  readonly database: DatabaseSync
  add(no: number, customer: string, amount: string, day?: string): void
}

let shops = 0

export function openShop(): Shop {
  const path = join(folder, `shop-${++shops}`)
  const database = new DatabaseSync(`${path}.db`)
  database.exec(
    'create table orders (no integer primary key, customer text, amount text, day text, changed text)',
  )
  const insert = database.prepare('insert or replace into orders values (?, ?, ?, ?, ?)')
  let clock = 0
  return {
    folder: path,
    database,
    add(no, customer, amount, day = '2026-05-01') {
      clock += 1
      insert.run(no, customer, amount, day, String(clock).padStart(8, '0'))
    },
  }
}

export const shopSystem = (shop: Shop) =>
  system('shop', { kind: 'erp', connector: sql({ url: `${shop.folder}.db` }) })

export const warehouseOf = (shop: Shop) =>
  system('dw', { kind: 'warehouse', connector: duckdb({ file: `${shop.folder}.duckdb` }) })

const pageSize = 3

/** Orders of the shop by pages of three, and only what changed, where that is known. */
export function shopOrders(shop: ReturnType<typeof shopSystem>): Extraction<
  typeof Order extends { validate(d: unknown): infer _ }
    ? {
        no: number
        customer: string
        amount: string
        day: string
      }
    : never
> {
  const orders = shop.query('orders', {
    request: OrderPage,
    response: OrderRows,
    sql: ({ behind, since }) =>
      sqlText`select no, customer, amount, day, changed from orders where no > ${behind} and changed > ${since} order by no limit ${pageSize}`,
  })
  return extract(orders, {
    request: ({ since = '' }) => ({ behind: 0, since }),
    rows: rows => rows,
    next: (rows, { since }) => {
      const last = rows.at(-1)
      return rows.length < pageSize || !last ? undefined : { behind: last.no, since }
    },
    mark: row => row.changed,
  })
    .clean({ amount: decimal({ scale: 2 }) })
    .map(Order, {
      no: row => row.no,
      customer: row => row.customer,
      amount: row => row.amount,
      day: row => row.day,
    })
}

export interface Plant {
  readonly engine: Engine
  readonly events: EngineEvent[]
  /** Resolves with the run once it is over. */
  over(pipeline: string, key: string): Promise<RunState>
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  stop(): Promise<void>
}

/** The engine over a store of its own, with the shop and its warehouse. */
export async function startPlant(
  shop: Shop,
  systems: readonly ReturnType<typeof shopSystem>[] | readonly unknown[],
  pipelines: readonly Pipeline[],
): Promise<Plant> {
  const store = sqliteStore({ path: `${shop.folder}.store` })
  const events: EngineEvent[] = []
  const dw = systems.find(each => (each as { name: string }).name === 'dw') as ReturnType<typeof warehouseOf>
  const engine = await startEngine({
    landscape: landscape({ name: 'shop', systems: systems as never, flows: [], pipelines }),
    store,
    claim: await store.claim('test'),
    host: realHost(),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: error => events.push({ type: 'fatal', code: 'TEST', reason: String(error) }),
    watch: event => void events.push(event),
  })
  const reading = await dw.connector.connect(connectContext({ system: 'dw' }))
  return {
    engine,
    events,
    async over(pipeline, key) {
      for (;;) {
        const state = await engine.pipelines.state(pipeline, key)
        if (state && state.status !== 'running') return state
        await new Promise(resolve => setTimeout(resolve, 10))
      }
    },
    async rows(text) {
      const warehouse = reading.warehouse?.()
      if (!warehouse) throw new Error('no warehouse')
      return (await Array.fromAsync(warehouse.query(text, new AbortController().signal))).flat()
    },
    async stop() {
      await reading.close()
      await engine.stop()
    },
  }
}
