import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { extract } from '../../flow/pipeline/extraction.ts'
import { pipeline } from '../../flow/pipeline/pipeline.ts'
import { sqlModel } from '../../flow/pipeline/sql-model.ts'
import { table } from '../../flow/pipeline/table.ts'
import { flow, landscape, model, read, system, Type } from '../../index.ts'
import type { RequesterChannel, SinkChannel, SourceChannel } from '../../system/channel.ts'
import { idempotent } from '../../system/effect.ts'
import type { FieldGraph, FieldRef, Way } from './field-graph.ts'
import { fieldGraph } from './landscape-graph.ts'
import { SourceFiles } from './source-text.ts'
import { SqlReader } from './sql/reader.ts'

const text = Type.String()
const Line = Type.Object({ sku: text, qty: Type.Integer() })
const Order = model('Order', {
  version: 1,
  key: 'no',
  pii: ['buyer.name'],
  schema: Type.Object({
    no: text,
    buyer: Type.Object({ name: text, city: text }),
    lines: Type.Array(Line),
    rush: Type.Boolean(),
  }),
})
const Sale = model('Sale', {
  version: 1,
  key: 'id',
  schema: Type.Object({
    id: text,
    customer: text,
    city: text,
    items: Type.Array(Type.Object({ article: text, count: Type.Integer() })),
    channel: text,
    price: text,
  }),
})
const Ask = model('Ask', { version: 1, schema: Type.Object({ article: text, day: text }) })
const Price = model('Price', { version: 1, schema: Type.Object({ amount: text }) })
const Picked = model('Picked', { version: 1, schema: Type.Object({ code: text, pieces: Type.Integer() }) })
const Customers = model('Customers', {
  version: 1,
  schema: Type.Object({ found: Type.Array(Type.Object({ id: text, fullName: text, area: text })) }),
  pii: ['found.fullName'],
})
const All = model('All', { version: 1, schema: Type.Object({ since: Type.Optional(text) }) })
const Customer = model('Customer', {
  version: 1,
  key: 'id',
  schema: Type.Object({ id: text, name: text, region: text }),
})
const Total = model('Total', {
  version: 1,
  key: 'region',
  schema: Type.Object({ region: text, orders: Type.Integer(), someone: text }),
})

const at = { system: 'shop', options: {} } as const
const orders = { ...at, role: 'source', name: 'orders', model: Order } as unknown as SourceChannel<{
  no: string
  buyer: { name: string; city: string }
  lines: { sku: string; qty: number }[]
  rush: boolean
}>
const sales = {
  ...at,
  system: 'erp',
  role: 'sink',
  name: 'sales',
  model: Sale,
  effect: idempotent,
} as unknown as SinkChannel<never, typeof idempotent>
const picks = {
  ...at,
  system: 'wms',
  role: 'sink',
  name: 'picks',
  model: Picked,
  effect: idempotent,
} as unknown as SinkChannel<{ code: string; pieces: number }, typeof idempotent>
const price = {
  ...at,
  system: 'erp',
  role: 'requester',
  name: 'price',
  model: Ask,
  answer: Price,
  effect: read,
} as unknown as RequesterChannel<{ article: string; day: string }, { amount: string }, typeof read>
const people = {
  ...at,
  system: 'crm',
  role: 'requester',
  name: 'people',
  model: All,
  answer: Customers,
  effect: read,
} as unknown as RequesterChannel<
  { since?: string },
  { found: { id: string; fullName: string; area: string }[] },
  typeof read
>

const selling = flow('selling')
  .from(orders)
  .filter('rush orders go another way', order => !order.rush)
  .enrich('price', price, order => ({ article: order.lines[0]?.sku ?? '', day: 'today' }))
  .map(Sale, {
    id: order => order.no,
    customer: order => order.buyer.name.toUpperCase(),
    city: order => order.buyer.city,
    items: order => order.lines.map(line => ({ article: line.sku, count: line.qty * 2 })),
    channel: () => 'web',
    price: order => order.price.amount,
  })
  .to(sales as never)
const picking = flow('picking')
  .from(orders)
  .split('lines', order => order.lines)
  .to(picks, line => ({ code: line.sku, pieces: line.qty + 1 }))

const dwh = system('dwh', { kind: 'warehouse' as never, connector: connectorOf() })
const customers = table(dwh, 'customers', Customer, {
  from: extract(
    people as never,
    { request: () => ({}), rows: (answer: never) => (answer as { found: never[] }).found } as never,
  ).map(
    Customer as never,
    {
      id: (row: { id: string }) => row.id,
      name: (row: { fullName: string }) => row.fullName.trim(),
      region: (row: { area: string }) => row.area,
    } as never,
  ) as never,
})
const totals = table(dwh, 'totals', Total, {
  from: sqlModel`select c.region, count(*) as orders, max(c.name) as someone from ${customers} c
    where c.id <> '0' group by c.region`,
  checks: [{ kind: 'present', name: 'has a region', severity: 'stop', columns: ['region'] }],
})
const nightly = pipeline('nightly', { tables: [customers, totals] as never })

function connectorOf() {
  return {
    name: 'none',
    summary: {},
    channels: () => ({}),
    connect: async () => ({ check: async () => {}, close: async () => {} }),
  }
}

let graph: FieldGraph
before(async () => {
  const whole = landscape({ systems: [], flows: [selling, picking] })
  graph = await fieldGraph({ ...whole, pipelines: [nightly] }, new SourceFiles(), new SqlReader())
})

const named = ({ place, field }: FieldRef) => `${place}.${field}`
const reached = (place: string, field: string, way: Way) =>
  graph.reach([{ place, field }], way).fields.map(named).sort()

test('a field is followed to the field of the system, through a mapping', () => {
  assert.deepEqual(reached('erp.sales', 'id', 'up'), ['selling/map-Sale.id', 'shop.orders.no'])
  assert.deepEqual(reached('erp.sales', 'channel', 'up'), ['selling/map-Sale.channel'])
  assert.deepEqual(reached('erp.sales', 'price', 'up'), ['erp.price:answer.amount', 'selling/map-Sale.price'])
})

test('inside of lists each field is made of its own', () => {
  assert.deepEqual(reached('erp.sales', 'items[].article', 'up'), [
    'selling/map-Sale.items[].article',
    'shop.orders.lines[].sku',
  ])
  assert.deepEqual(reached('erp.sales', 'items', 'up'), [
    'selling/map-Sale.items[].article',
    'selling/map-Sale.items[].count',
    'shop.orders.lines[].qty',
    'shop.orders.lines[].sku',
  ])
  assert.deepEqual(reached('wms.picks', 'pieces', 'up'), ['shop.orders.lines[].qty'])
  assert.deepEqual(reached('wms.picks', 'code', 'up'), ['shop.orders.lines[].sku'])
})

test('what is made of a field is found in every flow, and in requests', () => {
  assert.deepEqual(reached('shop.orders', 'lines[].sku', 'down'), [
    'erp.price.article',
    'erp.sales.items[].article',
    'selling/map-Sale.items[].article',
    'wms.picks.code',
  ])
  assert.ok(graph.uses.some(({ field, what }) => named(field) === 'shop.orders.rush' && /filter/.test(what)))
})

test('what is handed on as it is differs from what is computed', () => {
  const uses = (field: string) =>
    graph.linksAt({ place: 'selling/map-Sale', field }, 'up').map(link => [link.from.field, ...link.uses])
  assert.deepEqual(uses('id'), [['no', 'identity']])
  assert.deepEqual(uses('customer'), [['buyer.name', 'transformation']])
  assert.deepEqual(uses('items[].article'), [['lines[].sku', 'identity']])
  assert.deepEqual(uses('items[].count'), [['lines[].qty', 'transformation']])
  const [link] = graph.linksAt({ place: 'selling/map-Sale', field: 'id' }, 'up')
  assert.match(`${link?.file}:${link?.line} ${link?.text}`, /field-graph\.test\.ts:\d+ order => order\.no$/)
})

test('columns of a warehouse are followed through queries to the field of the system', () => {
  const { fields, complete } = graph.reach([{ place: 'dwh.totals', field: 'someone' }], 'up')
  assert.ok(complete)
  assert.ok(fields.map(named).includes('crm.people:answer.found[].fullName'))
  const region = graph.linksAt({ place: 'dwh.totals', field: 'region' }, 'up')
  assert.deepEqual(region.map(({ from, uses }) => [named(from), ...uses]).sort(), [
    ['dwh.customers.id', 'filter'],
    ['dwh.customers.region', 'group', 'identity'],
  ])
  assert.deepEqual(reached('crm.people:answer', 'found[].area', 'down'), [
    'dwh.customers.region',
    'dwh.totals.orders',
    'dwh.totals.region',
    'dwh.totals.someone',
    'nightly/customers/map-Customer.region',
  ])
  assert.ok(
    graph.uses.some(({ field, what }) => named(field) === 'dwh.totals.region' && /has a region/.test(what)),
  )
})

test('a field that is made of a personal one is personal, one that only filters is not', () => {
  const isPersonal = (place: string, field: string) => graph.isPersonal({ place, field })
  assert.equal(isPersonal('erp.sales', 'customer'), true)
  assert.equal(isPersonal('erp.sales', 'city'), false)
  assert.equal(isPersonal('dwh.customers', 'name'), true)
  assert.equal(isPersonal('dwh.totals', 'someone'), true)
  assert.equal(isPersonal('dwh.totals', 'region'), false)
})

test('what is not known is said', async () => {
  const broken = flow('broken')
    .from(orders)
    .map(Picked, {
      code: () => {
        throw new Error('no')
      },
      pieces: order => order.lines.length,
    })
  const whole = landscape({ systems: [], flows: [broken] })
  const odd = table(dwh, 'odd', Total, { from: sqlModel`select region from nowhere where ::` })
  const parts = { ...whole, pipelines: [pipeline('odd', { tables: [odd] as never })] }
  const found = await fieldGraph(parts, new SourceFiles(), new SqlReader())
  assert.equal(found.reach([{ place: 'broken/map-Picked', field: 'code' }], 'up').complete, false)
  const lost = found.reach([{ place: 'dwh.odd', field: 'orders' }], 'up')
  assert.equal(lost.complete, false)
  assert.match(lost.gaps[0]?.reason ?? '', /cannot be read/)
})
