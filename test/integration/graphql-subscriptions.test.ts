import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { bearer } from '../../src/connectors/graphql/index.ts'
import { secret } from '../../src/system/setting.ts'
import { connectionOf, graphqlShop, Kept, runUntil, startShop, until, Whole } from './graphql-harness.ts'
import { engines, FaultProxy } from './graphql-shop.ts'

type Row = { n: number; text: string; at: string }

const events = { document: 'subscription { added { n text at } }', at: 'added' }
const rows = {
  document: `query ($first: Int!, $after: String, $since: String) {
    rows(first: $first, after: $after, since: $since) { edges { node { n text at } } pageInfo { hasNextPage endCursor } }
  }`,
  at: 'rows',
  changed: ({ at }: Row) => at,
}
const numbers = (kept: Kept) => (kept.data as Row[]).map(({ n }) => n).sort((a, b) => a - b)

for (const engine of engines) {
  test(`${engine}: what a killed server did meanwhile comes with the list, once`, async t => {
    const server = await startShop(t, engine)
    const owner = graphqlShop({ url: server.url })
    const channel = owner.subscribe('added', Whole, { ...events, id: ({ n }) => String(n), missed: rows })
    const connection = await connectionOf(t, owner)
    const kept = new Kept()
    let n = 0
    const put = () => server.state.put({ n: ++n, text: `row ${n}`, at: new Date().toISOString() })
    const life = (done: () => boolean) => runUntil(connection, channel, kept, done)
    put()
    let phase = 0
    await assert.rejects(
      life(() => {
        if (phase === 0 && kept.data.length === 1) {
          phase = 1
          put()
        }
        if (phase === 1 && kept.data.length === 2) {
          phase = 2
          void server.down()
        }
        return false
      }),
      { code: /SOURCE-FAILED|TARGET-UNAVAILABLE|TARGET-UNANSWERED/ },
    )
    await server.down()
    put()
    await assert.rejects(
      life(() => false),
      { code: 'TARGET-UNAVAILABLE' },
    )
    await server.up()
    put()
    await life(() => {
      if (phase === 2 && kept.data.length === 4) {
        phase = 3
        put()
      }
      return kept.data.length === 5
    })
    assert.deepEqual(numbers(kept), [1, 2, 3, 4, 5])
    assert.equal(new Set(kept.ids).size, 5)
  })

  test(`${engine}: where losses are allowed, events come as they are, equal ones too`, async t => {
    const server = await startShop(t, engine)
    const owner = graphqlShop({ url: server.url })
    const channel = owner.subscribe('added', Whole, { ...events, missed: 'lost' })
    const told: unknown[] = []
    const turn = async () => (error?: unknown) => void told.push(error)
    const connection = await connectionOf(t, owner, { turn })
    const kept = new Kept()
    const at = new Date(0).toISOString()
    const row = { n: 1, text: '大', at }
    const timer = setInterval(() => server.state.put(row), 20)
    t.after(() => clearInterval(timer))
    await runUntil(connection, channel, kept, () => kept.data.length >= 3)
    assert.deepEqual(kept.data.slice(0, 2), [row, row])
    assert.deepEqual(kept.ids[0], undefined)
    assert.deepEqual(told, [undefined], 'the turn was given back once')
  })

  test(`${engine}: refused payloads pause`, async t => {
    const server = await startShop(t, engine)
    const owner = graphqlShop({
      url: server.url,
      subscriptions: { payload: resolve => ({ token: resolve(secret('TOKEN')) }) },
    })
    const channel = owner.subscribe('added', Whole, { ...events, missed: 'lost' })
    const connection = await connectionOf(t, owner, { settings: { TOKEN: 'bad' } })
    await assert.rejects(
      runUntil(connection, channel, new Kept(), () => false),
      // Mercurius says so in a word of the older protocol, which ends the connection.
      { code: engine === 'yoga' ? 'TARGET-CREDENTIALS' : 'TARGET-UNAVAILABLE' },
    )
  })

  test(`${engine}: a subscription that the server refuses ends the source`, async t => {
    const server = await startShop(t, engine)
    const owner = graphqlShop({ url: server.url })
    const channel = owner.subscribe('typo', Whole, { document: 'subscription { ad }', missed: 'lost' })
    const connection = await connectionOf(t, owner)
    await assert.rejects(
      runUntil(connection, channel, new Kept(), () => false),
      { code: /TARGET-REFUSED|TARGET-CONTRACT|SOURCE-FAILED/ },
    )
  })
}

test('a source that is slower than the events ends with an error after the events that it had', async t => {
  const server = await startShop(t, 'yoga')
  const owner = graphqlShop({ url: server.url })
  const channel = owner.subscribe('added', Whole, { ...events, missed: 'lost', buffer: 3 })
  const connection = await connectionOf(t, owner)
  const kept = new Kept()
  const gate = Promise.withResolvers<void>()
  kept.closed = gate.promise
  let n = 0
  const timer = setInterval(() => server.state.put({ n: ++n, text: '', at: '' }), 2)
  t.after(() => clearInterval(timer))
  const running = runUntil(connection, channel, kept, () => false)
  await until(() => n > 200)
  gate.resolve()
  await assert.rejects(running, {
    code: 'TARGET-CONTRACT',
    message: /more events came than could be accepted/,
  })
  const [first = 0, ...others] = numbers(kept)
  assert.ok(others.length >= 3)
  assert.deepEqual(
    others,
    others.map((_, index) => first + 1 + index),
    'no event between two others is missing',
  )
})

test('a server that falls silent is given up', async t => {
  const server = await startShop(t, 'mercurius')
  const proxy = new FaultProxy(() => server.port)
  await proxy.up()
  t.after(() => proxy.down())
  await proxy.stall()
  const owner = graphqlShop({ url: proxy.url, timeouts: { firstByte: '200ms' } })
  const channel = owner.subscribe('added', Whole, { ...events, missed: 'lost' })
  const told: unknown[] = []
  const turn = async () => (error?: unknown) => void told.push((error as { code?: string } | undefined)?.code)
  const connection = await connectionOf(t, owner, { turn })
  await assert.rejects(
    runUntil(connection, channel, new Kept(), () => false),
    { code: 'TARGET-UNAVAILABLE' },
  )
  assert.deepEqual(told, ['TARGET-UNAVAILABLE'])
})

/** A server below graphql-ws, to say what a good one would not. */
async function startSocket(t: TestContext, event: string) {
  const { WebSocketServer } = createRequire(import.meta.url)('ws')
  const server = createServer()
  const requests: IncomingMessage[] = []
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'graphql-transport-ws' })
  sockets.on(
    'connection',
    (
      socket: { on: (name: string, take: (data: Buffer) => void) => void; send(text: string): void },
      request: IncomingMessage,
    ) => {
      requests.push(request)
      socket.on('message', data => {
        const { type, id } = JSON.parse(String(data))
        if (type === 'connection_init') socket.send('{"type":"connection_ack"}')
        if (type === 'subscribe') socket.send(`{"type":"next","id":${JSON.stringify(id)},"payload":${event}}`)
      })
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const client of sockets.clients) client.terminate()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests }
}

test('numbers of events keep their digits, and the handshake carries our credentials', async t => {
  const { url, requests } = await startSocket(
    t,
    '{"data":{"added":{"n":12345678901234567890,"text":0.1,"at":"x"}}}',
  )
  const owner = graphqlShop({ url, auth: bearer(secret('TOKEN')) })
  const channel = owner.subscribe('added', Whole, { ...events, missed: 'lost' })
  const connection = await connectionOf(t, owner, { settings: { TOKEN: 'good' } })
  const kept = new Kept()
  await runUntil(connection, channel, kept, () => kept.data.length > 0)
  assert.deepEqual(kept.data, [{ n: '12345678901234567890', text: '0.1', at: 'x' }])
  assert.equal(requests[0]?.headers.authorization, 'Bearer good')
})

test('an event with errors is set aside with all that it says', async t => {
  const event = '{"data":{"added":null},"errors":[{"message":"no right to see it","path":["added"]}]}'
  const { url } = await startSocket(t, event)
  const owner = graphqlShop({ url })
  const channel = owner.subscribe('added', Whole, { ...events, missed: 'lost' })
  const connection = await connectionOf(t, owner)
  const kept = new Kept()
  await runUntil(connection, channel, kept, () => kept.deliveries.length > 0)
  const [{ defect, body } = {}] = kept.deliveries
  assert.match(String(defect), /no right to see it/)
  assert.deepEqual(JSON.parse(String(body)), JSON.parse(event))
})

const hostile: readonly [string, string][] = [
  ['__proto__', '{"data":{"added":{"__proto__":{"polluted":1}}}}'],
  ['half of a surrogate pair', '{"data":{"added":{"text":"\\ud800"}}}'],
  ['what is no JSON', '{'],
  ['more than is allowed', `{"data":{"added":"${'x'.repeat(20_000)}"}}`],
]
for (const [what, event] of hostile) {
  test(`an event with ${what} ends the subscription`, async t => {
    const { url } = await startSocket(t, event)
    const owner = graphqlShop({ url, responseLimit: 10_000 })
    const channel = owner.subscribe('added', Whole, { ...events, missed: 'lost' })
    const connection = await connectionOf(t, owner)
    const kept = new Kept()
    await assert.rejects(
      runUntil(connection, channel, kept, () => false),
      { code: 'SOURCE-FAILED' },
    )
    assert.equal(kept.deliveries.length, 0)
  })
}

test('subscriptions connect to allowed addresses only, by number and by name', async t => {
  const server = await startShop(t, 'yoga')
  for (const host of ['127.0.0.1', 'localhost']) {
    const owner = graphqlShop({
      url: server.url,
      subscriptions: { url: `ws://${host}:${server.port}/graphql` },
    })
    const channel = owner.subscribe('added', Whole, { ...events, missed: 'lost' })
    const asked: string[] = []
    const allows = (address: string) => {
      asked.push(address)
      return false
    }
    const connection = await connectionOf(t, owner, { allows })
    await assert.rejects(
      runUntil(connection, channel, new Kept(), () => false),
      { message: /shop/ },
    )
    assert.ok(asked.length > 0)
  }
})

test('what becomes of missed events has to be said', () => {
  const owner = graphqlShop({ url: 'http://127.0.0.1:1/' })
  const refused: [object, RegExp][] = [
    [events, /"missed" is a list to read, or "lost"/],
    [{ ...events, missed: rows }, /needs an "id"/],
    [{ ...events, missed: 'lost', buffer: 0 }, /buffer/],
  ]
  for (const [options, message] of refused)
    assert.throws(() => owner.subscribe('added', Whole, options as never), {
      code: 'FLOW-DEFINITION',
      message,
    })
})
