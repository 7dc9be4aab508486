import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../errors.ts'
import {
  flow,
  idempotent,
  model,
  type RequesterChannel,
  read,
  type SinkChannel,
  type SourceChannel,
  Type,
} from '../index.ts'
import type { Json } from '../message/json-value.ts'
import type { Entry, Unfinished } from '../store/store.ts'
import { prepareEdit } from './edit.ts'
import { planFlow } from './plan.ts'
import { dataContentType } from './run-message.ts'

interface Line {
  readonly sku: string
  readonly qty: number
}
const Line = model('Line', { version: 1, schema: Type.Object({ sku: Type.String(), qty: Type.Number() }) })
const Order = model('Order', {
  version: 1,
  schema: Type.Object({ no: Type.String(), lines: Type.Array(Line.jsonSchema as never) }),
})
const base = { system: 'erp', options: {} }
const orders = { ...base, role: 'source', name: 'orders', model: Order } as SourceChannel<{
  no: string
  lines: Line[]
}>
const cost = {
  ...base,
  role: 'requester',
  name: 'cost',
  model: model('Sku', { version: 1, schema: Type.Object({ sku: Type.String() }) }),
  answer: model('Cost', { version: 1, schema: Type.Object({ price: Type.Number() }) }),
  effect: read,
} as RequesterChannel<{ sku: string }, { price: number }, typeof read>
const sink = (name: string) =>
  ({ ...base, role: 'sink', name, model: Line, effect: idempotent }) as SinkChannel<Line, typeof idempotent>

const plan = planFlow(
  flow('orders')
    .from(orders)
    .tap(sink('seen'), order => order.lines[0] as Line)
    .split('lines', order => order.lines)
    .enrich('cost', cost, ({ sku }) => ({ sku }))
    .to(sink('stock')),
)
const first = { sku: 'A', qty: 1 }
const original = { no: '1', lines: [first, { sku: 'B', qty: 2 }] }
const entry = {
  head: { contentType: dataContentType },
  body: Buffer.from(JSON.stringify(original)),
} as unknown as Entry
/** The first line was delivered; the second was asked for its cost and refused. */
const row = {
  seq: 7,
  key: '1',
  results: {
    'erp.seen': null,
    'lines[0].cost': { price: 1 },
    'lines[0].erp.stock': null,
    'lines[1].cost': { price: 2 },
  },
} as unknown as Unfinished

const edit = (lines: readonly Json[], of = row) =>
  prepareEdit(plan, entry, of, { no: '1', lines: [...lines] })

test('what was delivered stays so; what was refused is tried as a new effect, on answers to the new data', async () => {
  const { results, renewed } = await edit([first, { sku: 'C', qty: 2 }])
  assert.deepEqual(Object.keys(results ?? {}), ['erp.seen', 'lines[0].cost', 'lines[0].erp.stock'])
  assert.deepEqual(renewed, { 'lines[1].cost': 1, 'lines[1].erp.stock': 1 })
})

test('answers that still fit the question are kept, and each change gives another effect key', async () => {
  const once = await edit([first, { sku: 'B', qty: 3 }])
  assert.deepEqual(once.results, row.results)
  assert.deepEqual(once.renewed, { 'lines[1].erp.stock': 1 })
  const edited = { ...row, edited: { data: once.data, renewed: once.renewed, by: 'ann', at: 1 } }
  const again = await edit([first, { sku: 'B', qty: 4 }, { sku: 'D', qty: 1 }], edited)
  assert.deepEqual(again.renewed, { 'lines[1].erp.stock': 2 })
  const unchanged = await edit([first, { sku: 'B', qty: 3 }], edited)
  assert.deepEqual(unchanged.renewed, once.renewed)
})

test('an edit that would change what was delivered, or leave it out, is refused', async () => {
  for (const lines of [
    [
      { sku: 'A', qty: 9 },
      { sku: 'B', qty: 2 },
    ],
    [{ sku: 'B', qty: 2 }],
    [],
  ])
    await assert.rejects(edit(lines), (error: unknown) => {
      assert.ok(error instanceof IsthmusError && error.code === 'CONTROL-REFUSED')
      assert.match(error.message, /lines\[0\]\.erp\.stock has been done/)
      return true
    })
})

test('a copy for inspection may differ: it is made again', async () => {
  const untouched = { ...row, results: { 'erp.seen': null } }
  const { results, renewed } = await edit([{ sku: 'X', qty: 1 }], untouched)
  assert.equal(results, undefined)
  assert.deepEqual(renewed, { 'erp.seen': 1, 'lines[0].cost': 1 })
})

test('data that could not be read had no effects', async () => {
  const garbage = { ...entry, body: Buffer.from('{') }
  const { renewed } = await prepareEdit(
    plan,
    garbage,
    { ...row, results: undefined },
    { no: '1', lines: [first] },
  )
  assert.equal(renewed, undefined)
})
