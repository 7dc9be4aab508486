import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { Type } from 'typebox'
import { apiKey, basic, bearer, oauth2, type RestOptions, signed } from '../../src/connectors/rest/index.ts'
import { model } from '../../src/model/model.ts'
import type { ConnectContext } from '../../src/system/connector.ts'
import { idempotent, read } from '../../src/system/effect.ts'
import { env, secret } from '../../src/system/setting.ts'
import {
  contextOf,
  errorOf,
  outgoing,
  shop,
  startServer,
  startTcpServer,
} from '../integration/http-harness.ts'

const Text = model('Text', { version: 1, schema: Type.Object({ text: Type.String() }) })
const canary = 'canary-7f3a'
const signal = new AbortController().signal

async function call(
  t: TestContext,
  options: RestOptions,
  over: Partial<ConnectContext> & { data?: string } = {},
) {
  const owner = shop(options)
  const connection = await owner.connector.connect(
    contextOf({ secrets: { TOKEN: canary, USER: 'me' }, ...over }),
  )
  t.after(() => connection.close())
  const channel = owner.send('note', Text, {
    method: 'POST',
    path: data => (data.text.startsWith('/') ? data.text : '/notes'),
    headers: ({ data }) => ({ 'x-text': data.text }),
    effect: idempotent,
  })
  const sink = connection.sink?.(channel)
  return async (text = 'note') => (await sink?.write([outgoing({ text })], signal))?.[0]
}

test('credentials are sent in the way that was chosen', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  for (const auth of [
    bearer(secret('TOKEN')),
    basic(env('USER'), secret('TOKEN')),
    apiKey('X-Key', secret('TOKEN')),
  ])
    assert.deepEqual(await (await call(t, { url, auth }))(), { ok: true })
  assert.equal(received[0]?.headers.authorization, `Bearer ${canary}`)
  assert.equal(received[1]?.headers.authorization, `Basic ${Buffer.from(`me:${canary}`).toString('base64')}`)
  assert.equal(received[2]?.headers['x-key'], canary)
})

test('credentials are in nothing that is shown, kept or thrown', async t => {
  const { url } = await startServer(t, (request, response) => {
    response.writeHead(422, { 'content-type': 'text/plain' })
    response.end(`you said ${request.headers.authorization} ${request.headers['x-key'] ?? ''}`)
  })
  const reset = await startTcpServer(t, socket => socket.once('data', () => socket.resetAndDestroy()))
  for (const auth of [
    bearer(secret('TOKEN')),
    basic(env('USER'), secret('TOKEN')),
    apiKey('X-Key', secret('TOKEN')),
  ]) {
    for (const target of [url, reset, 'http://127.0.0.1:1']) {
      const owner = shop({ url: target, auth })
      const logged: string[] = []
      const error = errorOf(
        await (await call(t, { url: target, auth }, { log: (_, text) => void logged.push(text) }))(),
      )
      const shown =
        inspect([owner, error, logged], { depth: 9, showHidden: true }) +
        JSON.stringify([owner, error.detail])
      assert.ok(!shown.includes(canary), shown)
      assert.ok(!shown.includes(Buffer.from(`me:${canary}`).toString('base64')), shown)
    }
  }
  assert.equal(shop({ url, auth: bearer(secret('TOKEN')) }).connector.summary.auth, 'bearer secret TOKEN')
})

test('credentials that were refused are looked up again', async t => {
  const { url, received } = await startServer(t, (request, response) => {
    response.writeHead(request.headers.authorization === 'Bearer new' ? 200 : 401).end()
  })
  const values = ['old', 'old', 'new'] // looked up at the start, too
  const resolve: ConnectContext['resolve'] = setting =>
    typeof setting === 'string' ? setting : (values.shift() ?? '')
  const send = await call(t, { url, auth: bearer(secret('TOKEN')) }, { resolve })
  assert.equal(errorOf(await send()).code, 'TARGET-CREDENTIALS')
  assert.deepEqual(await send(), { ok: true })
  assert.deepEqual(await send(), { ok: true })
  assert.equal(received.length, 3)
})

test('credentials that no header can hold are not sent, and not shown', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  const resolve = (setting: unknown) => (typeof setting === 'string' ? setting : `${canary}\r\nx: y`)
  const error = errorOf(await (await call(t, { url, auth: bearer(secret('TOKEN')) }, { resolve }))())
  assert.equal(error.code, 'CONFIG-INVALID')
  assert.doesNotMatch(error.message, /canary/)
  assert.deepEqual(received, [])
})

test('an address is http or https, and holds no password', () => {
  const wrong = [
    'file:///etc/passwd',
    'ftp://a',
    'gopher://a',
    '//a/b',
    'a',
    '',
    'http://me:canary@a',
    'http://a?b=c',
  ]
  for (const url of wrong) {
    const thrown = { code: 'CONFIG-INVALID' } as const
    assert.throws(() => shop({ url }), thrown, url)
    assert.throws(
      () => shop({ url }),
      (error: Error) => !error.message.includes('canary'),
    )
  }
})

test('an address that is looked up is held to the same', async () => {
  const owner = shop({ url: env('URL') })
  const connect = (url: string) => owner.connector.connect(contextOf({ resolve: () => url }))
  await assert.rejects(connect('file:///etc/passwd'), { code: 'CONFIG-INVALID' })
})

test('what comes from data cannot lead to another place', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  const send = await call(t, { url: `${url}/api` })
  const paths = [
    '//evil.example/x',
    '/../admin',
    '/a/../../admin',
    '/%2e%2e/admin',
    '/./x',
    '/x?y=1',
    '/x#y',
    '/x y',
    '/x\\y',
    '/ü',
  ]
  for (const path of paths) assert.equal(errorOf(await send(path)).code, 'MSG-ENCODE', path)
  assert.deepEqual(received, [])
})

test('what comes from data cannot begin another header or request', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  const send = await call(t, { url })
  const texts = ['a\r\nx-admin: 1', 'a\nb', 'a\rb', 'a\0b', 'a\r\n\r\nGET / HTTP/1.1', '大', 'a\u0085b\u2028']
  for (const text of texts) {
    const error = errorOf(await send(text))
    assert.equal(error.code, 'MSG-ENCODE', JSON.stringify(text))
    assert.equal(error.fate, 'park')
  }
  assert.deepEqual(received, [])
})

test('a channel cannot set what belongs to the connection, nor replace credentials', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  const owner = shop({ url, auth: bearer(secret('TOKEN')) })
  const connection = await owner.connector.connect(contextOf({ secrets: { TOKEN: canary } }))
  t.after(() => connection.close())
  let headers: Record<string, string> = {}
  const channel = owner.send('note', Text, {
    method: 'POST',
    path: '/',
    headers: () => headers,
    effect: idempotent,
  })
  const send = async () => (await connection.sink?.(channel).write([outgoing({ text: '' })], signal))?.[0]
  for (const name of [
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Expect',
    'Upgrade',
    'x y',
    '',
  ]) {
    headers = { [name]: '0' }
    assert.equal(errorOf(await send()).code, 'MSG-ENCODE', name)
  }
  headers = { Authorization: 'Bearer other' }
  assert.deepEqual(await send(), { ok: true })
  assert.equal(received[0]?.headers.authorization, `Bearer ${canary}`)
})

test('redirects are not followed unless they are allowed', async t => {
  const { url, received } = await startServer(t, (_, response) =>
    response.writeHead(307, { location: '/b' }).end(),
  )
  assert.equal(errorOf(await (await call(t, { url }))()).code, 'TARGET-CONTRACT')
  assert.equal(received.length, 1)
})

test('a redirect is followed within the origin and no further, with as many hops as are allowed', async t => {
  const other = await startServer(t, (_, response) => response.end('{"text": "evil"}'))
  const locations = new Map([
    ['/a', '/b'],
    ['/b', './c?d=1'],
    ['/away', other.url],
    ['/scheme', `//${new URL(other.url).host}/x`],
    ['/file', 'file:///etc/passwd'],
    ['/round', '/round'],
    ['/broken', 'http://['],
  ])
  const { url, received } = await startServer(t, (request, response) => {
    const location = locations.get(request.url ?? '')
    if (location) response.writeHead(302, { location }).end()
    else response.end('{"text": "found"}')
  })
  const owner = shop({ url, auth: bearer(secret('TOKEN')), redirects: 5 })
  const connection = await owner.connector.connect(contextOf({ secrets: { TOKEN: canary } }))
  t.after(() => connection.close())
  const find = owner.operation('find', {
    method: 'GET',
    path: data => data.text,
    request: Text,
    response: Text,
    effect: read,
  })
  const ask = async (text: string) =>
    (await connection.requester?.(find).ask([outgoing({ text })], signal))?.[0]
  assert.deepEqual(await ask('/a'), { ok: true, result: { text: 'found' } })
  assert.deepEqual(
    received.map(({ path }) => path),
    ['/a', '/b', '/c?d=1'],
  )
  for (const path of ['/away', '/scheme', '/file', '/broken', '/round'])
    assert.equal(errorOf(await ask(path)).code, 'TARGET-CONTRACT', path)
  assert.deepEqual(other.received, [])
  assert.equal(received.filter(({ path }) => path === '/round').length, 6)
})

test('what was posted is posted again only where the target says so', async t => {
  const seen: string[] = []
  const statuses = [308, 303, 302]
  const { url } = await startServer(t, (request, response) => {
    seen.push(`${request.method} ${request.url}`)
    if (request.url === '/notes') response.writeHead(statuses.shift() ?? 0, { location: '/other' }).end()
    else response.end()
  })
  const send = await call(t, { url, redirects: 1 })
  assert.deepEqual(await send(), { ok: true })
  assert.deepEqual(await send(), { ok: true })
  assert.equal(errorOf(await send()).code, 'TARGET-CONTRACT')
  assert.deepEqual(seen, ['POST /notes', 'POST /other', 'POST /notes', 'GET /other', 'POST /notes'])
})

test('missing credentials are found when the connection opens, not by the first message', async () => {
  for (const auth of [
    bearer(secret('ABSENT')),
    basic(env('USER'), secret('ABSENT')),
    apiKey('x-key', secret('ABSENT')),
    apiKey({ query: 'key' }, secret('ABSENT')),
    oauth2({ tokenUrl: 'https://login.example/token', clientId: 'us', clientSecret: secret('ABSENT') }),
    signed({ secrets: { key: secret('ABSENT') }, headers: () => ({}) }),
  ]) {
    const owner = shop({ url: 'https://shop.example', auth })
    const connecting = owner.connector.connect(contextOf({ secrets: { USER: 'me' } }))
    await assert.rejects(connecting, { code: 'CONFIG-MISSING', message: /ABSENT/ }, auth.summary)
  }
})

test('a page for people is no answer, however good its status', async t => {
  const { url } = await startServer(t, (request, response) => {
    const body =
      request.headers['x-text'] === 'word' ? 'OK' : '\n<!DOCTYPE html><html><body>Log in</body></html>'
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(body)
  })
  const send = await call(t, { url })
  const error = errorOf(await send('page'))
  assert.equal(error.code, 'TARGET-CONTRACT')
  assert.match(error.message, /page for people/)
  assert.deepEqual(await send('word'), { ok: true })
})
