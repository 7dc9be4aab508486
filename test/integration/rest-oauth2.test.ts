import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { Type } from 'typebox'
import { type OAuth2Options, type Outcomes, oauth2 } from '../../src/connectors/rest/index.ts'
import { rpc } from '../../src/connectors/rpc/index.ts'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible } from '../../src/system/effect.ts'
import { env, secret } from '../../src/system/setting.ts'
import { system } from '../../src/system/system.ts'
import { contextOf, errorOf, outgoing, shop, startServer } from './http-harness.ts'
import { clientSecret, type OAuthServer, startOAuth } from './oauth-server.ts'

const Note = model('Note', { version: 1, schema: Type.Object({ text: Type.String() }) })
const signal = new AbortController().signal

/** A target that does only what comes with a token that the OAuth server knows. */
async function startTarget(t: TestContext, oauth: OAuthServer) {
  const seen = { requests: 0, done: [] as string[], tokens: new Set<string>(), scopes: new Set<string>() }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    await once(request, 'end')
    seen.requests++
    const token = await oauth.tokenIn(request)
    if (!token)
      return response.writeHead(401, { 'content-type': 'text/plain' }).end(request.headers.authorization)
    seen.tokens.add(request.headers.authorization ?? '')
    seen.scopes.add(token.scope ?? '')
    seen.done.push(Buffer.concat(chunks).toString())
    const body = JSON.parse(seen.done.at(-1) || '{}')
    response.writeHead(200, { 'content-type': 'application/json' })
    return response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, result: null }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const client = { clientId: env('CLIENT'), clientSecret: secret('SECRET') }
const secrets = { CLIENT: 'basic:client', SECRET: clientSecret }

async function connect(
  t: TestContext,
  url: string,
  auth: OAuth2Options | ReturnType<typeof oauth2>,
  over: { secrets?: Record<string, string>; now?: () => number; outcomes?: Outcomes } = {},
) {
  const { outcomes, ...context } = over
  const owner = shop({ url, auth: 'tokenUrl' in auth ? oauth2(auth) : auth })
  const connection = await owner.connector.connect(contextOf({ secrets, ...context }))
  t.after(() => connection.close())
  const channel = owner.send('note', Note, { method: 'POST', path: '/', effect: irreversible, outcomes })
  const sink = connection.sink?.(channel)
  return {
    connection,
    write: async (text = 'x', abort = signal) => (await sink?.write([outgoing({ text })], abort))?.[0],
  }
}

test('client credentials get a token, which all calls share until it is about to end', async t => {
  const oauth = await startOAuth(t)
  const { url, seen } = await startTarget(t, oauth)
  let now = Date.now()
  const auth = { tokenUrl: oauth.tokenUrl, ...client, scopes: ['orders', 'stock'] }
  const { write, connection } = await connect(t, url, auth, { now: () => now })
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => write(`${n}`)))
  assert.deepEqual(new Set(answers.map(answer => answer?.ok)), new Set([true]))
  assert.equal(oauth.asked(), 1)
  assert.deepEqual([...seen.scopes], ['orders stock'])
  now += 539_000
  await write()
  assert.equal(oauth.asked(), 1)
  now += 2_000
  await Promise.all([write(), write(), connection.check()])
  assert.equal(oauth.asked(), 2)
  assert.equal(seen.tokens.size, 2)
})

test('a client may say who it is in the body', async t => {
  const oauth = await startOAuth(t)
  const { url } = await startTarget(t, oauth)
  const auth = { tokenUrl: oauth.tokenUrl, ...client, clientAuth: 'post' } as const
  const { write } = await connect(t, url, auth, { secrets: { ...secrets, CLIENT: 'post' } })
  assert.deepEqual(await write(), { ok: true })
})

test('a token that was withdrawn is renewed once for all, and each call is done once', async t => {
  const oauth = await startOAuth(t)
  const { url, seen } = await startTarget(t, oauth)
  const { write } = await connect(t, url, { tokenUrl: oauth.tokenUrl, ...client })
  await write('first')
  const [header = ''] = seen.tokens
  await (await oauth.tokenIn({ headers: { authorization: header } } as never))?.destroy()
  const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => write(`${n}`)))
  assert.ok(answers.every(answer => answer?.ok))
  assert.equal(oauth.asked(), 2)
  assert.equal(seen.done.length, 9)
  assert.equal(new Set(seen.done).size, 9)
})

test('a target that refuses every token is asked twice, and then nobody passes', async t => {
  const oauth = await startOAuth(t)
  const { url, received } = await startServer(t, (request, response) => {
    response.writeHead(401, { 'content-type': 'text/plain' }).end(`not ${request.headers.authorization}`)
  })
  const { write } = await connect(t, url, { tokenUrl: oauth.tokenUrl, ...client })
  const error = errorOf(await write())
  assert.equal(error.code, 'TARGET-CREDENTIALS')
  assert.match(error.message, /not Bearer \*\*\*/)
  assert.equal(received.length, 2)
  assert.equal(oauth.asked(), 2)
})

test('a 403 changes no fresh token, and an older one for the next call only', async t => {
  const oauth = await startOAuth(t)
  const { url, received } = await startServer(t, (_, response) => response.writeHead(403).end())
  let now = Date.now()
  const { write } = await connect(t, url, { tokenUrl: oauth.tokenUrl, ...client }, { now: () => now })
  for (let n = 0; n < 3; n++) assert.equal(errorOf(await write()).code, 'TARGET-CREDENTIALS')
  assert.equal(oauth.asked(), 1)
  now += 120_000
  await write()
  await write()
  assert.equal(oauth.asked(), 2)
  assert.equal(received.length, 5)
})

test('a call that may have been done in spite of a 401 is not sent again', async t => {
  const oauth = await startOAuth(t)
  const { url, received } = await startServer(t, (_, response) => response.writeHead(401).end())
  const outcomes = { 401: 'unanswered' } as const
  const { write } = await connect(t, url, { tokenUrl: oauth.tokenUrl, ...client }, { outcomes })
  assert.equal(errorOf(await write()).code, 'TARGET-UNANSWERED')
  assert.equal(received.length, 1)
})

test('a refresh token gets tokens, and the one that replaces it is used from then on', async t => {
  const oauth = await startOAuth(t, { rotate: true })
  const { url, seen } = await startTarget(t, oauth)
  const auth = oauth2({ tokenUrl: oauth.tokenUrl, ...client, refreshToken: secret('REFRESH') })
  const given = { ...secrets, REFRESH: await oauth.grant() }
  let now = Date.now()
  const first = await connect(t, url, auth, { secrets: given, now: () => now })
  assert.deepEqual(await first.write(), { ok: true })
  now += 600_000
  assert.deepEqual(await first.write(), { ok: true })
  // The configured token was used up by now; so a connection that is opened anew goes on with the last one, and two at once
  // do not use one token twice, which would withdraw them all.
  const [second, third] = await Promise.all([
    connect(t, url, auth, { secrets: given }),
    connect(t, url, auth, { secrets: given }),
  ])
  assert.deepEqual(await Promise.all([second.write(), third.write()]), [{ ok: true }, { ok: true }])
  assert.equal(seen.tokens.size, 4)
  assert.equal(oauth.asked(), 4)
  // Another process knows the configured token only.
  const elsewhere = oauth2({ tokenUrl: oauth.tokenUrl, ...client, refreshToken: secret('REFRESH') })
  const other = await connect(t, url, elsewhere, { secrets: given })
  const error = errorOf(await other.write())
  assert.equal(error.code, 'TARGET-CREDENTIALS')
  assert.match(error.message, /invalid_grant/)
  // One that is configured anew is taken.
  const renewed = await connect(t, url, auth, { secrets: { ...secrets, REFRESH: await oauth.grant() } })
  assert.deepEqual(await renewed.write(), { ok: true })
})

test('what is wrong with our credentials pauses, and what is wrong with the token endpoint is tried again', async t => {
  const oauth = await startOAuth(t)
  const { url, received } = await startServer(t, (_, response) => response.end())
  const code = async (auth: OAuth2Options, given = secrets) => {
    const { write, connection } = await connect(t, url, auth, { secrets: given })
    const error = errorOf(await write())
    await assert.rejects(connection.check(), { code: error.code })
    assert.ok(!inspect(error, { depth: 9 }).includes(given.SECRET), 'the secret is nowhere in it')
    return `${error.code} ${error.message}`
  }
  const wrong = { ...secrets, SECRET: 'wrong-canary-88' }
  assert.match(
    await code({ tokenUrl: oauth.tokenUrl, ...client }, wrong),
    /^TARGET-CREDENTIALS .*invalid_client/,
  )
  const scoped = { tokenUrl: oauth.tokenUrl, ...client, scopes: ['admin'] }
  assert.match(await code(scoped), /^TARGET-CREDENTIALS .*invalid_scope/)
  assert.match(await code({ tokenUrl: `${oauth.url}/nothing`, ...client }), /^TARGET-CREDENTIALS .*404/)
  assert.match(await code({ tokenUrl: 'http://127.0.0.1:1/token', ...client }), /^TARGET-UNAVAILABLE/)
  assert.equal(received.length, 0)
})

for (const [what, status, body, code] of [
  ['is overloaded', 503, '', 'TARGET-UNAVAILABLE'],
  ['fails', 500, '<html>', 'TARGET-UNAVAILABLE'],
  ['says that it passes', 400, '{"error":"temporarily_unavailable"}', 'TARGET-UNAVAILABLE'],
  ['answers no token', 200, '{"token_type":"bearer"}', 'TARGET-CREDENTIALS'],
  ['answers no JSON', 200, 'token', 'TARGET-CREDENTIALS'],
  ['answers a token of another kind', 200, '{"access_token":"x","token_type":"DPoP"}', 'TARGET-CREDENTIALS'],
  ['answers what no header can hold', 200, '{"access_token":"a\\r\\nb"}', 'TARGET-CREDENTIALS'],
  ['directs elsewhere', 307, '', 'TARGET-CREDENTIALS'],
] as const) {
  test(`no call is sent, nor is one in doubt, when the token endpoint ${what}`, async t => {
    const endpoint = await startServer(t, (_, response) =>
      response
        .writeHead(status, {
          'retry-after': '7',
          location: 'http://127.0.0.1:1/',
          'content-type': 'application/json',
        })
        .end(body),
    )
    const target = await startServer(t, (_, response) => response.end())
    const auth = { tokenUrl: `${endpoint.url}/token`, ...client, audience: 'erp & co' }
    const { write } = await connect(t, target.url, auth)
    const error = errorOf(await write())
    assert.equal(error.code, code)
    if (status === 503) assert.equal(error.retryAfter, 7_000)
    assert.equal(target.received.length, 0)
    const [asked] = endpoint.received
    assert.equal(asked?.body, 'grant_type=client_credentials&audience=erp+%26+co')
    assert.equal(asked?.headers['content-type'], 'application/x-www-form-urlencoded')
  })
}

test('who gives up waiting for a token has sent nothing, and the others get it', async t => {
  const waiting = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const endpoint = await startServer(t, async (_, response) => {
    waiting.resolve()
    await go.promise
    response.end('{"access_token":"late-token","expires_in":3600}')
  })
  const target = await startServer(t, (_, response) => response.end())
  const { write } = await connect(t, target.url, { tokenUrl: endpoint.url, ...client })
  const ending = new AbortController()
  const impatient = write('a', ending.signal)
  const patient = write('b')
  await waiting.promise
  ending.abort()
  assert.equal(errorOf(await impatient).code, 'TARGET-UNAVAILABLE')
  go.resolve()
  assert.deepEqual(await patient, { ok: true })
  assert.equal(endpoint.received.length, 1)
  assert.equal(target.received[0]?.headers.authorization, 'Bearer late-token')
})

test('other connectors over HTTP prove who they are in the same way', async t => {
  const oauth = await startOAuth(t)
  const { url, seen } = await startTarget(t, oauth)
  const auth = oauth2({ tokenUrl: oauth.tokenUrl, ...client })
  const owner = system('shop', { kind: 'other', connector: rpc({ url, protocol: 'json', auth }) })
  const connection = await owner.connector.connect(contextOf({ secrets }))
  t.after(() => connection.close())
  const channel = owner.send('note', Note, { method: 'note', effect: idempotent })
  const answers = await connection.sink?.(channel).write([outgoing({ text: 'x' })], signal)
  assert.deepEqual(answers, [{ ok: true }])
  assert.equal(seen.done.length, 1)
})
