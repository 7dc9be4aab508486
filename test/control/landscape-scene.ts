import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  type Answer,
  type Connection,
  type Connector,
  flow,
  type Intake,
  type IsthmusError,
  irreversible,
  landscape,
  model,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
  topic,
} from '../../src/index.ts'
import { decimal, trim, upperCase } from '../../src/model/clean/index.ts'
import { type Instance, startInstance } from '../../src/server/instance.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Store } from '../../src/store/store.ts'

const Order = model('Order', {
  version: 1,
  key: 'no',
  pii: ['buyer'],
  schema: Type.Object({
    no: Type.String(),
    buyer: Type.String(),
    material: Type.String({ maxLength: 40 }),
    amount: Type.String(),
    note: Type.Optional(Type.String()),
  }),
})
const Sale = model('Sale', {
  version: 1,
  key: 'saleNo',
  schema: Type.Object({
    saleNo: Type.String(),
    customer: Type.String(),
    item: Type.String(),
    total: Type.String(),
  }),
})
const Receivable = model('Receivable', {
  version: 2,
  schema: Type.Object({ reference: Type.String(), sum: Type.String() }),
})

export interface Order {
  readonly no: string
  readonly buyer: string
  readonly material: string
  readonly amount: string
  readonly note?: string
}

export interface LandscapeScene {
  readonly instance: Instance
  readonly store: Store
  readonly booked: readonly unknown[]
  /** What the finance system answers from now on; undefined: that it is done. */
  answer: IsthmusError | undefined
  accept(orders: readonly Order[]): Promise<void>
  get<T = Record<string, unknown>>(path: string): Promise<T>
  ask(path: string, body?: unknown): Promise<Response>
}

/** Orders of a shop are cleaned, become sales, and go by a topic to finance, where receivables are made of them. */
export async function landscapeScene(t: TestContext, given: Store = memoryStore()): Promise<LandscapeScene> {
  const data = mkdtempSync(join(tmpdir(), 'isthmus-landscape-'))
  const intake = Promise.withResolvers<Intake>()
  const booked: unknown[] = []
  const scene = { answer: undefined as IsthmusError | undefined }
  const write = (item: unknown): Answer => {
    if (scene.answer) return { ok: false, error: scene.answer }
    booked.push(item)
    return { ok: true }
  }
  const connection: Connection = {
    source: () => ({
      run: (begun, signal) =>
        new Promise(resolve => {
          intake.resolve(begun)
          signal.addEventListener('abort', () => resolve())
        }),
    }),
    sink: () => ({ batch: 10, write: async items => items.map(({ data }) => write(data)) }),
    check: async () => {},
    close: async () => {},
  }
  const connector: Connector = {
    name: 'played',
    summary: { url: 'http://played' },
    channels: () => ({}),
    connect: async () => connection,
  }
  const source: SourceChannel<Order> = {
    role: 'source',
    system: 'shop',
    name: 'orders',
    model: Order,
    options: {},
  }
  const sink: SinkChannel<{ reference: string; sum: string }, typeof irreversible> = {
    role: 'sink',
    system: 'finance',
    name: 'receivables',
    model: Receivable,
    options: {},
    effect: irreversible,
  }
  const sales = topic('sale-placed', Sale)
  const toSales = flow('orders-to-sales')
    .from(source)
    .clean({ material: [trim, upperCase], amount: decimal({ scale: 2 }) })
    .map(Sale, {
      saleNo: order => order.no,
      customer: order => order.buyer,
      item: order => order.material,
      total: order => order.amount,
    })
    .to(sales)
  const toFinance = flow('sales-to-finance')
    .from(sales)
    .to(sink, { reference: sale => sale.saleNo, sum: sale => sale.total })
  const instance = await startInstance({
    landscape: landscape({
      name: 'scene',
      systems: [
        system('shop', { kind: 'crm', connector }),
        system('finance', { kind: 'finance', connector, quota: '100/s' }),
      ],
      flows: [toSales, toFinance],
    }),
    data,
    port: 0,
    control: { port: 0 },
    store: given,
    environment: {},
    log: () => {},
  })
  t.after(async () => {
    await instance.stop(1_000)
    rmSync(data, { recursive: true, force: true })
  })
  const { url, token } = instance.control
  const ask = (path: string, body?: unknown) =>
    fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  return Object.assign(scene, {
    instance,
    control: { port: 0 },
    store: given,
    booked,
    ask,
    async accept(orders: readonly Order[]) {
      await (await intake.promise).accept(orders.map(order => ({ id: order.no, data: order })))
    },
    async get<T>(path: string): Promise<T> {
      const response = await ask(path)
      const answer = await response.json()
      if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`)
      return answer as T
    },
  })
}

export function order(no: string, over: Partial<Order> = {}): Order {
  return { no, buyer: 'Wang Xiaoming', material: ' bolt-m8 ', amount: '1,234.5', ...over }
}
