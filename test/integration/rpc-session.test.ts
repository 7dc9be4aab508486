import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { bearer, type SessionOptions } from '../../src/connectors/rpc/index.ts'
import { model } from '../../src/model/model.ts'
import { irreversible } from '../../src/system/effect.ts'
import { secret } from '../../src/system/setting.ts'
import { errorOf, outgoing, startServer } from './http-harness.ts'
import { ask, connected, requesterOf } from './rpc-harness.ts'

const Issue = model('Issue', { version: 1, schema: Type.Object({ no: Type.String() }) })
const issue = { no: 'A1' }
const secrets = { PASSWORD: 'open sesame', KEY: 'key-of-the-house' }
const expired = ({ code }: { code: number | string }) => code === 100

type Request = { id: string; method: string; params: unknown[] }

/** A server with a login that gives token-1, token-2, ... and accepts the last of them only. */
async function guarded(
  t: TestContext,
  over: { login?: () => unknown; call?: (token: string) => unknown } = {},
) {
  const seen = { logins: 0, calls: 0, done: [] as string[], headers: [] as unknown[] }
  const one = ({ id, method, params }: Request, header: unknown): unknown => {
    const reply = (answer: object) => ({ jsonrpc: '2.0', id, ...answer })
    if (method === 'login') {
      seen.logins++
      return reply((over.login?.() as object) ?? { result: { token: `token-${seen.logins}` } })
    }
    seen.calls++
    const token = String(header ?? params[0])
    const special = over.call?.(token)
    if (special) return reply(special)
    if (token !== `token-${seen.logins}`) return reply({ error: { code: 100, message: `${token} expired` } })
    seen.done.push(id)
    return reply({ result: null })
  }
  const { url, received } = await startServer(t, (_, response) => {
    const { body = '', headers } = received.at(-1) ?? {}
    seen.headers.push(headers)
    if (body === '') return void response.writeHead(405).end()
    const request = JSON.parse(body)
    const answer = Array.isArray(request)
      ? request.map(each => one(each, headers?.['x-token']))
      : one(request, headers?.['x-token'])
    response.end(JSON.stringify(answer))
  })
  return { url, seen, received, expire: () => void seen.logins++ }
}

const session: SessionOptions<string> = {
  method: 'login',
  params: resolve => ['me', resolve(secret('PASSWORD'))],
  token: result => (result as { token: string }).token,
  expired,
}
const add = { method: 'add', request: Issue, effect: irreversible } as const

test('one login serves all, its token goes into the params, and expiry is met by one more', async t => {
  const { url, seen, received, expire } = await guarded(t)
  const { owner, connection } = await connected(t, { url, protocol: 'json', session }, secrets)
  const channel = owner.call('add', { ...add, params: ({ no }, { token }) => [token, no] })
  const all = (from: number) =>
    Promise.all([1, 2, 3, 4, 5].map(n => ask(connection, channel, [outgoing(issue, from + n)])))
  for (const [answer] of await all(0)) assert.deepEqual(answer, { ok: true, result: null })
  assert.equal(seen.logins, 1)
  assert.deepEqual(JSON.parse(received[0]?.body ?? '').params, ['me', 'open sesame'])
  expire()
  for (const [answer] of await all(5)) assert.deepEqual(answer, { ok: true, result: null })
  assert.equal(seen.logins, 3, 'one expired, one renewed')
  assert.equal(new Set(seen.done).size, 10)
  assert.equal(seen.done.length, 10)
})

test('the items of a batch that met an expired session are sent again, the others are not', async t => {
  let first = true
  const { url, seen } = await guarded(t, {
    call: token => {
      if (token === 'token-1' && first) {
        first = false
        return { result: null }
      }
      return token === 'token-1' ? { error: { code: 100, message: '' } } : undefined
    },
  })
  const { owner, connection } = await connected(t, { url, protocol: 'json', session }, secrets)
  const channel = owner.call('add', { ...add, batch: 3, params: (_, { token }) => [token] })
  const answers = await ask(
    connection,
    channel,
    [1, 2, 3].map(n => outgoing(issue, n)),
  )
  assert.ok(answers.every(each => each.ok))
  assert.deepEqual(seen.done, ['effect-2', 'effect-3'])
})

test('a token can go into a header', async t => {
  const { url, seen } = await guarded(t)
  const options = { url, protocol: 'json', session: { ...session, header: 'X-Token' } } as const
  const { owner, connection } = await connected(t, options, secrets)
  const [answer] = await ask(connection, owner.call('add', add), [outgoing(issue)])
  assert.ok(answer?.ok)
  assert.deepEqual(seen.done, ['effect-1'])
})

test('a session that is never good is renewed once, and pauses', async t => {
  const { url, seen } = await guarded(t, {
    call: token => ({ error: { code: 100, message: `${token} expired` } }),
  })
  const { owner, connection } = await connected(t, { url, protocol: 'json', session }, secrets)
  const [answer] = await ask(connection, owner.call('add', add), [outgoing(issue)])
  assert.equal(errorOf(answer).code, 'TARGET-CREDENTIALS')
  assert.deepEqual([seen.logins, seen.calls], [2, 2])
})

test('a login that fails sends nothing and puts nothing in doubt', async t => {
  const cases: [unknown, string][] = [
    [{ error: { code: 1, message: 'wrong: open sesame' } }, 'TARGET-CREDENTIALS'],
    [{ result: { token: '' } }, 'TARGET-CREDENTIALS'],
    [{ error: { code: -32603, message: '' } }, 'TARGET-UNAVAILABLE'],
  ]
  for (const [reply, code] of cases) {
    const { url, seen } = await guarded(t, { login: () => reply })
    const { owner, connection } = await connected(t, { url, protocol: 'json', session }, secrets)
    for (let attempt = 1; attempt <= 2; attempt++) {
      const [answer] = await ask(connection, owner.call('add', add), [outgoing(issue)])
      assert.equal(errorOf(answer).code, code)
      assert.doesNotMatch(errorOf(answer).message, /sesame/)
    }
    assert.deepEqual([seen.logins, seen.calls], [2, 0], 'the next call logs in anew')
  }
})

test('tokens and credentials that a server repeats are not shown', async t => {
  const { url } = await guarded(t, {
    call: token => ({
      error: { code: 1, message: `${token}, key-of-the-house\n\x1b[2J${'x'.repeat(5000)}` },
    }),
  })
  const { owner, connection } = await connected(
    t,
    { url, protocol: 'json', session, auth: bearer(secret('KEY')) },
    secrets,
  )
  const channel = owner.call('add', { ...add, params: (_, { token }) => [token] })
  const { message, code } = errorOf((await ask(connection, channel, [outgoing(issue)]))[0])
  assert.equal(code, 'TARGET-REFUSED')
  assert.match(message, /error 1: \*\*\*, \*\*\* /)
  assert.ok(!message.includes('\n') && !message.includes('\x1b'))
  assert.ok(message.length < 400)
})

test('credentials go to the origin of the url only: redirects are not followed', async t => {
  const other = await startServer(t, (_, response) => response.end())
  const { url, received } = await startServer(t, (_, response) =>
    response.writeHead(307, { location: `${other.url}/` }).end(),
  )
  const { owner, connection } = await connected(
    t,
    { url, protocol: 'json', auth: bearer(secret('KEY')) },
    secrets,
  )
  const [answer] = await ask(connection, owner.call('add', add), [outgoing(issue)])
  assert.equal(errorOf(answer).code, 'TARGET-CONTRACT')
  assert.equal(received[0]?.headers.authorization, 'Bearer key-of-the-house')
  assert.equal(other.received.length, 0)
})

test('an answer is read up to its limit', async t => {
  const { url } = await startServer(t, (_, response) => response.end(`{"x":"${'x'.repeat(2000)}"}`))
  const { owner, connection } = await connected(t, { url, protocol: 'json', responseLimit: 1000 })
  const [answer] = await ask(connection, owner.call('add', add), [outgoing(issue)])
  assert.equal(errorOf(answer).code, 'TARGET-CONTRACT')
})

test('a check logs in', async t => {
  const { url, seen } = await guarded(t, { login: () => ({ error: { code: 1, message: 'no' } }) })
  const { url: open } = await startServer(t, (_, response) => response.writeHead(405).end())
  const plain = await connected(t, { url: open, protocol: 'json' })
  await plain.connection.check()
  const { connection } = await connected(t, { url, protocol: 'json', session }, secrets)
  await assert.rejects(connection.check(), { code: 'TARGET-CREDENTIALS' })
  assert.equal(seen.logins, 1)
})

test('a call that is given up while it waits for a login was not sent, and the login serves the next', async t => {
  const { url, seen } = await guarded(t)
  const { owner, connection } = await connected(t, { url, protocol: 'json', session }, secrets)
  const channel = owner.call('add', { ...add, params: (_, { token }) => [token] })
  const requester = requesterOf(connection, channel)
  const stop = new AbortController()
  const asking = requester.ask([outgoing(issue)], stop.signal)
  stop.abort()
  assert.equal(errorOf((await asking)[0]).code, 'TARGET-UNAVAILABLE')
  assert.ok((await ask(connection, channel, [outgoing(issue, 2)]))[0]?.ok)
  assert.equal(seen.logins, 1)
  assert.deepEqual(seen.done, ['effect-2'])
})
