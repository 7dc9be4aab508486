import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { Type } from 'typebox'
import { type Auth, apiKey, type SignedRequest, signed } from '../../src/connectors/rest/index.ts'
import { model } from '../../src/model/model.ts'
import type { ConnectContext } from '../../src/system/connector.ts'
import { idempotent } from '../../src/system/effect.ts'
import { env, secret } from '../../src/system/setting.ts'
import { contextOf, errorOf, noon, outgoing, shop, startServer } from './http-harness.ts'

const Note = model('Note', { version: 1, schema: Type.Object({ text: Type.String() }) })
const signal = new AbortController().signal
const key = 'signing-key-canary'

async function connect(
  t: TestContext,
  url: string,
  auth: Auth,
  over: Partial<ConnectContext> & { secrets?: Record<string, string>; redirects?: number } = {},
) {
  const { redirects, ...context } = over
  const owner = shop({ url, auth, redirects })
  const connection = await owner.connector.connect(
    contextOf({ secrets: { KEY: key, ID: 'shop 1' }, ...context }),
  )
  t.after(() => connection.close())
  const channel = owner.send('note', Note, {
    method: 'PUT',
    path: '/notes/1%202',
    query: () => ({ b: 'ü &', a: 1 }),
    effect: idempotent,
  })
  const sink = connection.sink?.(channel)
  return async (text = 'x') => (await sink?.write([outgoing({ text })], signal))?.[0]
}

/** As vendors define it: over method, path, query, time and body. */
function signature({ method, path, query, time, body }: Omit<SignedRequest, 'origin' | 'headers'>): string {
  const print = createHash('sha256').update(body).digest('hex')
  return createHmac('sha256', key).update([method, path, query, time, print].join('\n')).digest('base64')
}

const vendorSigned = signed({
  secrets: { id: env('ID'), key: secret('KEY') },
  headers: async (request, secrets) => ({
    'X-Id': secrets.id,
    'X-Time': String(request.time),
    'X-Signature': signature(request),
  }),
})

function isSigned(request: IncomingMessage, body: string): boolean {
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const time = Number(request.headers['x-time'])
  const expected = signature({ method: request.method ?? '', path, query, time, body: Buffer.from(body) })
  return request.headers['x-signature'] === expected && request.headers['x-id'] === 'shop 1'
}

test('every request is signed as it goes out, a redirected one anew', async t => {
  const good: boolean[] = []
  const { url, received } = await startServer(t, (request, response) => {
    good.push(isSigned(request, received.at(-1)?.body ?? ''))
    if (request.url?.startsWith('/api/notes')) response.writeHead(307, { location: '/api/moved?c=3' }).end()
    else response.end()
  })
  const write = await connect(t, `${url}/api`, vendorSigned, { redirects: 1 })
  assert.deepEqual(await write('Grüße'), { ok: true })
  assert.deepEqual(
    received.map(({ path }) => path),
    ['/api/notes/1%202?b=%C3%BC+%26&a=1', '/api/moved?c=3'],
  )
  assert.deepEqual(good, [true, true])
  assert.equal(received[0]?.headers['x-time'], String(noon))
})

test('a signing function that fails, or gives what is no header, sends nothing and tells no secret', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  const secrets = { key: secret('KEY') }
  const failing = signed({
    secrets,
    headers: (_, given) => {
      throw new Error(`bad key ${given.key}`)
    },
  })
  const error = errorOf(await (await connect(t, url, failing))())
  assert.equal(error.code, 'STEP-FAILED')
  assert.ok(!inspect(error, { depth: 9 }).includes(key))
  const wrong = signed({ secrets, headers: (_, given) => ({ 'x-key': `${given.key}\r\nx-more: 1` }) })
  assert.equal(errorOf(await (await connect(t, url, wrong))()).code, 'CONFIG-INVALID')
  const host = signed({ secrets, headers: () => ({ host: 'other' }) })
  assert.equal(errorOf(await (await connect(t, url, host))()).code, 'CONFIG-INVALID')
  assert.equal(received.length, 0)
})

test('a signature that the target repeats is not in the error', async t => {
  const { url, received } = await startServer(t, (request, response) => {
    response.writeHead(422, { 'content-type': 'text/plain' }).end(`bad ${request.headers['x-signature']}`)
  })
  const error = errorOf(await (await connect(t, url, vendorSigned))())
  assert.match(error.message, /bad \*\*\*$/)
  assert.equal(received.length, 1)
  assert.ok(!vendorSigned.summary.includes(key))
  assert.match(vendorSigned.summary, /\$ID, secret KEY/)
})

test('a key in the query goes with every request once, and is in no error', async t => {
  const strange = 'ke y&=+ü'
  const { url, received } = await startServer(t, (request, response) => {
    const encoded = request.url?.split('api_key=')[1] ?? ''
    if (request.url?.startsWith('/notes'))
      response.writeHead(307, { location: `/moved?api_key=${encoded}` }).end()
    else
      response
        .writeHead(422, { 'content-type': 'text/plain' })
        .end(`${encoded} ${new URL(`http://x${request.url}`).searchParams.get('api_key')}`)
  })
  const auth = apiKey({ query: 'api_key' }, secret('KEY'))
  const write = await connect(t, url, auth, { redirects: 1, secrets: { KEY: strange } })
  const error = errorOf(await write())
  assert.match(error.message, /: \*\*\* \*\*\*$/)
  assert.deepEqual(
    received.map(({ path }) => path),
    ['/notes/1%202?b=%C3%BC+%26&a=1&api_key=ke+y%26%3D%2B%C3%BC', '/moved?api_key=ke+y%26%3D%2B%C3%BC'],
  )
})
