import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Agent, request } from 'undici'
import type { Route } from '../system/route.ts'
import { httpListener, type Listener, type ListenerOptions } from './listener.ts'

async function listen(t: TestContext, options: Partial<ListenerOptions> = {}): Promise<Listener> {
  const listener = await httpListener({ port: 0, ...options })
  t.after(() => listener.close(0))
  return listener
}

function route(handle: Route['handle'], over: Partial<Route> = {}): Route {
  return { method: 'POST', path: '/in', limit: 1000, handle, ...over }
}

const fine: Route['handle'] = async () => ({ status: 200, body: { fine: true } })

async function ask(url: string, over: { method?: string; body?: string | Buffer; headers?: object } = {}) {
  const { method = 'POST', body, headers = {} } = over
  const options = { method, headers: headers as Record<string, string>, body: body ?? null }
  const answer = await request(url, options as Parameters<typeof request>[1])
  const text = await answer.body.text()
  return { status: answer.statusCode, headers: answer.headers, text }
}

test('a route is given the bytes, the query and the headers as they came', async t => {
  const listener = await listen(t)
  const seen: unknown[] = []
  listener.add(
    route(async ({ headers, query, body }) => {
      seen.push(headers['x-one'], headers['x-two'], query, Buffer.from(body))
      return { status: 202, headers: { 'x-mark': 'm' }, body: new Uint8Array([1, 2]) }
    }),
  )
  const body = Buffer.from([0, 255, 10, 13])
  const headers = { 'X-One': 'A', 'x-two': ['1', '2'], 'content-type': 'application/json' }
  const answer = await ask(`${listener.url}/in?a=%20b&a=c`, { body, headers })
  assert.deepEqual(seen, ['A', ['1', '2'], 'a=%20b&a=c', body])
  assert.equal(answer.status, 202)
  assert.equal(answer.headers['x-mark'], 'm')
  assert.equal(answer.text, '\u0001\u0002')
})

test('a body that comes in pieces is put together', async t => {
  const listener = await listen(t)
  let size = 0
  listener.add(
    route(
      async ({ body }) => {
        size = body.length
        return { status: 204 }
      },
      { limit: 300_000 },
    ),
  )
  await ask(`${listener.url}/in`, { body: Buffer.alloc(300_000) })
  assert.equal(size, 300_000)
})

test('routes come and go while it listens, and nobody takes a path twice', async t => {
  const listener = await listen(t)
  const remove = listener.add(route(fine))
  const removePut = listener.add(route(fine, { method: 'PUT' }))
  assert.throws(() => listener.add(route(fine)), { code: 'FLOW-DEFINITION' })
  assert.equal((await ask(`${listener.url}/in`)).text, '{"fine":true}')
  remove()
  const removeAgain = listener.add(route(fine))
  remove()
  assert.equal((await ask(`${listener.url}/in`)).status, 200)
  removePut()
  assert.equal((await ask(`${listener.url}/in`, { method: 'PUT' })).status, 405)
  removeAgain()
  assert.equal((await ask(`${listener.url}/in`)).status, 503, 'its channel may come back')
})

test('what nobody has is answered 404, another method 405, without repeating what was asked', async t => {
  const listener = await listen(t)
  listener.add(route(fine))
  const missing = await ask(`${listener.url}/in/secret-path`)
  assert.equal(missing.status, 404)
  assert.equal(missing.headers['content-type'], 'application/problem+json')
  assert.deepEqual(JSON.parse(missing.text), { type: 'about:blank', title: 'Not Found', status: 404 })
  const wrong = await ask(`${listener.url}/in`, { method: 'DELETE' })
  assert.equal(wrong.status, 405)
  assert.equal(wrong.headers.allow, 'POST')
})

test('while it is not ready, an address that nobody has yet is answered 503', async t => {
  const health = { live: true, ready: false }
  const listener = await listen(t, { health: () => health })
  const early = await ask(`${listener.url}/in`)
  assert.equal(early.status, 503)
  assert.equal(early.headers['retry-after'], '1')
  assert.equal((await ask(`${listener.url}/readyz`, { method: 'GET' })).status, 503)
  assert.equal((await ask(`${listener.url}/healthz`, { method: 'GET' })).status, 200)
  health.ready = true
  assert.equal((await ask(`${listener.url}/in`)).status, 404)
  assert.equal((await ask(`${listener.url}/readyz`, { method: 'GET' })).status, 200)
})

test('a failure is told the caller only by its reference', async t => {
  const failures: [string, unknown][] = []
  const listener = await listen(t, { onFailure: (reference, error) => failures.push([reference, error]) })
  const broken = new Error('password is 123')
  listener.add(
    route(async () => {
      throw broken
    }),
  )
  const split = async () => ({ status: 200, headers: { 'x-a': 'b\r\nset-cookie: c' } })
  listener.add(route(split, { path: '/split' }))
  const answer = await ask(`${listener.url}/in`)
  assert.equal(answer.status, 500)
  const { reference, ...rest } = JSON.parse(answer.text)
  assert.deepEqual(rest, { type: 'about:blank', title: 'Internal Server Error', status: 500 })
  assert.deepEqual(failures, [[reference, broken]])
  const refused = await ask(`${listener.url}/split`)
  assert.equal(refused.status, 500)
  assert.equal(refused.headers['set-cookie'], undefined)
})

test('closing answers what is under way and takes nothing more', async t => {
  const listener = await listen(t)
  const asked = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  listener.add(
    route(async () => {
      asked.resolve()
      await finish.promise
      return { status: 200 }
    }),
  )
  const idle = new Agent()
  t.after(() => idle.destroy())
  await (await request(`${listener.url}/healthz`, { dispatcher: idle })).body.dump()
  const answer = ask(`${listener.url}/in`)
  await asked.promise
  const closing = listener.close(60_000)
  await assert.rejects(ask(`${listener.url}/healthz`, { method: 'GET' }))
  finish.resolve()
  const { status, headers } = await answer
  assert.equal(status, 200)
  assert.equal(headers.connection, 'close')
  await closing
})

test('closing cuts what does not end', async t => {
  const listener = await listen(t)
  const asked = Promise.withResolvers<void>()
  listener.add(
    route(() => {
      asked.resolve()
      return new Promise(() => {})
    }),
  )
  const answer = ask(`${listener.url}/in`)
  answer.catch(() => {})
  await asked.promise
  await listener.close(0)
  await assert.rejects(answer)
})

test('a caller that hangs up in the middle disturbs nobody', async t => {
  const listener = await listen(t)
  let handled = 0
  listener.add(
    route(async () => {
      handled++
      return { status: 200 }
    }),
  )
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1')
  socket.write('POST /in HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf')
  await once(socket, 'connect')
  socket.resetAndDestroy()
  assert.equal((await ask(`${listener.url}/in`, { body: 'whole' })).status, 200)
  assert.equal(handled, 1)
})

test('an address that is taken is named', async t => {
  const listener = await listen(t)
  const port = Number(new URL(listener.url).port)
  await assert.rejects(httpListener({ port }), {
    code: 'CONFIG-INVALID',
    message: /127\.0\.0\.1:\d+: EADDRINUSE/,
  })
})
