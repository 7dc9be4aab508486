import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { Type } from 'typebox'
import { request } from 'undici'
import { xml } from '../../src/connectors/rest/index.ts'
import { model } from '../../src/model/model.ts'
import { secret } from '../../src/system/setting.ts'
import { shop, startHook, statuses } from './http-harness.ts'

const Order = model('Order', {
  version: 1,
  key: 'orderId',
  schema: Type.Object({
    orderId: Type.String({ minLength: 1 }),
    lines: Type.Array(Type.Object({ sku: Type.String(), qty: Type.Number({ exclusiveMinimum: 0 }) }), {
      minItems: 1,
    }),
  }),
})
const good = { orderId: 'A1', lines: [{ sku: 'bolt', qty: 2 }] }

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await request(url, { method: 'POST', body: text, headers })
  const answered = await answer.body.text()
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: answered === '' ? '' : JSON.parse(answered),
  }
}

test('a webhook is answered 202 with the id of its message, and kept as it came', async t => {
  const owner = shop({})
  const channel = owner.webhook('orders', Order, { verify: 'unsigned' })
  const { url, intake } = await startHook(t, channel, { owner })
  const answer = await post(url, ` ${JSON.stringify(good)} `, {
    'ce-id': '7',
    'ce-source': '/line/4',
    'ce-time': '2026-05-04T11:59:00Z',
    'ce-subject': 'A1',
  })
  assert.equal(answer.status, 202)
  assert.deepEqual(answer.body, { id: 'message-1', status: 'accepted' })
  const [delivery] = intake.accepted
  assert.equal(Buffer.from(delivery?.body ?? []).toString(), ` ${JSON.stringify(good)} `)
  assert.equal(delivery?.id, '/line/4 7')
  assert.equal(delivery?.time, Date.UTC(2026, 4, 4, 11, 59))
  assert.equal(delivery?.subject, 'A1')
})

test('the answer comes after the message is durable, not before', async t => {
  const owner = shop({})
  const channel = owner.webhook('orders', Order, { verify: 'unsigned' })
  const { url, intake } = await startHook(t, channel, { owner })
  const synced = Promise.withResolvers<void>()
  intake.syncing = synced.promise
  let answered = false
  const answer = post(url, good).finally(() => {
    answered = true
  })
  await post(url.replace('/hooks/shop/orders', '/healthz'), '')
  assert.equal(answered, false)
  synced.resolve()
  assert.equal((await answer).status, 202)
})

test('more than the rate of a webhook is answered 429 with the time to wait, and nothing of it is kept', async t => {
  const owner = shop({})
  const channel = owner.webhook('orders', Order, { verify: 'unsigned', rate: 0.1 })
  const { url, intake } = await startHook(t, channel, { owner })
  assert.equal((await post(url, good)).status, 202)
  const refused = await post(url, { ...good, orderId: 'A2' })
  assert.equal(refused.status, 429)
  assert.match(String(refused.headers['retry-after']), /^(10|[1-9])$/)
  assert.equal(intake.accepted.length, 1)
})

test('the same message again is answered with the first id, another under its identity with 409', async t => {
  const owner = shop({})
  const channel = owner.webhook('orders', Order, {
    verify: 'unsigned',
    path: '/orders',
    id: order => order.orderId,
    validate: true,
    conflict: 'refuse',
  })
  const { url, intake } = await startHook(t, channel, { owner })
  assert.deepEqual((await post(url, good)).body, { id: 'message-1', status: 'accepted' })
  const again = await post(url, good)
  assert.equal(again.status, 202)
  assert.deepEqual(again.body, { id: 'message-1', status: 'duplicate' })
  const other = await post(url, { ...good, lines: [{ sku: 'nut', qty: 1 }] })
  assert.equal(other.status, 409)
  assert.equal(other.headers['content-type'], 'application/problem+json')
  assert.equal(other.body.id, 'message-1')
  assert.equal(intake.accepted.length, 1)
})

test('data that do not fit are answered 422 with every problem, and nothing is accepted', async t => {
  const owner = shop({})
  const channel = owner.webhook('orders', Order, { verify: 'unsigned', validate: true })
  const { url, intake } = await startHook(t, channel, { owner })
  const answer = await post(url, { lines: [{ sku: 'bolt', qty: 0 }, { qty: 1 }] })
  assert.equal(answer.status, 422)
  assert.equal(answer.headers['content-type'], 'application/problem+json')
  const paths = (answer.body.problems as { path: string; problem: string }[]).map(({ path }) => path)
  assert.deepEqual(paths.sort(), ['lines[0].qty', 'lines[1].sku', 'orderId'])
  assert.deepEqual(intake.accepted, [])
})

test('a body that cannot be read is answered 400 with the place, one that is nested too deep 413', async t => {
  const owner = shop({})
  const channel = owner.webhook('orders', Order, { verify: 'unsigned', validate: true })
  const { url, intake } = await startHook(t, channel, { owner })
  const answer = await post(url, '{"orderId": }')
  assert.equal(answer.status, 400)
  assert.match(answer.body.detail, /line 1, column 13/)
  assert.equal((await post(url, '['.repeat(100_000))).status, 413)
  assert.deepEqual(intake.accepted, [])
})

test('without validation any body is accepted, for the flow to park it', async t => {
  const owner = shop({})
  const id = (order: { orderId: string }) => order.orderId.toUpperCase()
  const channel = owner.webhook('orders', Order, { verify: 'unsigned', id, time: () => Number.NaN })
  const { url, intake } = await startHook(t, channel, { owner })
  for (const body of ['{"orderId": ', '{"other": 1}', '', '{"orderId": "a1"}'])
    assert.equal((await post(url, body)).status, 202)
  assert.deepEqual(
    intake.accepted.map(delivery => delivery.id),
    [undefined, undefined, undefined, 'A1'],
  )
  assert.deepEqual(intake.accepted[3]?.data, { orderId: 'a1' })
  assert.deepEqual(new Set(intake.accepted.map(({ time }) => time)), new Set([undefined]))
})

test('XML is read by the model, with data beside the bytes', async t => {
  const owner = shop({})
  const codec = xml({ root: 'Order', schema: Order.jsonSchema })
  const channel = owner.webhook('orders', Order, { verify: 'unsigned', codec, validate: true })
  const { url, intake } = await startHook(t, channel, { owner })
  const text = '<Order><orderId>A1</orderId><lines><sku>bolt</sku><qty>2</qty></lines></Order>'
  assert.equal((await post(url, text, { 'content-type': 'text/plain' })).status, 202)
  assert.deepEqual(intake.accepted[0]?.data, good)
  assert.equal(Buffer.from(intake.accepted[0]?.body ?? []).toString(), text)
  assert.deepEqual(channel.decode?.(Buffer.from(text)), good)
})

test('while nothing is accepted the caller is told when to come again', async t => {
  const owner = shop({})
  const channel = owner.webhook('orders', Order, { verify: 'unsigned' })
  const { url, intake } = await startHook(t, channel, { owner })
  intake.closed = true
  const answer = await post(url, good)
  assert.equal(answer.status, 503)
  assert.equal(answer.headers['retry-after'], '3')
})

test('a source that stops answers what is under way, and then is gone', async t => {
  const owner = shop({})
  const channel = owner.webhook('orders', Order, { verify: 'unsigned' })
  const { url, intake, stop } = await startHook(t, channel, { owner })
  const synced = Promise.withResolvers<void>()
  intake.syncing = synced.promise
  const entered = new Promise<void>(resolve => {
    const { accept } = intake
    intake.accept = (deliveries, options) => {
      resolve()
      return accept.call(intake, deliveries, options)
    }
  })
  const answer = post(url, good)
  await entered
  let stopped = false
  const stopping = stop().then(() => {
    stopped = true
  })
  const late = await post(url, good)
  const stoppedEarly = stopped
  synced.resolve()
  assert.deepEqual([late.status, stoppedEarly], [503, false])
  assert.equal((await answer).status, 202)
  await stopping
})

test('a body that arrives after the source has stopped is not accepted', async t => {
  const owner = shop({})
  const channel = owner.webhook('orders', Order, { verify: 'unsigned' })
  const { url, intake, stop } = await startHook(t, channel, { owner })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write(
    'POST /hooks/shop/orders HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n',
  )
  assert.deepEqual(statuses(String(await once(socket, 'data'))), [100])
  await stop()
  socket.write('{}')
  assert.deepEqual(statuses(String(await once(socket, 'data'))), [503])
  assert.deepEqual(intake.accepted, [])
})

test('the identity may stand in a header that the caller chooses', async t => {
  const owner = shop({})
  const channel = owner.webhook('orders', Order, { verify: 'unsigned', id: 'X-Request-Id' })
  const { url, intake } = await startHook(t, channel, { owner })
  await post(url, good, { 'x-request-id': 'r1' })
  await post(url, good)
  assert.deepEqual(
    intake.accepted.map(({ id }) => id),
    ['r1', undefined],
  )
})

test('a secret path is looked up, and not in the channel', async t => {
  const owner = shop({})
  const channel = owner.webhook('orders', Order, { verify: 'unsigned', path: secret('HOOK_PATH') })
  const { origin } = await startHook(t, channel, { owner, secrets: { HOOK_PATH: '/in/Jm3k9' } })
  assert.equal((await post(`${origin}/in/Jm3k9`, good)).status, 202)
  assert.doesNotMatch(JSON.stringify(channel), /Jm3k9/)
})

test('a webhook that cannot work is refused when it is declared', () => {
  const owner = shop({})
  const declare = (options: object) => () =>
    owner.webhook('orders', Order, { verify: 'unsigned', ...options })
  for (const path of ['orders', '/a b', '/a?b', '//a', '/a/../b', '/ä'])
    assert.throws(declare({ path }), { code: 'FLOW-DEFINITION' }, path)
  assert.throws(() => owner.webhook('No_Name', Order, { verify: 'unsigned' }), { code: 'FLOW-DEFINITION' })
})
