import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { type Outcome, type RestOptions, rest, xml } from '../../src/connectors/rest/index.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { model } from '../../src/model/model.ts'
import type { Connection } from '../../src/system/connector.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import type { Answer } from '../../src/system/roles.ts'
import { system } from '../../src/system/system.ts'
import { contextOf, errorOf, noon, outgoing, shop, startServer, startTcpServer } from './http-harness.ts'

const Issue = model('Issue', { version: 1, schema: Type.Object({ no: Type.String(), qty: Type.Number() }) })
const Cost = model('Cost', { version: 1, schema: Type.Object({ price: Type.Number() }) })
const issue = { no: 'A 1/2', qty: 2.5 }
const signal = new AbortController().signal

async function connected(t: TestContext, url: string, options: Omit<RestOptions, 'url'> = {}) {
  const owner = shop({ url, ...options })
  const connection = await owner.connector.connect(contextOf())
  t.after(() => connection.close())
  return { owner, connection }
}

/** Sends one issue to an address that answers in one way, and gives what became of it. */
async function sendTo(t: TestContext, url: string, options: Omit<RestOptions, 'url'> = {}) {
  const { owner, connection } = await connected(t, url, options)
  const channel = owner.send('issue', Issue, { method: 'POST', path: '/issues', effect: idempotent })
  return write(connection, channel)
}

async function write(
  connection: Connection,
  channel: Parameters<NonNullable<Connection['sink']>>[0],
): Promise<Answer | undefined> {
  const [answer] = (await connection.sink?.(channel).write([outgoing(issue)], signal)) ?? []
  return answer
}

test('a sink sends what its channel says, with the effect key of an idempotent effect', async t => {
  const { url, received } = await startServer(t, (_, response) => response.writeHead(201).end())
  const { owner, connection } = await connected(t, `${url}/api/v1/`)
  const channel = owner.send('issue', Issue, {
    method: 'PUT',
    path: ({ no }) => `/issues/${encodeURIComponent(no)}`,
    query: ({ qty }) => ({ qty, dry: false, note: undefined, text: 'a&b c' }),
    headers: ({ key }) => ({ 'X-Key': key }),
    codec: xml({ root: 'Issue' }),
    effect: idempotent,
  })
  assert.deepEqual(await write(connection, channel), { ok: true })
  const [request] = received
  assert.equal(request?.method, 'PUT')
  assert.equal(request?.path, '/api/v1/issues/A%201%2F2?qty=2.5&dry=false&text=a%26b+c')
  assert.match(request?.body ?? '', /<Issue><no>A 1\/2<\/no><qty>2\.5<\/qty><\/Issue>$/)
  assert.equal(request?.headers['content-type'], 'application/xml')
  assert.equal(request?.headers['idempotency-key'], 'effect-1')
  assert.equal(request?.headers['x-key'], 'key-1')
})

test('the effect key stands where the target wants it, and not on other effects', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  const { owner, connection } = await connected(t, url)
  const common = { method: 'POST', path: '/issues' } as const
  const named = owner.send('named', Issue, {
    ...common,
    effect: idempotent,
    idempotencyHeader: 'X-Request-Ref',
  })
  const within = owner.send('within', Issue, {
    ...common,
    effect: irreversible,
    body: item => ({ ...item.data, reference: item.effectKey }),
  })
  await write(connection, named)
  await write(connection, within)
  assert.equal(received[0]?.headers['x-request-ref'], 'effect-1')
  assert.equal(received[0]?.headers['idempotency-key'], undefined)
  assert.equal(received[1]?.headers['idempotency-key'], undefined)
  assert.deepEqual(JSON.parse(received[1]?.body ?? ''), { ...issue, reference: 'effect-1' })
})

test('a requester gives the answer as its model describes it', async t => {
  const { url, received } = await startServer(t, (_, response) =>
    response.end('<Cost><price>4.5</price></Cost>'),
  )
  const { owner, connection } = await connected(t, url)
  const cost = owner.operation('cost', {
    method: 'GET',
    path: ({ no }) => `/materials/${encodeURIComponent(no)}/cost`,
    request: Issue,
    response: Cost,
    responseCodec: xml({ root: 'Cost', schema: Cost.jsonSchema }),
    effect: read,
  })
  const answers = await connection.requester?.(cost).ask([outgoing(issue), outgoing(issue, 2)], signal)
  assert.deepEqual(answers, [
    { ok: true, result: { price: 4.5 } },
    { ok: true, result: { price: 4.5 } },
  ])
  assert.equal(received[0]?.path, '/materials/A%201%2F2/cost')
  assert.equal(received[0]?.headers.accept, 'application/xml')
  assert.equal(received[0]?.body, '')
})

test('an answer is given its version, by which a later write compares', async t => {
  const { url, received } = await startServer(t, ({ method }, response) => {
    if (method === 'GET') response.setHeader('ETag', 'W/"7"').end('{"price": 4.5}')
    else response.writeHead(412).end()
  })
  const { owner, connection } = await connected(t, url)
  const Versioned = model('Versioned', {
    version: 1,
    schema: Type.Object({ price: Type.Number(), version: Type.Optional(Type.String()) }),
  })
  const common = { path: '/cost', request: Issue } as const
  const cost = owner.operation('cost', {
    ...common,
    method: 'GET',
    response: Versioned,
    etag: 'version',
    effect: read,
  })
  const [answer] = (await connection.requester?.(cost).ask([outgoing(issue)], signal)) ?? []
  assert.deepEqual(answer, { ok: true, result: { price: 4.5, version: 'W/"7"' } })
  const change = owner.operation('change', {
    ...common,
    method: 'PUT',
    headers: () => ({ 'If-Match': 'W/"7"' }),
    effect: idempotent,
  })
  const refused = await connection.requester?.(change).ask([outgoing(issue)], signal)
  assert.equal(errorOf(refused?.[0]).code, 'TARGET-CHANGED')
  assert.equal(received[1]?.headers['if-match'], 'W/"7"')
})

test('without a model the answer is null, whatever came', async t => {
  const { url } = await startServer(t, (_, response) => response.end('done!'))
  const { owner, connection } = await connected(t, url)
  const touch = owner.operation('touch', {
    method: 'POST',
    path: '/touch',
    request: Issue,
    effect: idempotent,
  })
  assert.deepEqual(await connection.requester?.(touch).ask([outgoing(issue)], signal), [
    { ok: true, result: null },
  ])
})

test('an answer that does not fit says what does not, and not what came', async t => {
  const bodies = ['{"price": "secret-price"}', 'secret-price', '']
  const { url } = await startServer(t, (_, response) => response.end(bodies.shift()))
  const { owner, connection } = await connected(t, url)
  const options = { method: 'POST', path: '/cost', request: Issue, response: Cost } as const
  const cost = owner.operation('cost', { ...options, effect: irreversible })
  const ask = async () => errorOf((await connection.requester?.(cost).ask([outgoing(issue)], signal))?.[0])
  const errors = [await ask(), await ask(), await ask()]
  for (const { code, message } of errors) {
    assert.equal(code, 'TARGET-CONTRACT')
    assert.match(message, /shop\.cost answered 200.*may have been done/)
    assert.doesNotMatch(message, /secret-price/)
  }
  assert.match(errors[0]?.message ?? '', /not a Cost\.v1: price must be number, and is text/)
})

const expected: Readonly<Record<number, Outcome>> = {
  200: 'ok',
  201: 'ok',
  202: 'ok',
  204: 'ok',
  301: 'contract',
  304: 'contract',
  400: 'refused',
  401: 'credentials',
  403: 'credentials',
  404: 'refused',
  408: 'unavailable',
  409: 'refused',
  410: 'refused',
  412: 'changed',
  422: 'refused',
  425: 'unavailable',
  429: 'unavailable',
  500: 'unanswered',
  501: 'refused',
  502: 'unanswered',
  503: 'unavailable',
  504: 'unanswered',
  599: 'unanswered',
}
const codes: Readonly<Record<Outcome, ErrorCode | undefined>> = {
  ok: undefined,
  refused: 'TARGET-REFUSED',
  changed: 'TARGET-CHANGED',
  unavailable: 'TARGET-UNAVAILABLE',
  unanswered: 'TARGET-UNANSWERED',
  credentials: 'TARGET-CREDENTIALS',
  contract: 'TARGET-CONTRACT',
}

for (const [status, outcome] of Object.entries(expected)) {
  test(`an answer ${status} is ${outcome}`, async t => {
    const { url } = await startServer(t, (_, response) => response.writeHead(Number(status)).end())
    const answer = await sendTo(t, url)
    if (outcome === 'ok') assert.deepEqual(answer, { ok: true })
    else assert.equal(errorOf(answer).code, codes[outcome])
  })
}

test('a channel may read statuses in its own way', async t => {
  const statuses = [409, 202, 404, 418]
  const { url } = await startServer(t, (_, response) => response.writeHead(statuses.shift() ?? 0).end())
  const { owner, connection } = await connected(t, url)
  const channel = owner.send('issue', Issue, {
    method: 'POST',
    path: '/issues',
    effect: idempotent,
    outcomes: { 409: 'ok', 202: 'unanswered', '4xx': 'unavailable' },
  })
  assert.deepEqual(await write(connection, channel), { ok: true })
  assert.equal(errorOf(await write(connection, channel)).code, 'TARGET-UNANSWERED')
  assert.equal(errorOf(await write(connection, channel)).code, 'TARGET-UNAVAILABLE')
  assert.equal(errorOf(await write(connection, channel)).code, 'TARGET-UNAVAILABLE')
})

test('a refusal carries the reason that the target gives', async t => {
  const answers: [string, string][] = [
    ['application/xml', '<Refusal><Code>NO-STOCK</Code><Message>Only 3 &lt; 5\n left</Message></Refusal>'],
    ['application/problem+json', '{"title": "Conflict", "detail": "already posted"}'],
    ['application/json; charset=utf-8', '{"error": {"code": 7, "message": "unknown material"}}'],
    [
      'application/json',
      '{"errors": [{"message": "must be unique", "extensions": {}}, {"message": "and more"}]}',
    ],
    ['text/html', '<html><head><title>Bad Request</title><style>a{}</style></head></html>'],
    ['text/plain', `not\u001b[31m now${' and never'.repeat(100)}`],
    ['application/json', 'no JSON'],
    ['application/octet-stream', 'bytes'],
  ]
  const reasons = [
    ': NO-STOCK Only 3 < 5 left',
    ': already posted',
    ': unknown material',
    ': must be unique',
    ': Bad Request',
    ': not [31m now and never',
    ': no JSON',
    '',
  ]
  const { url } = await startServer(t, (_, response) => {
    const [type, body] = answers.shift() ?? []
    response.writeHead(422, { 'content-type': type }).end(body)
  })
  for (const reason of reasons) {
    const { message } = errorOf(await sendTo(t, url))
    assert.ok(message.startsWith(`shop.issue answered 422${reason}`), message)
    assert.ok(message.length < 340, message)
  }
})

test('Retry-After is honoured up to an hour, and ignored where it makes no sense', async t => {
  const waits: readonly [string, number | undefined][] = [
    ['7', 7_000],
    ['0', 0],
    ['86400', 3_600_000],
    [new Date(noon + 90_000).toUTCString(), 90_000],
    [new Date(noon + 90 * 86_400_000).toUTCString(), 3_600_000],
    [new Date(noon - 90_000).toUTCString(), undefined],
    ['-5', undefined],
    ['1e9', undefined],
    ['99999999999999999999', undefined],
    ['soon', undefined],
    ['2026-05-04', undefined],
    ['', undefined],
  ]
  const given = waits.map(([text]) => text)
  const { url } = await startServer(t, (_, response) => {
    response.writeHead(503, { 'retry-after': given.shift() }).end()
  })
  for (const [text, wait] of waits) assert.equal(errorOf(await sendTo(t, url)).retryAfter, wait, text)
})

test('what cannot be connected to has certainly not been called', async t => {
  const { url } = await startServer(t, () => {})
  const { port } = new URL(url)
  const addresses = [
    `http://127.0.0.1:1/`,
    `http://no-such-host.invalid:${port}`,
    `https://127.0.0.1:${port}`,
  ]
  for (const address of addresses) {
    const error = errorOf(await sendTo(t, address, { timeouts: { connect: '2s' } }))
    assert.equal(error.code, 'TARGET-UNAVAILABLE', error.message)
    assert.match(error.message, /shop\.issue cannot be reached: \S/)
  }
})

const never = () => {}
const answered = 'HTTP/1.1 200 OK\r\n'
/** What a target may do after it got a request, in a way that does not tell whether it did what it was asked. */
const unanswered: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'says nothing': never,
  'resets the connection': ({ socket }) => void socket?.resetAndDestroy(),
  'closes the connection': ({ socket }) => void socket?.end(),
  'resets in the middle of the status line': ({ socket }) =>
    void socket?.write('HTTP/1.1 2', () => socket.resetAndDestroy()),
  'resets after the status': ({ socket }) =>
    void socket?.write(`${answered}content-length: 10\r\n\r\nhalf`, () =>
      setImmediate(() => socket.resetAndDestroy()),
    ),
  'ends in the middle of the body': ({ socket }) =>
    void socket?.end(`${answered}content-length: 10\r\n\r\nhalf`),
  'ends in the middle of a chunk': ({ socket }) =>
    void socket?.end(`${answered}transfer-encoding: chunked\r\n\r\n8\r\nhalf`),
  'answers what is no HTTP': ({ socket }) => void socket?.end('220 mail server ready\r\n'),
  'lets us wait after 100': ({ socket }) => void socket?.write('HTTP/1.1 100 Continue\r\n\r\n'),
  'lets us wait after 102': ({ socket }) => void socket?.write('HTTP/1.1 102 Processing\r\n\r\n'),
  'sends a byte now and then': ({ socket }) => {
    socket?.write(`${answered}content-length: 100000\r\n\r\n`)
    const drip = setInterval(() => socket?.write('x'), 20)
    socket?.once('close', () => clearInterval(drip))
  },
  'sends headers without end': ({ socket }) => {
    socket?.write(answered)
    const drip = setInterval(() => socket?.write('x-more: y\r\n'), 20)
    socket?.once('close', () => clearInterval(drip))
  },
}

for (const [what, act] of Object.entries(unanswered)) {
  test(`a target that ${what} has not answered, and that is known in time`, { timeout: 240_000 }, async t => {
    const { url, received } = await startServer(t, (_, response) => act(response))
    const error = errorOf(await sendTo(t, url, { timeouts: { firstByte: '3s', total: '4s' } }))
    assert.equal(error.code, 'TARGET-UNANSWERED', error.message)
    assert.match(error.message, /shop\.issue was called and did not answer: \S/)
    assert.equal(received.length, 1, 'the request is not repeated')
  })
}

test('an answer that is slow to begin is waited for as long as firstByte says', async t => {
  const { url } = await startServer(t, never)
  const error = errorOf(await sendTo(t, url, { timeouts: { firstByte: '50ms', total: '1h' } }))
  assert.equal(error.code, 'TARGET-UNANSWERED')
})

test('a server that takes connections and never speaks TLS is not reached in time', async t => {
  const url = await startTcpServer(t, never)
  const error = errorOf(
    await sendTo(t, url.replace('http', 'https'), { timeouts: { connect: '50ms', total: '1h' } }),
  )
  assert.equal(error.code, 'TARGET-UNAVAILABLE')
})

test('an answer without end is cut at the limit', async t => {
  const { url } = await startServer(t, (_, response) => {
    const pour = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    }
    response.on('drain', pour)
    pour()
  })
  const error = errorOf(await sendTo(t, url, { responseLimit: 100_000 }))
  assert.equal(error.code, 'TARGET-CONTRACT')
  assert.match(error.message, /more than 100000 bytes/)
})

test('a call that is given up while it runs has not been answered, one given up before was not made', async t => {
  const { url, received } = await startServer(t, () => giveUp.abort())
  const { owner, connection } = await connected(t, url)
  const channel = owner.send('issue', Issue, { method: 'POST', path: '/issues', effect: irreversible })
  const giveUp = new AbortController()
  const sink = connection.sink?.(channel)
  assert.equal(errorOf((await sink?.write([outgoing(issue)], giveUp.signal))?.[0]).code, 'TARGET-UNANSWERED')
  assert.equal(errorOf((await sink?.write([outgoing(issue)], giveUp.signal))?.[0]).code, 'TARGET-UNAVAILABLE')
  assert.equal(received.length, 1)
})

test('items of one call are answered one by one', async t => {
  const { url } = await startServer(t, (request, response) => {
    response.writeHead(request.headers['idempotency-key'] === 'effect-2' ? 422 : 200).end()
  })
  const { owner, connection } = await connected(t, url)
  const channel = owner.send('issue', Issue, {
    method: 'POST',
    path: '/issues',
    effect: idempotent,
    concurrency: 3,
  })
  const sink = connection.sink?.(channel)
  const answers = await sink?.write([outgoing(issue, 1), outgoing(issue, 2), outgoing(issue, 3)], signal)
  assert.deepEqual(
    answers?.map(({ ok }) => ok),
    [true, false, true],
  )
  assert.equal(sink?.concurrency, 3)
})

test('a probe tells whether a call has happened', async t => {
  const answers: [number, string][] = [
    [200, '{"found": [{"price": 3}]}'],
    [200, '{"found": []}'],
    [404, ''],
    [410, ''],
    [200, '{"found": [{"price": "free"}]}'],
    [503, ''],
  ]
  const { url, received } = await startServer(t, (_, response) => {
    const [status, body] = answers.shift() ?? [500, '']
    response.writeHead(status).end(body)
  })
  const { owner, connection } = await connected(t, url)
  type Found = { found: { price: number }[] }
  const order = owner.operation('order', {
    method: 'POST',
    path: '/orders',
    request: Issue,
    response: Cost,
    effect: irreversible,
    probe: {
      method: 'GET',
      path: () => '/orders',
      query: ({ effectKey }) => ({ reference: effectKey }),
      done: answer => (answer as Found).found.length > 0,
      result: answer => (answer as Found).found[0] as { price: number },
    },
  })
  assert.equal(order.effect.probe, true)
  const probe = () => connection.requester?.(order).probe?.(outgoing(issue), signal)
  assert.deepEqual(await probe(), { outcome: 'done', result: { price: 3 } })
  assert.deepEqual(await probe(), { outcome: 'absent' })
  assert.deepEqual(await probe(), { outcome: 'absent' })
  assert.deepEqual(await probe(), { outcome: 'unknown' })
  assert.deepEqual(await probe(), { outcome: 'unknown' })
  await assert.rejects(async () => probe(), { code: 'TARGET-UNAVAILABLE' })
  assert.equal(received[0]?.path, '/orders?reference=effect-1')
})

test('the probe of a sink needs no more than an address', async t => {
  const statuses = [200, 404]
  const { url } = await startServer(t, (_, response) =>
    response.writeHead(statuses.shift() ?? 0).end('whatever'),
  )
  const { owner, connection } = await connected(t, url)
  const channel = owner.send('issue', Issue, {
    method: 'POST',
    path: '/issues',
    effect: irreversible,
    probe: { path: item => `/issues/${encodeURIComponent(item.key)}` },
  })
  const sink = connection.sink?.(channel)
  assert.deepEqual(await sink?.probe?.(outgoing(issue), signal), { outcome: 'done' })
  assert.deepEqual(await sink?.probe?.(outgoing(issue), signal), { outcome: 'absent' })
})

test('a function of the author that fails does so before anything is sent', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  const { owner, connection } = await connected(t, url)
  const path = (): string => {
    throw new TypeError('no such field')
  }
  const channel = owner.send('issue', Issue, { method: 'POST', path, effect: irreversible })
  const error = errorOf(await write(connection, channel))
  assert.equal(error.code, 'STEP-FAILED')
  assert.match(error.message, /no such field/)
  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  const unsayable = owner.send('other', Issue, {
    method: 'POST',
    path: '/x',
    effect: irreversible,
    body: () => cyclic,
  })
  assert.equal(errorOf(await write(connection, unsayable)).fate, 'park')
  assert.deepEqual(received, [])
})

for (const [what, status] of [
  ['refuses', 404],
  ['refuses our credentials', 401],
  ['is unavailable', 503],
  ['breaks off', 0],
] as const) {
  test(`a call that was done is in doubt when the address of its answer ${what}`, async t => {
    const { url, received } = await startServer(t, (request, response) => {
      if (request.method === 'POST') response.writeHead(303, { location: '/result' }).end()
      else if (status === 0) response.socket?.destroy()
      else response.writeHead(status).end()
    })
    assert.equal(errorOf(await sendTo(t, url, { redirects: 1 })).code, 'TARGET-UNANSWERED')
    assert.equal(received.length, 2)
  })
}

test('a system is checked without any effect on it', async t => {
  const statuses = [404, 401, 503]
  const { url, received } = await startServer(t, (_, response) =>
    response.writeHead(statuses.shift() ?? 0).end(),
  )
  const { connection } = await connected(t, `${url}/api`)
  await connection.check()
  await assert.rejects(connection.check(), { code: 'TARGET-CREDENTIALS' })
  await assert.rejects(connection.check(), { code: 'TARGET-UNAVAILABLE' })
  assert.deepEqual([received[0]?.method, received[0]?.path], ['HEAD', '/api/'])
  const { connection: unreachable } = await connected(t, 'http://127.0.0.1:1')
  await assert.rejects(unreachable.check(), { code: 'TARGET-UNAVAILABLE' })
})

test('closing waits for calls under way; afterwards nothing is sent', async t => {
  const asked = Promise.withResolvers<ServerResponse>()
  const { url, received } = await startServer(t, (_, response) => asked.resolve(response))
  const { owner, connection } = await connected(t, url)
  const channel = owner.send('issue', Issue, { method: 'POST', path: '/issues', effect: irreversible })
  const underWay = write(connection, channel)
  const response = await asked.promise
  const closing = connection.close()
  assert.equal(errorOf(await write(connection, channel)).code, 'TARGET-UNAVAILABLE')
  response.end()
  assert.deepEqual(await underWay, { ok: true })
  await closing
  assert.equal(received.length, 1)
})

test('channels that cannot work are refused when they are declared', () => {
  const owner = shop({ url: 'http://127.0.0.1' })
  const declare = (options: object) => () =>
    owner.send('issue', Issue, { method: 'POST', path: '/x', effect: idempotent, ...options })
  assert.throws(declare({ path: 'x' }), { code: 'FLOW-DEFINITION' })
  assert.throws(declare({ headers: { host: 'x' } }), { code: 'FLOW-DEFINITION' })
  assert.throws(declare({ idempotencyHeader: 'x y' }), { code: 'FLOW-DEFINITION' })
  assert.throws(() => shop({}).send('issue', Issue, { method: 'POST', path: '/x', effect: idempotent }), {
    code: 'FLOW-DEFINITION',
    message: /url/,
  })
  assert.throws(() => shop({ url: 'http://127.0.0.1', redirects: 6 }), { code: 'FLOW-DEFINITION' })
  assert.throws(() => shop({ url: 'http://127.0.0.1', timeouts: { total: '5 s' } }), {
    code: 'FLOW-DEFINITION',
  })
})

test('a channel of another system is not served', async t => {
  const { connection } = await connected(t, 'http://127.0.0.1:1')
  const other = system('other', { kind: 'other', connector: rest({ url: 'http://127.0.0.1:1' }) })
  const channel = other.send('issue', Issue, { method: 'POST', path: '/x', effect: idempotent })
  assert.throws(() => connection.sink?.(channel), { code: 'FLOW-DEFINITION' })
  assert.throws(() => connection.source?.(other.webhook('in', Issue, { verify: 'unsigned' })), {
    code: 'FLOW-DEFINITION',
  })
})
