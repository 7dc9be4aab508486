import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { Type } from 'typebox'
import type { Json } from '../../src/message/json-value.ts'
import { model } from '../../src/model/model.ts'
import type { Connection } from '../../src/system/connector.ts'
import type { Answer, Outgoing, Source } from '../../src/system/roles.ts'
import {
  connectTo,
  mongoUrl,
  requesterOf,
  shopAt,
  sinkOf,
  sourceOf,
  type TestDatabase,
  testDatabase,
  withoutMongo,
  withoutStreams,
} from './mongodb-harness.ts'
import { type MongoProxy, startMongoProxy } from './mongodb-proxy.ts'

const Thing = model('Thing', { version: 1, schema: Type.Object({ _id: Type.String() }) })
const never = new AbortController().signal
const thing = (_id: string): Outgoing<never> =>
  ({ data: { _id }, effectKey: `effect-${_id}`, key: _id, messageId: _id, attempt: 1 }) as never
const codeOf = (answer: Answer<unknown> | undefined) =>
  answer?.ok ? 'ok' : (answer?.error as { code?: string } | undefined)?.code

/** Nobody gives up from outside: what ends here ends by the times of the system itself. */
describe('mongodb behind a connection that ended without a word', {
  skip: withoutMongo,
  timeout: 480_000,
}, () => {
  let database: TestDatabase
  let proxy: MongoProxy
  let connection: Connection
  before(() => {
    database = testDatabase()
  })
  after(() => database?.destroy())
  beforeEach(async () => {
    proxy = await startMongoProxy(mongoUrl)
    connection = await connectTo(shop())
  })
  afterEach(async () => {
    proxy.set('open')
    await connection.close()
    await proxy.close()
  })

  const shop = () => shopAt({ url: database.urlAt(proxy.url), connectTimeout: '4s', callTimeout: '4s' })
  const things = () =>
    sinkOf(connection, shop().collection('things', Thing, { collection: 'things', mode: 'insert' }))
  const write = async (id: string) => codeOf((await things().write([thing(id)], never))[0])
  const ask = async (id: string) => {
    const request = { request: Thing, response: Thing, one: true } as const
    const filter = ({ _id }: { _id: string }) => ({ _id })
    const found = shop().find('found', { collection: 'things', ...request, filter })
    const [answer] = await requesterOf(connection, found).ask([thing(id)], never)
    return codeOf(answer)
  }
  const changes = () => sourceOf(connection, shop().changes('changes', Thing, { collection: 'things' }))

  it('ends a write without a claim, and does it once when it comes again', async () => {
    await eventually('ok', () => write('first'))
    proxy.set('silent')
    assert.equal(await write('second'), 'TARGET-UNANSWERED')
    await assert.rejects(async () => things().probe?.(thing('second'), never), { code: 'TARGET-UNAVAILABLE' })
    proxy.set('open')
    await eventually('ok', () => write('second'))
    assert.equal(await database.db.collection('things').countDocuments({ _id: 'second' as never }), 1)
  })

  it('ends what is answered without an end', { skip: withoutStreams }, async () => {
    await eventually('ok', () => write('before'))
    proxy.set('trickling')
    assert.equal(await write('trickled'), 'TARGET-UNANSWERED')
    proxy.set('open')
    await eventually('ok', () => ask('before'))
    proxy.set('trickling')
    assert.equal(await ask('before'), 'TARGET-UNAVAILABLE')
    proxy.set('open')
    const run = follow(changes())
    await run.begun
    proxy.set('trickling')
    await assert.rejects(run.ended, { code: 'SOURCE-FAILED' })
  })

  it('ends what was never sent as unavailable', async () => {
    proxy.set('silent')
    assert.equal(await write('third'), 'TARGET-UNAVAILABLE')
    assert.equal(await ask('first'), 'TARGET-UNAVAILABLE')
    await assert.rejects(async () => connection.check?.(), { code: 'TARGET-UNAVAILABLE' })
  })

  it('ends a question, and answers it later', async () => {
    await eventually('ok', () => write('fourth'))
    await eventually('ok', () => ask('fourth'))
    proxy.set('silent')
    assert.equal(await ask('fourth'), 'TARGET-UNAVAILABLE')
    proxy.set('open')
    await eventually('ok', () => ask('fourth'))
  })

  it('fails a source that follows changes', { skip: withoutStreams }, async () => {
    await eventually('ok', () => write('a change'))
    const run = follow(changes())
    await run.begun
    proxy.set('silent')
    await assert.rejects(run.ended, { code: 'SOURCE-FAILED' })
  })

  it('fails a source that begins to follow, or copies', { skip: withoutStreams }, async () => {
    await eventually('ok', () => write('fifth'))
    proxy.set('silent')
    await assert.rejects(follow(changes()).ended, { code: 'SOURCE-FAILED' })
    proxy.set('open')
    const copying = shop().changes('copying', Thing, { collection: 'things', from: 'beginning' })
    await assert.rejects(follow(sourceOf(connection, copying), () => proxy.set('silent')).ended, {
      code: 'SOURCE-FAILED',
    })
  })

  it('fails a source that looks', async () => {
    await database.db.collection('things').insertOne({ _id: 'sixth' as never, at: new Date() })
    const modified = shop().modified('modified', Thing, { collection: 'things', time: 'at', every: '10ms' })
    const run = follow(sourceOf(connection, modified))
    await run.begun
    proxy.set('silent')
    await assert.rejects(run.ended, { code: 'SOURCE-FAILED' })
  })

  /** The driver would wait for ever until it could write to a connection that has ended, and is not closed yet. */
  it('ends a write that begins at the moment when its connection ends', async () => {
    await eventually('ok', () => write('ninth'))
    // It ends after the others, and what has ended is closed in the opposite order.
    const last = await pair()
    const answer = once(last.client.resume(), 'close').then(() => write('tenth'))
    proxy.cut()
    last.server.destroy()
    assert.equal(await answer, 'TARGET-UNANSWERED')
    await eventually('ok', () => write('tenth'))
  })

  /** The driver would find no server any more: what looks for it waits for a connection that ended. */
  it('finds the server again after all connections ended at once', async () => {
    await eventually('ok', () => write('seventh'))
    // Long enough after the last look for the server, so that the driver looks at once.
    await delay(600)
    proxy.set('silent')
    const asked = ask('seventh')
    while (!proxy.holds('find')) await setImmediate()
    proxy.cut()
    proxy.set('open')
    assert.equal(await asked, 'TARGET-UNAVAILABLE')
    await eventually('ok', () => ask('seventh'))
    await eventually('ok', () => write('eighth'))
  })
})

/** Both ends of a connection that has nothing to do with MongoDB. */
async function pair(): Promise<{ client: Socket; server: Socket }> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1')
  const [[server]] = await Promise.all([once(listener, 'connection'), once(client, 'connect')])
  listener.close()
  // Its events are over: what happens to it next comes in its turn.
  await delay(20)
  return { client, server }
}

/** Runs the source; `begun` when it has stored a position, after which `then` is done. */
function follow(source: Source, then = () => {}) {
  let position: Json | undefined
  const begun = Promise.withResolvers<void>()
  const ended = source.run(
    {
      position: async () => position,
      async accept(deliveries, options = {}) {
        position = options.position ?? position
        then()
        begun.resolve()
        return deliveries.map(({ id = '' }) => ({ status: 'accepted', id }))
      },
    },
    never,
  )
  ended.catch(begun.reject)
  begun.promise.catch(() => {})
  return { begun: begun.promise, ended }
}

/** Once or twice what follows meets a connection that is still the old one. */
async function eventually(expected: string, call: () => Promise<string | undefined>): Promise<void> {
  while ((await call()) !== expected);
}
