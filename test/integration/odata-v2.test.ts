import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Type } from 'typebox'
import { filter } from '../../src/connectors/odata/index.ts'
import type { Delivery } from '../../src/message/message.ts'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import type { Receipt } from '../../src/system/roles.ts'
import { errorOf, outgoing } from './http-harness.ts'
import { ask, connected, sourceOf, write } from './odata-harness.ts'
import { type OdataServer, startV2, v2Metadata } from './odata-servers.ts'

const Text = Type.String()
const Nullable = Type.Optional(Type.Union([Text, Type.Null()]))
const Order = model('Order', {
  version: 1,
  schema: Type.Object({
    OrderNo: Text,
    Amount: Nullable,
    Seq: Nullable,
    Day: Nullable,
    ChangedAt: Nullable,
    Clock: Nullable,
    Weight: Type.Optional(Type.Number()),
    Done: Type.Optional(Type.Boolean()),
    to_Items: Type.Optional(Type.Array(Type.Object({ ItemNo: Type.Integer(), Quantity: Text }))),
  }),
})
const No = model('No', { version: 1, schema: Type.Object({ OrderNo: Text }) })
const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Text }) })

let server: OdataServer
before(async () => {
  server = await startV2()
})
after(() => server.close())

const sample = {
  OrderNo: 'A1',
  Amount: '1234567890123.40',
  Seq: '9007199254740993',
  Day: '2026-05-04T00:00:00',
  ChangedAt: '2026-05-04T12:00:00.5Z',
  Clock: '08:30:00',
  Weight: 1.25,
  Done: true,
  to_Items: [{ ItemNo: 1, Quantity: '1.500' }],
}

test('a deep insert is sent as V2 wants it, and read again as it was', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V2' })
  const create = owner.create('order', {
    set: 'Orders',
    request: Order,
    response: Order,
    effect: irreversible,
  })
  const [made] = await ask(connection, create, outgoing(sample))
  assert.deepEqual(made, { ok: true, result: sample })
  const { d } = (await server.send('GET', "Orders('A1')")) as { d: Record<string, unknown> }
  assert.deepEqual(
    [d.Day, d.ChangedAt, d.Clock, d.Seq],
    ['/Date(1777852800000)/', '/Date(1777896000500+0000)/', 'PT08H30M00S', '9007199254740993'],
  )
  const get = owner.get('get', { set: 'Orders', request: No, response: Order, expand: ['to_Items'] })
  const [answer] = await ask(connection, get, outgoing({ OrderNo: 'A1' }))
  assert.deepEqual(answer, { ok: true, result: sample })
  const [lost] = await ask(connection, get, outgoing({ OrderNo: 'none' }))
  assert.equal(errorOf(lost).code, 'TARGET-REFUSED')
})

test('records are changed by MERGE, and made where they are not there', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V2', metadata: v2Metadata })
  const upsert = owner.upsert('rows', Row, { set: 'Rows', effect: idempotent })
  for (const text of ['one', 'two'])
    assert.deepEqual(await write(connection, upsert, outgoing({ n: 901, text })), [{ ok: true }])
  const { d } = (await server.send('GET', 'Rows(901)')) as { d: { text: string } }
  assert.equal(d.text, 'two')
})

test('a batch answers each record for itself, with the inner errors of SAP', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V2' })
  const create = owner.create('rows', Row, { set: 'Rows', effect: irreversible, batch: 10 })
  const answers = await write(
    connection,
    create,
    outgoing({ n: 911, text: '中' }, 1),
    outgoing({ n: 912, text: 'refuse me' }, 2),
    outgoing({ n: 913, text: 'three' }, 3),
  )
  assert.deepEqual(
    answers.map(({ ok }) => ok),
    [true, false, true],
  )
  assert.match(errorOf(answers[1]).message, /400: this text is refused; text: choose another/)
})

test('function imports are called by GET and by POST', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V2' })
  const Asked = model('Asked', { version: 1, schema: Type.Object({ OrderNo: Text, Least: Text }) })
  const Total = model('Total', { version: 1, schema: Type.Object({ Amount: Text, Currency: Text }) })
  const total = owner.call('total', {
    operation: 'OrderTotal',
    request: Asked,
    response: Total,
    effect: read,
  })
  assert.deepEqual(await ask(connection, total, outgoing({ OrderNo: 'A1', Least: '1.50' })), [
    { ok: true, result: { Amount: '12.50', Currency: 'EUR' } },
  ])
  const common = { operation: 'ReleaseOrder', request: No, effect: irreversible } as const
  const release = owner.call('release', {
    ...common,
    response: model('Released', { version: 1, schema: Type.Object({ Amount: Text }) }),
  })
  assert.deepEqual(await ask(connection, release, outgoing({ OrderNo: 'A1' })), [
    { ok: true, result: { Amount: '99.10' } },
  ])
})

test('a source reads a set page by page, behind the last key', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V2' })
  for (let n = 801; n <= 807; n++) await server.send('POST', 'Rows', { n, text: `row ${n}` })
  const rows = owner.entities('rows', Row, {
    set: 'Rows',
    filter: filter`n gt ${800} and n lt ${808}`,
    pageSize: 3,
    every: '1h',
  })
  const taken: unknown[] = []
  const stop = new AbortController()
  const accept = async (deliveries: readonly Delivery[]): Promise<Receipt[]> => {
    for (const { data } of deliveries) taken.push((data as { n: number }).n)
    if (taken.length >= 7) stop.abort()
    return deliveries.map(({ id = '' }) => ({ status: 'accepted', id }))
  }
  await sourceOf(connection, rows).run({ accept, position: async () => undefined }, stop.signal)
  assert.deepEqual(taken, [801, 802, 803, 804, 805, 806, 807])
})
