import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlRoutes } from '../../src/server/control/routes.ts'
import { controlScene } from './control-scene.ts'

test('every address but health is refused without the token, with a wrong one, and in every other way', async t => {
  const { ask, instance } = await controlScene(t)
  const { token } = instance.control
  const paths = controlRoutes.map(({ method, path, needs }) => {
    return { method, needs, path: path.replace('{flow}', 'booking').replace('{seq}', '1') }
  })
  const attempts: Record<string, string>[] = [
    {},
    { authorization: token },
    { authorization: `Bearer ${token}x` },
    { authorization: `Bearer ${token.slice(1)}` },
    { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` },
    { cookie: `token=${token}` },
  ]
  assert.deepEqual(
    paths.filter(({ needs }) => needs === 'open').map(({ path }) => path),
    [
      '/healthz',
      '/readyz',
      '/api/v1/login/ways',
      '/api/v1/setup',
      '/api/v1/login',
      '/api/v1/oidc/start',
      '/api/v1/oidc/callback',
      '/api/v1/password',
    ],
  )
  const closed = paths.filter(({ needs }) => needs !== 'open')
  for (const { method, path } of [...closed, { method: 'GET', path: '/api/v1/nothing' }])
    for (const headers of attempts) {
      const { status } = await ask(path, { method, headers })
      assert.equal(status, 401, `${method} ${path} ${JSON.stringify(headers)}`)
    }
  for (const method of ['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
    assert.ok([401, 404].includes((await ask('/api/v1/status', { method, headers: {} })).status), method)
})

test('health tells nothing but whether and who', async t => {
  const { ask } = await controlScene(t)
  const answer = (await (await ask('/healthz', { headers: {} })).json()) as object
  assert.deepEqual(Object.keys(answer), ['status', 'instance'])
})

test('a refusal is a problem document with our code and a reference, and nothing of our inside', async t => {
  const { ask } = await controlScene(t)
  const response = await ask('/api/v1/flows/booking/messages/77')
  assert.equal(response.status, 404)
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
  const { reference, ...problem } = (await response.json()) as Record<string, unknown>
  assert.match(String(reference), /^[0-9a-f-]{36}$/)
  assert.deepEqual(problem, {
    type: 'urn:isthmus:error:CONTROL-REFUSED',
    title: 'Not Found',
    status: 404,
    code: 'CONTROL-REFUSED',
    detail: 'There is no message booking/77.',
  })
})

test('what fails inside is told to the log, and to the caller only its reference', async t => {
  const scene = await controlScene(t)
  const { reader } = { reader: scene.instance.operations }
  Object.assign(reader, { status: () => Promise.reject(new Error('the inside at /some/path')) })
  const response = await scene.ask('/api/v1/status')
  assert.equal(response.status, 500)
  const text = await response.text()
  assert.doesNotMatch(text, /the inside/)
  const { reference } = JSON.parse(text)
  assert.ok(scene.log.some(entry => entry.text.includes(reference) && entry.text.includes('the inside')))
})

test('fields, parameters and types that are not known are refused', async t => {
  const { ask, accept } = await controlScene(t)
  await accept([{ no: '1', buyer: 'Wang Xiaoming', ask: 'refuse' }])
  const decision = '/api/v1/flows/booking/messages/1/decision'
  const refused: [path: string, body: unknown, says: RegExp][] = [
    [decision, { do: 'retry', by: 'ann', status: 'delivered' }, /no \\"status\\"/],
    [decision, { do: 'retry' }, /'by'/],
    [decision, { do: 'delete', by: 'ann' }, /retry, edit, confirm, discard/],
    [decision, { do: 'retry', by: 'ann', data: {} }, /needs data/],
    [decision, { do: 'discard', by: 'ann' }, /needs a reason/],
    [decision, 'retry', /object/],
    [
      '/api/v1/parked/decision',
      { decision: { do: 'edit', by: 'ann' }, filter: {} },
      /retry, confirm, discard/,
    ],
    [
      '/api/v1/parked/decision',
      { decision: { do: 'retry', by: 'ann' }, filter: { flows: 'x' } },
      /no \\"flows\\"/,
    ],
    ['/api/v1/parked?limit=0', undefined, /limit/],
    ['/api/v1/parked?limits=1', undefined, /no \\"limits\\"/],
    ['/api/v1/parked?after=x', undefined, /not a place in a list/],
    ['/api/v1/status?x=1', undefined, /no parameter/],
    ['/api/v1/messages', undefined, /either key or id/],
    ['/api/v1/messages?key=1&key=2', undefined, /key/],
  ]
  for (const [path, body, says] of refused) {
    const response = await ask(path, { body })
    assert.equal(response.status, 400, path)
    assert.match(await response.text(), says)
  }
  const headers = { 'content-type': 'text/plain', authorization: '' }
  assert.equal((await ask(decision, { body: {}, headers })).status, 401)
})
