import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Type } from 'typebox'
import { typed } from '../../src/connectors/mongodb/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { model } from '../../src/model/model.ts'
import type { Connection } from '../../src/system/connector.ts'
import type { Answer, Outgoing } from '../../src/system/roles.ts'
import {
  connectTo,
  mongoUrl,
  requesterOf,
  shopAt,
  type TestDatabase,
  testDatabase,
  withoutMongo,
} from '../integration/mongodb-harness.ts'

/** A vague model, as an author in a hurry writes it: it lets anything through. */
const Login = model('Login', { version: 1, schema: Type.Object({ user: Type.Any(), password: Type.Any() }) })
const Users = model('Users', { version: 1, schema: Type.Array(Type.Object({ user: Type.String() })) })
// biome-ignore lint/suspicious/noExplicitAny: as vague as the model
type Data = { user: any; password: any }
const common = { collection: 'users', request: Login, response: Users } as const
const never = new AbortController().signal

const item = (data: unknown): Outgoing => ({
  data,
  effectKey: 'effect',
  key: 'key',
  messageId: 'message',
  attempt: 1,
})
const codeOf = (answer: Answer<unknown> | undefined) =>
  answer?.ok ? answer.result : answer?.error instanceof IsthmusError ? answer.error.code : answer?.error

describe('data in queries of MongoDB', { skip: withoutMongo }, () => {
  let database: TestDatabase
  let connection: Connection
  let shop: ReturnType<typeof shopAt>
  before(async () => {
    database = testDatabase()
    await database.db.collection('users').insertMany([
      { user: 'ada', password: 'one' },
      { user: 'bob', password: '$user' },
    ])
    shop = shopAt({ url: database.urlAt(mongoUrl) })
    connection = await connectTo(shop)
  })
  after(async () => {
    await connection?.close()
    await database?.destroy()
  })
  const ask = async (channel: unknown, data: unknown) => {
    const [answer] = await requesterOf(connection, channel).ask([item(data)], never)
    return codeOf(answer)
  }

  it('are never operators', async () => {
    const channel = shop.find('login', {
      ...common,
      filter: ({ user, password }: Data) => ({ user, password }),
    })
    assert.deepEqual(await ask(channel, { user: 'ada', password: 'one' }), [{ user: 'ada' }])
    assert.deepEqual(await ask(channel, { user: 'ada', password: 'two' }), [])
    for (const password of [
      { $ne: null },
      { $gt: '' },
      { $regex: '.*' },
      [{ a: { $where: 'true' } }],
      { _bsontype: 'Code', code: 'true' },
    ])
      assert.equal(await ask(channel, { user: 'ada', password }), 'TARGET-REFUSED')
  })

  it('are values in a filter, also if they look like a field', async () => {
    const channel = shop.find('values', {
      ...common,
      filter: ({ user, password }: Data) => ({ user, password }),
    })
    assert.deepEqual(await ask(channel, { user: 'bob', password: '$user' }), [{ user: 'bob' }])
  })

  it('are no expressions of a pipeline unless they are literal', async () => {
    const naive = shop.aggregate('naive', {
      ...common,
      pipeline: ({ user, password }: Data) => [
        { $match: { user } },
        { $match: { $expr: { $eq: ['$password', password] } } },
      ],
    })
    assert.deepEqual(await ask(naive, { user: 'ada', password: 'one' }), [{ user: 'ada' }])
    // "$password" would be compared with itself.
    assert.equal(await ask(naive, { user: 'ada', password: '$password' }), 'TARGET-REFUSED')
    assert.equal(await ask(naive, { user: 'ada', password: '$$ROOT' }), 'TARGET-REFUSED')
    const careful = shop.aggregate('careful', {
      ...common,
      pipeline: ({ user, password }: Data) => [
        { $match: { user, $expr: { $eq: ['$password', { $literal: password }] } } },
      ],
    })
    assert.deepEqual(await ask(careful, { user: 'bob', password: '$user' }), [{ user: 'bob' }])
    assert.deepEqual(await ask(careful, { user: 'ada', password: '$user' }), [])
    const projected = shop.aggregate('projected', {
      ...common,
      pipeline: ({ password }: Data) => [{ $project: { user: password } }],
    })
    assert.equal(await ask(projected, { user: '', password: '$password' }), 'TARGET-REFUSED')
  })

  it('never run code in the server, nor write', async () => {
    for (const stage of [
      { $match: { $where: 'true' } },
      { $out: 'users' },
      { $merge: { into: 'users' } },
      { $facet: { a: [{ $match: { $expr: { $function: { body: 'x', args: [], lang: 'js' } } } }] } },
    ]) {
      const channel = shop.aggregate('stage', { ...common, pipeline: () => [stage] })
      assert.equal(await ask(channel, { user: '', password: '' }), 'TARGET-REFUSED')
    }
    const where = shop.find('where', { ...common, filter: () => ({ $where: 'true' }) })
    assert.equal(await ask(where, { user: '', password: '' }), 'TARGET-REFUSED')
    assert.equal(await database.db.collection('users').countDocuments(), 2)
  })

  it('have their types only as text says them', async () => {
    const channel = shop.find('typed', {
      ...common,
      filter: ({ user }: Data) => ({ _id: typed('objectId', user) }),
    })
    assert.equal(await ask(channel, { user: 'not an id', password: '' }), 'MSG-ENCODE')
    const [ada] = await database.db.collection('users').find({ user: 'ada' }).toArray()
    assert.deepEqual(await ask(channel, { user: String(ada?._id), password: '' }), [{ user: 'ada' }])
  })

  it('are bounded in an answer', async () => {
    const channel = shop.find('few', { ...common, limit: 1, filter: () => ({}) })
    assert.equal(await ask(channel, { user: '', password: '' }), 'TARGET-CONTRACT')
    const small = shopAt({ url: database.urlAt(mongoUrl), responseLimit: 60 })
    const other = await connectTo(small)
    const [answer] = await requesterOf(other, small.find('all', { ...common, filter: () => ({}) })).ask(
      [item({ user: '', password: '' })],
      never,
    )
    assert.equal(codeOf(answer), 'TARGET-CONTRACT')
    await other.close()
  })
})

describe('credentials and addresses of MongoDB', () => {
  it('are not shown', async () => {
    const secret = 'mongodb://user:s3cret@127.0.0.1:1/shop?authSource=admin'
    const shop = shopAt({ url: secret, connectTimeout: '50ms' })
    assert.doesNotMatch(JSON.stringify(shop.connector.summary), /s3cret/)
    const connection = await connectTo(shop)
    await assert.rejects(connection.check(), (error: unknown) => {
      assert.ok(error instanceof IsthmusError && error.code === 'TARGET-UNAVAILABLE', String(error))
      assert.doesNotMatch(error.message, /s3cret/)
      return true
    })
    await connection.close()
    await assert.rejects(connectTo(shopAt({ url: 'mongodb://user:s3cret@%zz/' })), (error: unknown) => {
      assert.ok(error instanceof IsthmusError && error.code === 'CONFIG-INVALID')
      assert.doesNotMatch(`${error.message} ${error.cause}`, /s3cret/)
      return true
    })
  })

  it('are left alone where the system may not be reached', async () => {
    const allows = (address: string) => !/^(127\.|::1)/.test(address)
    await assert.rejects(
      connectTo(shopAt({ url: 'mongodb://127.0.0.1:1/shop' }), { allows }),
      (error: unknown) => error instanceof IsthmusError && error.code === 'CONFIG-INVALID',
    )
    const named = await connectTo(shopAt({ url: 'mongodb://localhost:1/shop', connectTimeout: '200ms' }), {
      allows,
    })
    await assert.rejects(named.check(), /may not be reached at localhost/)
    await named.close()
  })
})
