import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { Type } from 'typebox'
import { filter } from '../../src/connectors/odata/index.ts'
import type { Delivery } from '../../src/message/message.ts'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import type { Receipt, Source } from '../../src/system/roles.ts'
import { errorOf, outgoing } from './http-harness.ts'
import { ask, connected, requesterOf, sinkOf, sourceOf, write } from './odata-harness.ts'
import { type OdataServer, startCap } from './odata-servers.ts'

const Text = Type.String()
const Line = Type.Object({ pos: Type.Integer(), product: Type.Optional(Text), qty: Type.Optional(Text) })
const fields = {
  no: Text,
  customer: Type.Optional(Type.Union([Text, Type.Null()])),
  note: Type.Optional(Type.Union([Text, Type.Null()])),
  amount: Type.Optional(Type.Union([Text, Type.Null()])),
  seq: Type.Optional(Type.Union([Text, Type.Null()])),
  lines: Type.Optional(Type.Array(Line)),
}
const Order = model('Order', { version: 1, schema: Type.Object(fields) })
const Orders = model('Orders', { version: 1, schema: Type.Array(Type.Object(fields)) })
const No = model('No', { version: 1, schema: Type.Object({ no: Text }) })
const Price = model('Price', {
  version: 1,
  schema: Type.Object({ product: Text, price: Text, '@odata.etag': Type.Optional(Text) }),
})
/** This server undoes everything before it answers so, as for a key that is there. */
const sureOf500 = { 500: 'refused' } as const
const never = new AbortController().signal

let server: OdataServer
before(async () => {
  server = await startCap()
})
after(() => server.close())
beforeEach(() => server.send('POST', 'clear', {}))

const sample = {
  no: "A/1 'x'",
  customer: '中文',
  amount: '1234567890123.40',
  seq: '9007199254740993',
  lines: [{ pos: 1, product: 'bolt', qty: '1.500' }],
}

test('a deep insert is read again as it was sent, with every digit', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V4' })
  const create = owner.create('orders', Order, { set: 'Orders', effect: irreversible, probe: 'key' })
  assert.deepEqual(await write(connection, create, outgoing(sample)), [{ ok: true }])
  const get = owner.get('order', { set: 'Orders', request: No, response: Order, expand: ['lines'] })
  const [answer] = await ask(connection, get, outgoing({ no: sample.no }))
  assert.ok(answer?.ok, String(!answer?.ok && answer?.error))
  const { lines, ...order } = answer.result as typeof sample & { note: null }
  assert.deepEqual(
    { ...order, lines: lines.map(({ pos, product, qty }) => ({ pos, product, qty })) },
    {
      ...sample,
      note: null,
    },
  )
})

test('data that the $metadata does not allow is not sent, and the field is named', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V4' })
  const create = owner.create('orders', Order, { set: 'Orders', effect: irreversible })
  const bad: [Record<string, unknown>, RegExp][] = [
    [{ no: '1', colour: 'red' }, /colour is no field/],
    [{ no: '1', amount: '12,50' }, /amount is Edm.Decimal/],
    [{ no: '1', amount: '12.505' }, /amount has at most 2 digits/],
    [{ no: 1 }, /no is Edm.String/],
    [{ no: '1', lines: [{ pos: 1 }, { pos: 'x' }] }, /lines\[1\].pos is Edm.Int32/],
    [{ no: '1', lines: {} }, /lines is a list/],
  ]
  for (const [data, reason] of bad) {
    const [answer] = await write(connection, create, outgoing(data))
    assert.equal(errorOf(answer).code, 'MSG-ENCODE')
    assert.match(errorOf(answer).message, reason)
  }
  assert.deepEqual(((await server.send('GET', 'Orders')) as { value: unknown[] }).value, [])
})

test('a change needs the version that is there: read before, told by the data, or refused', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V4' })
  await server.send('POST', 'Prices', { product: 'bolt', price: '1.00' })
  const options = { set: 'Prices', effect: idempotent } as const
  const blind = owner.update('blind', Price, options)
  const careful = owner.update('careful', Price, { ...options, etag: 'read' })
  const told = owner.update('told', Price, { ...options, etag: data => data['@odata.etag'] ?? '' })
  const price = { product: 'bolt', price: '2.10' }
  assert.match(errorOf((await write(connection, blind, outgoing(price)))[0]).message, /declare "etag"/)
  assert.deepEqual(await write(connection, careful, outgoing(price)), [{ ok: true }])
  const [stale] = await write(connection, told, outgoing({ ...price, '@odata.etag': 'W/"9"' }))
  assert.equal(errorOf(stale).code, 'TARGET-CHANGED')
  assert.match(errorOf(stale).message, /412: the record was changed meanwhile/)
  const get = owner.get('price', { set: 'Prices', request: Price, response: Price })
  const [answer] = await ask(connection, get, outgoing(price))
  assert.ok(answer?.ok, String(!answer?.ok && answer?.error))
  assert.deepEqual(answer.result, { ...price, '@odata.etag': 'W/"1"' })
  const [done] = await write(connection, told, outgoing({ ...(answer.result as object), price: '3.00' }))
  assert.deepEqual(done, { ok: true })
  // Its answer was lost: the record holds what was sent, so that a repeat is good, and only a repeat.
  const lost = { ...outgoing({ ...price, price: '3.00', '@odata.etag': 'W/"0"' }), attempt: 2 }
  assert.deepEqual(await write(connection, told, lost), [{ ok: true }])
  const [other] = await write(connection, told, {
    ...lost,
    data: { ...(lost.data as object), price: '4.00' },
  })
  assert.match(errorOf(other).message, /changed meanwhile/)
})

test('what is not there is refused by update, made by upsert, and good for an idempotent delete', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V4' })
  const common = { set: 'Orders', effect: idempotent } as const
  const order = outgoing({ no: '1', amount: '5.00' })
  const [update] = await write(connection, owner.update('update', Order, common), order)
  assert.equal(errorOf(update).code, 'TARGET-REFUSED')
  const upsert = owner.upsert('upsert', Order, common)
  for (let time = 0; time < 2; time++)
    assert.deepEqual(await write(connection, upsert, order), [{ ok: true }])
  const remove = owner.delete('delete', No, common)
  for (let time = 0; time < 2; time++)
    assert.deepEqual(await write(connection, remove, outgoing({ no: '1' })), [{ ok: true }])
  const strict = owner.delete('strict', No, { set: 'Orders', effect: irreversible })
  assert.equal(errorOf((await write(connection, strict, outgoing({ no: '1' })))[0]).code, 'TARGET-REFUSED')
})

test('a requester of a change answers the record as the service has it', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V4' })
  const Entry = model('Entry', { version: 1, schema: Type.Object({ ID: Text, n: Type.Integer() }) })
  const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
  const create = owner.create('entry', {
    set: 'Entries',
    request: Row,
    response: Entry,
    effect: irreversible,
  })
  const [answer] = await ask(connection, create, outgoing({ n: 7 }))
  assert.ok(answer?.ok, String(!answer?.ok && answer?.error))
  assert.match((answer.result as { ID: string }).ID, /^[0-9a-f-]{36}$/)
})

for (const batchFormat of ['multipart', 'json'] as const)
  test(`a batch answers each record for itself (${batchFormat})`, async t => {
    const { owner, connection } = await connected(t, { url: server.url, version: 'V4', batchFormat })
    const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Text }) })
    const create = owner.create('rows', Row, {
      set: 'Rows',
      effect: irreversible,
      batch: 10,
      outcomes: sureOf500,
    })
    const texts = ['one', 'refuse me', '中', 'four']
    const items = texts.map((text, at) => outgoing({ n: at + 1, text }, at + 1))
    const odd = outgoing({ n: 5, text: 'five', more: true }, 5)
    const answers = await write(connection, create, ...items, odd)
    assert.deepEqual(
      answers.map(({ ok }) => ok),
      [true, false, true, true, false],
    )
    assert.match(errorOf(answers[1]).message, /400: this text is refused/)
    assert.match(errorOf(answers[4]).message, /more is no field/)
    const again = await write(connection, create, ...items)
    for (const each of again) assert.equal(errorOf(each).code, 'TARGET-REFUSED', errorOf(each).message)
    const { value } = (await server.send('GET', 'Rows?$orderby=n')) as { value: { text: string }[] }
    assert.deepEqual(
      value.map(({ text }) => text),
      ['one', '中', 'four'],
    )
  })

test('a probe finds a record by its key, and by a reference of ours', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V4' })
  const common = { set: 'Orders', effect: irreversible } as const
  const byKey = sinkOf(connection, owner.create('by-key', Order, { ...common, probe: 'key' }))
  const byReference = sinkOf(
    connection,
    owner.create('by-reference', Order, {
      ...common,
      probe: data => filter`customer eq ${data.customer ?? ''}`,
    }),
  )
  const item = outgoing({ no: '1', customer: "O'Neil" })
  for (const sink of [byKey, byReference])
    assert.deepEqual(await sink.probe?.(item, never), { outcome: 'absent' })
  await byKey.write([item], never)
  for (const sink of [byKey, byReference])
    assert.deepEqual(await sink.probe?.(item, never), { outcome: 'done' })
})

test('functions and actions are called, bound and unbound', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V4' })
  await server.send('POST', 'Orders', { no: '1', amount: '12.50' })
  const Rate = model('Rate', { version: 1, schema: Type.Object({ currency: Text, on: Text }) })
  const Amount = model('Amount', { version: 1, schema: Text })
  const rate = owner.call('rate', { operation: 'rate', request: Rate, response: Amount, effect: read })
  const on = '2026-05-04'
  assert.deepEqual(await ask(connection, rate, outgoing({ currency: 'EUR', on })), [
    { ok: true, result: '1.50' },
  ])
  assert.equal(
    errorOf((await ask(connection, rate, outgoing({ currency: 'X', on })))[0]).code,
    'TARGET-REFUSED',
  )
  const [odd] = await ask(connection, rate, outgoing({ currency: 'EUR', on, more: 1 }))
  assert.match(errorOf(odd).message, /more is no parameter of rate/)
  const total = owner.call('total', {
    operation: 'total',
    set: 'Orders',
    request: No,
    response: Amount,
    effect: read,
  })
  assert.deepEqual(await ask(connection, total, outgoing({ no: '1' })), [{ ok: true, result: '12.50' }])
  const Cancel = model('Cancel', { version: 1, schema: Type.Object({ no: Text, reason: Text }) })
  const cancel = owner.call('cancel', {
    operation: 'cancel',
    set: 'Orders',
    request: Cancel,
    response: Order,
    effect: idempotent,
  })
  const [cancelled] = await ask(connection, cancel, outgoing({ no: '1', reason: 'late' }))
  assert.ok(cancelled?.ok, JSON.stringify(cancelled))
  assert.equal((cancelled.result as { note: string }).note, 'late')
})

test('a query gives all that match, and says when they are too many', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V4' })
  for (const no of ['1', '2', '3']) await server.send('POST', 'Orders', { no, amount: `${no}.50` })
  const common = { set: 'Orders', request: Order, response: Orders, orderby: 'no desc' } as const
  const larger = ({ amount }: { amount?: string | null }) =>
    filter`amount gt ${amount ?? null} and startswith(no,${''})`
  const all = requesterOf(connection, owner.query('all', { ...common, filter: larger }))
  const few = requesterOf(connection, owner.query('few', { ...common, filter: larger, most: 1 }))
  const item = outgoing({ no: '', amount: '1.50' })
  const [answer] = await all.ask([item], never)
  assert.ok(answer?.ok, String(!answer?.ok && answer?.error))
  assert.deepEqual(
    (answer.result as { no: string }[]).map(({ no }) => no),
    ['3', '2'],
  )
  assert.match(errorOf((await few.ask([item], never))[0]).message, /more than 1 records/)
})

test('a set or operation that the service does not have pauses the flow and is named', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V4' })
  const get = owner.get('lost', { set: 'Order', request: No, response: Order })
  const [answer] = await ask(connection, get, outgoing({ no: '1' }))
  assert.equal(errorOf(answer).code, 'CONFIG-INVALID')
  assert.match(errorOf(answer).message, /no entity set Order; its \$metadata knows .*Orders/)
})

test('a source reads keys of several fields, what belongs to a record, and only what its filter allows', async t => {
  const { owner, connection } = await connected(t, { url: server.url, version: 'V4' })
  for (const no of ['1', '2', '3']) {
    const lines = Array.from({ length: 5 }, (_, pos) => ({ pos, product: 'bolt', qty: '1.5' }))
    await server.send('POST', 'Orders', { no, amount: `${no}.00`, lines })
  }
  const Position = model('Position', { version: 1, schema: Type.Object({ pos: Type.Integer(), qty: Text }) })
  const common = { every: '1h', pageSize: 4 } as const
  for (const paging of ['keyset', 'skip', 'server'] as const) {
    const lines = owner.entities('lines', Position, { set: 'Lines', paging, ...common })
    const taken = await take(sourceOf(connection, lines), 15)
    assert.equal(new Set(taken.map(({ id }) => id)).size, 15)
    assert.deepEqual(taken[7]?.data, { pos: 2, qty: '1.500' })
  }
  const wanted = filter`amount gt ${'1.00'} and no ne ${'3'}`
  const orders = owner.entities('orders', Order, {
    set: 'Orders',
    filter: wanted,
    expand: ['lines'],
    ...common,
  })
  const [order] = await take(sourceOf(connection, orders), 1)
  const { no, lines } = (order ?? assert.fail()).data as { no: string; lines: unknown[] }
  assert.deepEqual([no, lines.length], ['2', 5])
})

test('a system that is there and described is fit, and one of another version is not', async t => {
  const good = await connected(t, { url: server.url, version: 'V4' })
  await good.connection.check()
  const bad = await connected(t, { url: server.url, version: 'V2' })
  await assert.rejects(bad.connection.check(), /is of V4, not of V2/)
})

/** What a source delivers first, so many of it. */
async function take(source: Source, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = []
  const stop = new AbortController()
  const accept = async (deliveries: readonly Delivery[]): Promise<Receipt[]> => {
    taken.push(...deliveries)
    if (taken.length >= count) stop.abort()
    return deliveries.map(({ id = '' }) => ({ status: 'accepted', id }))
  }
  await source.run({ accept, position: async () => undefined }, stop.signal)
  assert.equal(taken.length, count)
  return taken
}
