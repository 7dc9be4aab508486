import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { request } from 'undici'
import { model } from '../../src/model/model.ts'
import type { ListenerLimits } from '../../src/server/listener.ts'
import { converse, type Hook, shop, startHook, statuses } from '../integration/http-harness.ts'

const Anything = model('Anything', { version: 1, schema: Type.Unknown() })

async function start(t: TestContext, limits: Partial<ListenerLimits> = {}): Promise<Hook> {
  const owner = shop({})
  const channel = owner.webhook('in', Anything, {
    verify: 'unsigned',
    path: '/in',
    limit: 1000,
    validate: true,
  })
  return startHook(t, channel, { owner, listener: { limits } })
}

const head = (...lines: readonly string[]) =>
  ['POST /in HTTP/1.1', 'host: test', ...lines, '', ''].join('\r\n')

/** Bodies that two servers in a row could end at different places; the second request hides behind the first. */
const ambiguous: Readonly<Record<string, string>> = {
  'a length and chunks': `${head('content-length: 6', 'transfer-encoding: chunked')}0\r\n\r\nG`,
  'chunks and a length': `${head('transfer-encoding: chunked', 'content-length: 6')}0\r\n\r\nG`,
  'two lengths': `${head('content-length: 1', 'content-length: 2')}12`,
  'a list of lengths': `${head('content-length: 1, 2')}12`,
  'a length with a sign': `${head('content-length: +1')}1`,
  'a hexadecimal length': `${head('content-length: 0x1')}1`,
  'an unknown transfer encoding': `${head('transfer-encoding: xchunked')}0\r\n\r\n`,
  'chunked twice': `${head('transfer-encoding: chunked, chunked')}0\r\n\r\n`,
  'chunked, but not last': `${head('transfer-encoding: chunked, identity')}0\r\n\r\n`,
  'a space before the colon': `${head('transfer-encoding : chunked')}0\r\n\r\n`,
  'a folded header': `${head('transfer-encoding:', ' chunked')}0\r\n\r\n`,
  'a line that ends with LF only': `POST /in HTTP/1.1\nhost: test\ncontent-length: 1\n\n1`,
  'a NUL in a header': `${head('x: a\0b', 'content-length: 1')}1`,
  'a CR in a header': `${head('x: a\rcontent-length: 5', 'content-length: 1')}1`,
  'a chunk whose length is no number': `${head('transfer-encoding: chunked')}1z\r\n1\r\n0\r\n\r\n`,
  'a chunk that ends with LF only': `${head('transfer-encoding: chunked')}1\n1\n0\n\n`,
  'no host': 'POST /in HTTP/1.1\r\ncontent-length: 1\r\n\r\n1',
}

for (const [name, bytes] of Object.entries(ambiguous)) {
  test(`a request with ${name} is refused, and so is what comes behind it`, async t => {
    const { origin, intake } = await start(t)
    const answer = await converse(origin, `${bytes}GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n`)
    assert.deepEqual(statuses(answer), [400])
    assert.deepEqual(intake.accepted, [])
  })
}

test('a body that is declared too long is answered 413 at once', async t => {
  const { origin, intake } = await start(t)
  for (const more of [[], ['expect: 100-continue']]) {
    const socket = open(origin)
    socket.write(head(`content-length: ${2 ** 30}`, ...more))
    const [answer] = await once(socket, 'data')
    assert.deepEqual(statuses(String(answer)), [413])
    socket.destroy()
  }
  assert.deepEqual(intake.accepted, [])
})

test('a body in chunks is answered 413 when it gets too long, also while its sender goes on', async t => {
  const { origin, intake } = await start(t)
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`
  const socket = open(origin)
  socket.write(head('transfer-encoding: chunked') + chunk)
  const [answer] = await once(socket, 'data')
  assert.deepEqual(statuses(String(answer)), [413])
  for (let n = 0; n < 100; n++) socket.write(chunk)
  socket.end('0\r\n\r\n')
  await closed(socket)
  assert.deepEqual(intake.accepted, [])
})

test('who asks before sending is told to go on only if the body would be taken', async t => {
  const { origin, intake } = await start(t)
  const socket = open(origin)
  socket.write(head('content-length: 2', 'expect: 100-continue', 'connection: close'))
  const [first] = await once(socket, 'data')
  assert.deepEqual(statuses(String(first)), [100])
  socket.write('{}')
  const [second] = await once(socket, 'data')
  assert.deepEqual(statuses(String(second)), [202])
  assert.equal(intake.accepted.length, 1)
  const refused = 'POST /out HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n'
  const third = open(origin)
  third.write(refused)
  const [answer] = await once(third, 'data')
  assert.deepEqual(statuses(String(answer)), [404])
  third.destroy()
})

test('headers that are too long are refused', async t => {
  const { origin } = await start(t)
  const answer = await converse(origin, head(`x: ${'x'.repeat(20_000)}`))
  assert.deepEqual(statuses(answer), [431])
})

test('who sends slowly or not at all is cut off, while others are served', async t => {
  const { origin, url, intake } = await start(t, { headerTime: 4_000, requestTime: 8_000 })
  const silent = Array.from({ length: 200 }, () => open(origin))
  const slowHead = open(origin)
  slowHead.write('POST /in HTTP/1.1\r\nhost: te')
  const slowBody = open(origin)
  slowBody.write(head('content-length: 1000'))
  const dripping = setInterval(() => slowBody.write('x'), 20)
  t.after(() => clearInterval(dripping))
  const answer = await request(url, { method: 'POST', body: '{}' })
  assert.equal(answer.statusCode, 202)
  await answer.body.dump()
  await Promise.all([...silent, slowHead, slowBody].map(closed))
  assert.equal(intake.accepted.length, 1)
})

test('above the number of connections new ones are dropped, and the others go on', async t => {
  const { origin, intake } = await start(t, { connections: 2 })
  const post = head('content-length: 2')
  const kept = [open(origin), open(origin)]
  for (const socket of kept) {
    socket.write(`${post}{}`)
    await once(socket, 'data')
  }
  const dropped = open(origin)
  await closed(dropped)
  kept[0]?.write(`${post}{}`)
  await once(kept[0] as Socket, 'data')
  assert.equal(intake.accepted.length, 3)
})

test('the reader of a body is chosen by the channel, not by the caller', async t => {
  const { url, intake } = await start(t)
  const types = [
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'text/plain; charset=utf-16',
    ';;;',
    '',
  ]
  for (const type of types) {
    const body = '{"file": {"filepath": "/etc/passwd"}}'
    const answer = await request(url, { method: 'POST', body, headers: { 'content-type': type } })
    assert.equal(answer.statusCode, 202, type)
    await answer.body.dump()
  }
  for (const { data } of intake.accepted) assert.deepEqual(data, { file: { filepath: '/etc/passwd' } })
  const form = await request(url, { method: 'POST', body: 'a=b' })
  assert.equal(form.statusCode, 400)
  await form.body.dump()
})

test('no name in a body or a query becomes a prototype', async t => {
  const { url, intake } = await start(t)
  for (const body of ['{"__proto__": {"polluted": 1}}', '{"a": {"__proto__": {"polluted": 1}}}']) {
    const answer = await request(`${url}?__proto__[polluted]=1`, { method: 'POST', body })
    assert.equal(answer.statusCode, 400)
    await answer.body.dump()
  }
  const answer = await request(url, {
    method: 'POST',
    body: '{"constructor": {"prototype": {"polluted": 1}}}',
    headers: { __proto__x: '1', constructor: 'x' },
  })
  assert.equal(answer.statusCode, 202)
  await answer.body.dump()
  assert.equal(intake.accepted.length, 1)
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
})

test('a path leads to its channel only as it is written', async t => {
  const { origin, intake } = await start(t)
  for (const path of [
    '/in/',
    '//in',
    '/./in',
    '/x/../in',
    '/%69n',
    '/IN',
    '/in;a',
    '/in%3f',
    '*',
    'http://test/in',
  ]) {
    const answer = await converse(
      origin,
      `POST ${path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`,
    )
    assert.deepEqual(statuses(answer), [404], path)
  }
  assert.deepEqual(intake.accepted, [])
})

function open(origin: string): Socket {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  return socket.on('error', () => {})
}

/** Also where it ended with an error, as it may when it is cut off while it writes. */
async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise(resolve => socket.resume().once('close', resolve))
}
