import assert from 'node:assert/strict'
import { getServers, setServers } from 'node:dns'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { EndpointOptions } from '../../src/connectors/http/config.ts'
import { idempotent, model, Type } from '../../src/index.ts'
import { startDns } from './dns-server.ts'
import { callOnce, connectors } from './http-connectors.ts'
import { contextOf, errorOf, outgoing, shop } from './http-harness.ts'

const Text = model('Text', { version: 1, schema: Type.Object({ text: Type.String() }) })
const signal = new AbortController().signal

/** One of several copies of a system. */
async function copy(t: TestContext, port = 0) {
  const held: (() => void)[] = []
  const state = { calls: 0, status: 200, hold: false, ready: 200, checks: 0 }
  const server: Server = createServer((request, response) => {
    request.resume()
    if (request.url === '/ready') {
      state.checks++
      return void response.writeHead(state.ready).end()
    }
    state.calls++
    const answer = () => void response.writeHead(state.status).end()
    if (state.hold) held.push(answer)
    else answer()
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise(resolve => server.close(resolve))
  }
  t.after(stop)
  const at = (server.address() as AddressInfo).port
  const release = () => {
    for (const answer of held.splice(0)) answer()
  }
  return { state, stop, release, port: at, url: `http://127.0.0.1:${at}` }
}

async function opened(t: TestContext, url: string, endpoints: EndpointOptions) {
  const owner = shop({ url, endpoints })
  const connection = await owner.connector.connect(contextOf())
  t.after(() => connection.close())
  const channel = owner.send('note', Text, {
    method: 'POST',
    path: '/notes',
    effect: idempotent,
    concurrency: 100,
  })
  const sink = connection.sink?.(channel)
  return async () => (await sink?.write([outgoing({ text: 'note' })], signal))?.[0]
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5))
}

test('calls go to the copy with the fewest under way', async t => {
  const [a, b] = [await copy(t), await copy(t)]
  const send = await opened(t, a.url, { urls: [b.url] })
  for (let n = 0; n < 20; n++) assert.deepEqual(await send(), { ok: true })
  assert.deepEqual([a.state.calls, b.state.calls], [10, 10])
  a.state.hold = true
  const slow = [send(), send()]
  await Promise.race(slow)
  assert.deepEqual([a.state.calls, b.state.calls], [11, 11])
  for (let n = 0; n < 10; n++) assert.deepEqual(await send(), { ok: true })
  assert.deepEqual([a.state.calls, b.state.calls], [11, 21])
  a.release()
  await Promise.all(slow)
})

test('what could not be sent to one copy goes to another at once; when all are gone that is said', async t => {
  const [a, b] = [await copy(t), await copy(t)]
  const send = await opened(t, a.url, { urls: [b.url] })
  await a.stop()
  for (let n = 0; n < 10; n++) assert.deepEqual(await send(), { ok: true })
  assert.equal(b.state.calls, 10)
  await b.stop()
  const error = errorOf(await send())
  assert.ok(['TARGET-UNAVAILABLE', 'TARGET-UNANSWERED'].includes(error.code), error.code)
  assert.equal(errorOf(await send()).code, 'TARGET-UNAVAILABLE')
})

test('a copy that fails again and again is left out, and what failed there is not repeated elsewhere by us', async t => {
  const [a, b] = [await copy(t), await copy(t)]
  const send = await opened(t, a.url, { urls: [b.url] })
  a.state.status = 500
  const answers = []
  for (let n = 0; n < 20; n++) answers.push(await send())
  assert.equal(a.state.calls, 3)
  assert.equal(answers.filter(answer => !answer?.ok).length, 3)
  assert.equal(b.state.calls, 17)
})

test('a copy that says that it is not well is left out until it says that it is', async t => {
  const [a, b] = [await copy(t), await copy(t)]
  const send = await opened(t, a.url, { urls: [b.url], health: { path: '/ready', every: '20ms' } })
  assert.deepEqual(await send(), { ok: true })
  a.state.ready = 503
  // When it is asked for the third time, the first answer is known.
  const { checks } = a.state
  await until(() => a.state.checks >= checks + 3)
  const before = a.state.calls
  for (let n = 0; n < 10; n++) assert.deepEqual(await send(), { ok: true })
  assert.equal(a.state.calls, before)
  a.state.ready = 200
  await until(() => {
    void send()
    return a.state.calls > before
  })
})

test('copies are found by SRV records, the preferred first, and looked up again', async t => {
  const [a, b, c] = [await copy(t), await copy(t), await copy(t)]
  const record = (priority: number, { port }: { port: number }) => ({ priority, port, target: 'localhost' })
  const records = { current: [record(1, a), record(1, b), record(2, c)] }
  const before = getServers()
  setServers([await startDns(t, records)])
  t.after(() => setServers(before))
  const send = await opened(t, 'http://erp.example', { srv: '_erp._tcp.example', refresh: '20ms' })
  for (let n = 0; n < 10; n++) assert.deepEqual(await send(), { ok: true })
  assert.deepEqual([a.state.calls, b.state.calls, c.state.calls], [5, 5, 0])
  records.current = [record(1, c)]
  await until(() => {
    void send()
    return c.state.calls > 0
  })
})

test('copies have the protocol and the path of the url', async () => {
  for (const other of ['https://127.0.0.1:1/api', 'http://127.0.0.1:1/other']) {
    const owner = shop({ url: 'http://127.0.0.1:2/api', endpoints: { urls: [other] } })
    await assert.rejects(owner.connector.connect(contextOf()), { code: 'CONFIG-INVALID' })
  }
})

for (const [name, connectorOf] of Object.entries(connectors))
  test(`${name} calls another endpoint, at the path of its url`, async t => {
    const [down, up] = [await copy(t), await copy(t)]
    await down.stop()
    await callOnce(connectorOf({ url: `${down.url}/api`, endpoints: { urls: [`${up.url}/api`] } }))
    assert.ok(up.state.calls > 0)
  })
