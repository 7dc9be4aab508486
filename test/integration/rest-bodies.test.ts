import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { Type } from 'typebox'
import {
  delimited,
  type Failing,
  type FilePart,
  file,
  form,
  multipart,
  type RestChannels,
} from '../../src/connectors/rest/index.ts'
import { model } from '../../src/model/model.ts'
import type { RequesterChannel } from '../../src/system/channel.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import { secret } from '../../src/system/setting.ts'
import { contextOf, errorOf, outgoing, shop, startServer } from './http-harness.ts'

const signal = new AbortController().signal
const Any = model('Any', { version: 1, schema: Type.Any() })
const Pet = model('Pet', { version: 1, schema: Type.Object({ name: Type.String() }) })
const MaybePet = model('MaybePet', { version: 1, schema: Type.Union([Type.Null(), Pet.jsonSchema as never]) })

async function ask<O>(
  t: TestContext,
  url: string,
  channelOf: (owner: RestChannels) => RequesterChannel<unknown, O>,
  data: unknown = {},
) {
  const owner = shop({ url, auth: undefined })
  const connection = await owner.connector.connect(contextOf({ secrets: { KEY: 'canary-4411' } }))
  t.after(() => connection.close())
  const [answer] = (await connection.requester?.(channelOf(owner)).ask([outgoing(data)], signal)) ?? []
  return answer
}

/** Reads forms with the parser of Node itself. */
async function parsed(contentType: string | undefined, body: Uint8Array): Promise<[string, string | File][]> {
  const headers = { 'content-type': contentType ?? '' }
  const fields = await new Response(Buffer.from(body), { headers }).formData()
  return [...fields] as [string, string | File][]
}

test('an operation says in path, query, headers and body all that OpenAPI can', async t => {
  const { url, received } = await startServer(t, (_, response) => response.writeHead(204).end())
  const answer = await ask(
    t,
    url,
    owner =>
      owner.operation('create-pet', {
        method: 'POST',
        path: pet => `/pets/${encodeURIComponent(pet.name)}`,
        query: () => ({
          tag: ['a b', 'c,d'],
          ids: delimited([1, 2n, 'x,y']),
          spaced: delimited(['a', 'b'], ' '),
          piped: delimited(['a', 'b'], '|'),
          none: delimited([]),
          filter: { age: 3, name: undefined },
          absent: undefined,
          nothing: null,
          all: [],
        }),
        headers: () => ({ 'X-Count': 3, 'X-Dry': true, 'X-None': undefined, 'X-Null': null }),
        codec: form(),
        body: ({ data }) => ({ name: data.name, tags: ['a', 'b'], age: 3, none: undefined }),
        request: Pet,
        response: MaybePet,
        effect: irreversible,
      }) as never,
    { name: 'Bello/Ü' },
  )
  assert.deepEqual(answer, { ok: true, result: null })
  const [request] = received
  assert.equal(
    request?.path,
    '/pets/Bello%2F%C3%9C?tag=a+b&tag=c%2Cd&ids=1,2,x%2Cy&spaced=a%20b&piped=a%7Cb&filter%5Bage%5D=3',
  )
  assert.equal(request?.headers['x-count'], '3')
  assert.equal(request?.headers['x-dry'], 'true')
  assert.ok(!('x-none' in (request?.headers ?? {})) && !('x-null' in (request?.headers ?? {})))
  assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded')
  assert.equal(request?.headers.accept, 'application/json')
  assert.equal(request?.body, 'name=Bello%2F%C3%9C&tags=a&tags=b&age=3')
})

test('an answer without a body is null, for the model to allow', async t => {
  const { url } = await startServer(t, (_, response) => response.writeHead(204).end())
  const get = { method: 'GET', path: '/pets', request: Any, effect: read } as const
  const strict = await ask(t, url, owner => owner.operation('pet', { ...get, response: Pet }))
  assert.equal(errorOf(strict).code, 'TARGET-CONTRACT')
  const lenient = await ask(t, url, owner => owner.operation('pet', { ...get, response: MaybePet }))
  assert.deepEqual(lenient, { ok: true, result: null })
})

test('a body that is undefined is not there, nor is its content type', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  const post = {
    method: 'POST',
    path: '/start',
    body: () => undefined,
    request: Any,
    effect: idempotent,
  } as const
  assert.deepEqual(await ask(t, url, owner => owner.operation('start', post)), { ok: true, result: null })
  assert.equal(received[0]?.body, '')
  assert.ok(!('content-type' in (received[0]?.headers ?? {})))
  const remove = { method: 'DELETE', path: '/pets', request: Any, effect: idempotent } as const
  await ask(t, url, owner => owner.operation('remove', remove), { ids: [1] })
  await ask(t, url, owner => owner.operation('remove', { ...remove, body: ({ data }) => data }), { ids: [1] })
  assert.deepEqual(
    received.slice(1).map(({ body }) => body),
    ['', '{"ids":[1]}'],
  )
})

test('multipart bodies arrive as they were given: fields, lists, objects and files of any bytes', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end('{"name":"ok"}'))
  const bytes = Buffer.from([0, 13, 10, 45, 45, 255, 128])
  const answer = await ask(t, url, owner =>
    owner.operation('upload', {
      method: 'POST',
      path: '/files',
      codec: multipart(),
      body: () => ({
        'note "1"\r\n': 'Grüße\r\n--isthmus',
        count: 3,
        tags: ['a', 'b'],
        about: { by: 'me' },
        scan: file('a "b"\n资料.pdf', bytes, 'application/pdf'),
        none: undefined,
      }),
      request: Any,
      response: Pet,
      effect: idempotent,
    }),
  )
  assert.deepEqual(answer, { ok: true, result: { name: 'ok' } })
  assert.match(received[0]?.headers['content-type'] ?? '', /^multipart\/form-data; boundary=isthmus-/)
  const { contentType, body } = multipart().write({ scan: file('a "b"\n资料.pdf', bytes, 'application/pdf') })
  const [[name, scan] = []] = await parsed(contentType, body)
  assert.equal(name, 'scan')
  assert.ok(scan instanceof File)
  assert.equal(scan.type, 'application/pdf')
  assert.deepEqual(Buffer.from(await scan.arrayBuffer()), bytes)
})

test('any fields and files come out of a multipart body as they went in', async () => {
  const text = fc.string({ unit: 'binary' }).map(each => each.toWellFormed())
  const part = fc.tuple(
    fc.string({ minLength: 1 }).map(each => each.replace(/["\r\n%]/g, 'x')),
    fc.uint8Array(),
    text,
  )
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async parts => {
      const data: Record<string, string | FilePart> = Object.fromEntries(
        parts.flatMap(([name, bytes, words], n) => [
          [`f${n}${name}`, file('f.bin', bytes)],
          [`t${n}${name}`, words],
        ]),
      )
      const { contentType, body } = multipart().write(data)
      assert.deepEqual(multipart().write(data).body, body)
      const found = Object.fromEntries(await parsed(contentType, body))
      for (const [name, value] of Object.entries(data)) {
        const got = found[name]
        if (typeof value === 'string') assert.equal(got, value)
        else assert.deepEqual(new Uint8Array(await (got as File).arrayBuffer()), new Uint8Array(value.bytes))
      }
    }),
    { numRuns: 50 },
  )
})

test('what forms cannot hold is refused before anything is sent', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  for (const [codec, body] of [
    [form(), []],
    [form(), { a: { b: 1 } }],
    [form(), { a: Number.NaN }],
    [multipart(), 'text'],
    [multipart(), { a: null, b: '\ud800' }],
    [multipart(), { '\ud800': 1 }],
  ] as const) {
    const post = {
      method: 'POST',
      path: '/x',
      codec,
      body: () => body,
      request: Any,
      effect: idempotent,
    } as const
    const answer = await ask(t, url, owner => owner.operation('post', post))
    assert.equal(errorOf(answer).code, 'MSG-ENCODE')
  }
  assert.throws(() => file('a', new Uint8Array(), 'a\r\nb'), { code: 'MSG-ENCODE' })
  assert.equal(received.length, 0)
})

test('forms are read exactly, or not at all', () => {
  const decode = (text: string) => form().decode(Buffer.from(text))
  assert.deepEqual(decode('a=1&b=x+y%26&a=2&a=3&c='), { a: ['1', '2', '3'], b: 'x y&', c: '' })
  assert.deepEqual(decode('constructor=1&toString=2'), { constructor: '1', toString: '2' })
  assert.throws(() => decode('__proto__=1'), { code: 'MSG-DECODE' })
  assert.throws(() => decode('a=%ff'), { code: 'MSG-DECODE' })
  assert.throws(() => decode('a=100%'), { code: 'MSG-DECODE' })
})

const failing: Failing = answer => {
  const { code, text } = answer as { code: string; text?: string }
  const outcomes = {
    BUSY: 'unavailable',
    BAD: 'refused',
    KEY: 'credentials',
    ODD: 'contract',
    HUH: 'unanswered',
  }
  const outcome = outcomes[code as 'BUSY']
  return outcome === undefined ? undefined : { outcome: outcome as 'refused', reason: text }
}

test('a failure inside a good status decides as declared, with its reason', async t => {
  let body = ''
  const { url } = await startServer(t, (_, response) => response.end(body))
  const owner = shop({
    url,
    auth: {
      settings: [],
      summary: '',
      open: host => ({
        prove: async () => ({ headers: { 'x-k': host.resolve(secret('KEY')) } }),
        refused: () => false,
      }),
    },
  })
  const connection = await owner.connector.connect(contextOf({ secrets: { KEY: 'canary-4411' } }))
  t.after(() => connection.close())
  const channel = owner.send('post', Any, {
    method: 'POST',
    path: '/',
    failure: failing,
    effect: irreversible,
  })
  const write = async (answer: object | string) => {
    body = typeof answer === 'string' ? answer : JSON.stringify(answer)
    return (await connection.sink?.(channel).write([outgoing({})], signal))?.[0]
  }
  assert.deepEqual(await write({ code: 'OK' }), { ok: true })
  for (const [code, expected] of Object.entries({
    BUSY: 'TARGET-UNAVAILABLE',
    BAD: 'TARGET-REFUSED',
    KEY: 'TARGET-CREDENTIALS',
    ODD: 'TARGET-CONTRACT',
    HUH: 'TARGET-UNANSWERED',
  })) {
    const error = errorOf(await write({ code, text: 'no such\nmaterial canary-4411' }))
    assert.equal(error.code, expected)
    assert.match(error.message, /answered 200 and failed: no such material \*\*\*$/)
  }
  // What cannot be told is no success.
  assert.equal(errorOf(await write('gibberish')).code, 'TARGET-CONTRACT')
  assert.equal(errorOf(await write('null')).code, 'TARGET-CONTRACT')
  assert.equal(errorOf(await write('')).code, 'TARGET-CONTRACT')
})

test('a probe that is answered with a failure has not found that the call was done', async t => {
  const { url } = await startServer(t, (_, response) => response.end('{"code":"BUSY"}'))
  const owner = shop({ url })
  const connection = await owner.connector.connect(contextOf())
  t.after(() => connection.close())
  const channel = owner.send('post', Any, {
    method: 'POST',
    path: '/',
    failure: failing,
    effect: irreversible,
    probe: { path: () => '/1' },
  })
  const sink = connection.sink?.(channel)
  await assert.rejects(async () => sink?.probe?.(outgoing({}), signal), { code: 'TARGET-UNAVAILABLE' })
})
