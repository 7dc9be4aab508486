import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Type } from 'typebox'
import { IsthmusError } from '../../src/errors.ts'
import { model } from '../../src/model/model.ts'
import type { Answer, Outgoing, Sink } from '../../src/system/roles.ts'
import {
  connectTo,
  mongoUrl,
  shopAt,
  sinkOf,
  type TestDatabase,
  testDatabase,
  withoutMongo,
} from './mongodb-harness.ts'
import { type MongoProxy, startMongoProxy } from './mongodb-proxy.ts'

const Order = model('Order', {
  version: 1,
  schema: Type.Object({
    no: Type.String(),
    state: Type.Optional(Type.String()),
    amount: Type.Optional(Type.String()),
    mail: Type.Optional(Type.String()),
  }),
})
type OrderData = { no: string; state?: string; amount?: string; mail?: string }
const Own = model('Own', { version: 1, schema: Type.Object({ _id: Type.String(), text: Type.String() }) })
const upsert = { collection: 'orders', mode: 'upsert', key: ['no'] } as const
const never = new AbortController().signal

const item = <T>(effectKey: string, data: T): Outgoing<T> => ({
  data,
  effectKey,
  key: effectKey,
  messageId: effectKey,
  attempt: 1,
})
const codeOf = (answer: Answer | undefined) =>
  answer?.ok ? 'ok' : answer?.error instanceof IsthmusError ? answer.error.code : String(answer?.error)

describe('mongodb sink', { skip: withoutMongo }, () => {
  let database: TestDatabase
  let proxy: MongoProxy
  let closing: (() => Promise<void>)[] = []

  before(async () => {
    database = testDatabase()
    proxy = await startMongoProxy(mongoUrl)
    await database.db.collection('orders').createIndex({ no: 1 }, { unique: true })
    await database.db.collection('orders').createIndex({ mail: 1 }, { unique: true, sparse: true })
  })
  after(async () => {
    for (const close of closing) await close()
    closing = []
    await proxy?.close()
    await database?.destroy()
  })

  const shop = () => shopAt({ url: database.urlAt(proxy.url) })
  type Given = Parameters<ReturnType<typeof shop>['collection']>
  async function sink(options: unknown = upsert, given: unknown = Order): Promise<Sink> {
    const owner = shop()
    const connection = await connectTo(owner)
    closing.push(() => connection.close())
    return sinkOf(connection, owner.collection('target', given as Given[1], options as Given[2]))
  }
  const orders = (no: string) => database.db.collection('orders').find({ no }).toArray()
  const write = async (target: Sink, ...items: Outgoing[]) => (await target.write(items, never)).map(codeOf)

  it('does not let an older message overwrite a newer one when it comes again', async () => {
    const target = await sink()
    const first = item<OrderData>('older', { no: 'A', state: 'open', amount: '1.50' })
    assert.deepEqual(await write(target, first), ['ok'])
    assert.deepEqual(await write(target, item<OrderData>('newer', { no: 'A', state: 'done' })), ['ok'])
    assert.deepEqual(await write(await sink(), first), ['ok'])
    const [order, ...others] = await orders('A')
    assert.equal(others.length, 0)
    // What the newer one does not mention stays as it is.
    assert.deepEqual([order?.state, order?.amount], ['done', '1.50'])
    assert.deepEqual(order?._isthmus, ['older', 'newer'])
  })

  it('changes one document once, from two processes at the same time, also if it is new', async () => {
    const targets = [await sink(), await sink()]
    for (let round = 0; round < 20; round++) {
      const no = `B${round}`
      const same = [
        item<OrderData>(`${no}-1`, { no, state: 'one' }),
        item<OrderData>(`${no}-2`, { no, amount: '2' }),
      ]
      const answers = await Promise.all(
        targets.flatMap(target => [write(target, ...same), write(target, ...same)]),
      )
      for (const codes of answers)
        for (const code of codes) assert.ok(['ok', 'TARGET-UNANSWERED'].includes(code), code)
      assert.deepEqual(await write(targets[0] as Sink, ...same), ['ok', 'ok'])
      const [order, ...others] = await orders(no)
      assert.equal(others.length, 0)
      assert.deepEqual([...(order?._isthmus ?? [])].sort(), [`${no}-1`, `${no}-2`])
    }
  })

  it('applies several messages of one document in one call', async () => {
    const target = await sink()
    const sent = Array.from({ length: 5 }, (_, n) => item<OrderData>(`C${n}`, { no: 'C', state: String(n) }))
    assert.deepEqual(
      await write(target, ...sent),
      sent.map(() => 'ok'),
    )
    const [order] = await orders('C')
    assert.equal(order?._isthmus.length, 5)
  })

  it('forgets effect keys beyond their number, and says so when it is asked', async () => {
    const target = await sink({ ...upsert, remember: 2 })
    for (const key of ['D1', 'D2', 'D3']) await write(target, item<OrderData>(key, { no: 'D', state: key }))
    const probe = async (key: string, no = 'D') =>
      (await target.probe?.(item<OrderData>(key, { no }), never))?.outcome
    assert.equal(await probe('D3'), 'done')
    assert.equal(await probe('D1'), 'unknown')
    assert.equal(await probe('D1', 'D-not-there'), 'absent')
  })

  it('refuses what another unique index refuses, and applies the rest', async () => {
    const target = await sink()
    assert.deepEqual(await write(target, item<OrderData>('E1', { no: 'E1', mail: 'e@example.org' })), ['ok'])
    const answers = await target.write(
      [item<OrderData>('E2', { no: 'E2', mail: 'e@example.org' }), item<OrderData>('E3', { no: 'E3' })],
      never,
    )
    assert.deepEqual(answers.map(codeOf), ['TARGET-REFUSED', 'ok'])
    assert.doesNotMatch(String(answers[0]?.ok === false && answers[0].error), /example\.org/)
    assert.deepEqual(await orders('E2'), [])
    // The document is there, and the value belongs to another one.
    assert.deepEqual(await write(target, item<OrderData>('E5', { no: 'E3', mail: 'e@example.org' })), [
      'TARGET-REFUSED',
    ])
  })

  it('demands a unique index on the key of an upsert, and goes on when it is there', async () => {
    const target = await sink({ ...upsert, collection: 'bare' })
    const [answer] = await target.write([item<OrderData>('F', { no: 'F' })], never)
    assert.equal(codeOf(answer), 'TARGET-CONTRACT')
    assert.ok(answer && !answer.ok && (answer.error as IsthmusError).fate === 'pause')
    assert.match(String(answer.error), /createIndex\(\{"no":1\}, \{ unique: true \}\)/)
    await database.db.collection('bare').createIndex({ no: 1 }, { unique: true })
    assert.deepEqual(await write(target, item<OrderData>('F', { no: 'F' })), ['ok'])
  })

  it('inserts under the id of the record, and tells a repeat from another document with it', async () => {
    const target = await sink({ collection: 'own', mode: 'insert' }, Own)
    const first = item('G1', { _id: 'G', text: 'one' })
    assert.deepEqual(await write(target, first), ['ok'])
    assert.deepEqual(await write(target, first, item('G2', { _id: 'G', text: 'two' })), [
      'ok',
      'TARGET-REFUSED',
    ])
    assert.equal((await target.probe?.(first, never))?.outcome, 'done')
    assert.equal((await target.probe?.(item('G2', { _id: 'G', text: 'two' }), never))?.outcome, 'absent')
  })

  it('sends more than one command can hold', async () => {
    const target = await sink({ collection: 'large', mode: 'insert' }, Own)
    const text = 'x'.repeat(3_000_000)
    const sent = Array.from({ length: 6 }, (_, n) => item(`H${n}`, { _id: `H${n}`, text }))
    const tooLarge = item('H99', { _id: 'H99', text: 'x'.repeat(17_000_000) })
    const codes = await write(target, tooLarge, ...sent)
    assert.deepEqual(codes, ['TARGET-REFUSED', ...sent.map(() => 'ok')])
    assert.equal(await database.db.collection('large').countDocuments(), 6)
  })

  it('refuses names that MongoDB could take for its own, item by item', async () => {
    const target = await sink()
    const bad = [{ no: { $ne: null } }, { no: 'I', $set: {} }, { no: 'I', _isthmus: [] }, { state: 'x' }]
    const codes = await write(target, ...bad.map((data, n) => item(`I${n}`, data)), item('I', { no: 'I' }))
    assert.deepEqual(codes, ['MSG-ENCODE', 'MSG-ENCODE', 'TARGET-REFUSED', 'TARGET-REFUSED', 'ok'])
    assert.equal((await orders('I')).length, 1)
  })

  it('does not claim what is not on most servers', async () => {
    const target = await sink()
    const concern = { code: 64, codeName: 'WriteConcernTimeout', errmsg: 'waiting for replication timed out' }
    proxy.answer('J-effect', { ok: 1, n: 1, nModified: 0, writeConcernError: concern }, 'reaches')
    const sent = item<OrderData>('J-effect', { no: 'J' })
    assert.deepEqual(await write(target, sent), ['TARGET-UNANSWERED'])
    assert.deepEqual(await write(target, sent), ['ok'])
    assert.equal((await orders('J')).length, 1)
  })

  it('tells what the server says of a call as a whole', async () => {
    const target = await sink()
    const said = async (answer: object, key: string) => {
      proxy.answer(key, answer)
      return write(target, item<OrderData>(key, { no: 'K' }))
    }
    assert.deepEqual(await said({ ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'no' }, 'K-1'), [
      'TARGET-CREDENTIALS',
    ])
    const stepped = { ok: 0, code: 10107, codeName: 'NotWritablePrimary', errmsg: 'not primary' }
    assert.deepEqual(await said(stepped, 'K-2'), ['TARGET-UNANSWERED'])
    assert.deepEqual(await said({ ...stepped, errorLabels: ['NoWritesPerformed'] }, 'K-3'), [
      'TARGET-UNAVAILABLE',
    ])
    const invalid = { index: 0, code: 121, errmsg: 'Document failed validation' }
    assert.deepEqual(await said({ ok: 1, n: 0, writeErrors: [invalid] }, 'K-4'), ['TARGET-REFUSED'])
    assert.deepEqual(await orders('K'), [])
    assert.deepEqual(await write(target, item<OrderData>('K-5', { no: 'K' })), ['ok'])
  })

  it('writes declared types', async () => {
    const target = await sink({ ...upsert, types: { amount: 'decimal' } })
    assert.deepEqual(await write(target, item<OrderData>('L', { no: 'L', amount: '12.50' })), ['ok'])
    const [order] = await orders('L')
    assert.equal(order?.amount._bsontype, 'Decimal128')
    assert.equal(String(order?.amount), '12.50')
  })
})
