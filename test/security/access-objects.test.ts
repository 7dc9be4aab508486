import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlRoutes } from '../../src/server/control/routes.ts'
import type { Grant } from '../../src/server/people/permissions.ts'
import { peopleScene } from './people-scene.ts'

/** Everything for alpha and its system, nothing for beta and its own. */
const alphaOnly: Grant[] = [{ role: 'admin', scope: { flows: ['alph*'], systems: ['crm-*'] } }]

const foreign: Record<string, string> = {
  flow: 'beta',
  seq: '1',
  source: 'erp-b.orders',
  saga: 'beta',
  key: 'SO-1',
  system: 'erp-b',
  gid: 'x',
  projection: 'beta',
}
const own: Record<string, string> = {
  flow: 'alpha',
  seq: '1',
  source: 'crm-a.orders',
  saga: 'alpha',
  key: 'SO-1',
}
const filled = (path: string, ids: Record<string, string>) =>
  path.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? 'sample')

test('no route gives or does anything to an object of somebody else by its id', async t => {
  const scene = await peopleScene(t)
  await scene.park('alpha', 'A-1')
  await scene.park('beta', 'B-1')
  const person = await scene.person('ann', alphaOnly)
  const isOwnSubject = (path: string) => /\/me\/|\{account\}/.test(path)
  const taking = controlRoutes.filter(
    ({ path, needs }) => /\{/.test(path) && needs !== 'open' && !isOwnSubject(path),
  )
  assert.ok(taking.length >= 8)
  const order = (method: string) =>
    method === 'POST' ? { by: 'ann', why: 'x', do: 'retry', data: {} } : undefined
  for (const { method, path } of taking) {
    const body = order(method)
    const response = await person.ask(filled(path, foreign), { method, body })
    const text = await response.text()
    // What is refused for its shape has done nothing; then with a shape that fits.
    if (response.status === 400) {
      const again = await person.ask(filled(path, foreign), {
        method,
        body: method === 'POST' ? { why: 'x' } : undefined,
      })
      assert.ok([400, 403, 404].includes(again.status), `${path}: ${again.status}`)
      if (again.status !== 400) assert.equal(again.status, 403, path)
      continue
    }
    assert.ok([403, 404].includes(response.status), `${method} ${path}: ${response.status} ${text}`)
    assert.doesNotMatch(text, /B-1|Li Na/)
  }
  for (const [path, body] of [
    ['/api/v1/flows/beta/messages/1', undefined],
    ['/api/v1/flows/beta/messages/1/decision', { do: 'discard', why: 'mine' }],
    ['/api/v1/flows/beta/messages/1/decision', { do: 'edit', data: { no: '1', buyer: 'x' } }],
    ['/api/v1/sources/erp-b.orders/resync', {}],
    ['/api/v1/sources/erp-b.orders/retry', {}],
    ['/api/v1/parked/decision', { decision: { do: 'discard', why: 'mine' }, filter: { flow: 'beta' } }],
    ['/api/v1/parked/decision', { decision: { do: 'discard', why: 'mine' }, filter: {} }],
    ['/api/v1/replay', { filter: { flow: 'beta', seq: 1 }, effects: 'kept' }],
    ['/api/v1/replay', { filter: { key: 'B-1' }, effects: 'kept' }],
    ['/api/v1/replay/preview', { filter: { key: 'B-1' }, effects: 'kept' }],
    ['/api/v1/parked?flow=beta', undefined],
    ['/api/v1/balance?flow=beta', undefined],
    ['/api/v1/metrics', undefined],
    ['/api/v1/accounts', undefined],
    ['/api/v1/accounts/owner/grants', { grants: [] }],
    ['/api/v1/audit', undefined],
  ] as const) {
    const { status } = await person.ask(path === '/api/v1/metrics' ? '/metrics' : path, { body })
    assert.equal(status, 403, `${path} ${JSON.stringify(body)}`)
  }
  assert.equal((await scene.instance.operations.parked({ flow: 'beta' })).messages.length, 1)
  const { status } = await person.ask(filled('/api/v1/flows/{flow}/messages/{seq}', own))
  assert.equal(status, 200)
})

/** What lists need to be asked. */
const asked: Record<string, string> = {
  '/api/v1/messages': '?key=B-1',
  '/api/v1/search': '?q=B-1',
  '/api/v1/series': '?flow=alpha',
  '/api/v1/trace': '?key=B-1',
  '/api/v1/lineage': '?model=Order.v1&field=no',
  '/api/v1/why': '?key=O-1&field=no',
}

test('no list tells of what is out of reach, not even its name', async t => {
  const scene = await peopleScene(t)
  await scene.park('alpha', 'A-1')
  await scene.park('beta', 'B-1')
  const person = await scene.person('ann', alphaOnly)
  const lists = controlRoutes.filter(({ method, path, needs, contentType }) => {
    // What a stream tells is looked at where it is.
    const isEndless = contentType === 'text/event-stream'
    return method === 'GET' && !isEndless && !path.includes('{') && needs !== 'open' && needs !== 'self'
  })
  assert.ok(lists.length >= 6)
  let answered = 0
  for (const { path } of lists) {
    const query = asked[path] ?? ''
    const response = await person.ask(path + query)
    const text = await response.text()
    assert.ok([200, 403, 404].includes(response.status), `${path}: ${text}`)
    // What was asked for may be said again, and nothing that it belongs to.
    assert.doesNotMatch(text, query.includes('B-1') ? /beta|erp-b|Li Na/ : /beta|erp-b|Li Na|B-1/, path)
    if (response.status === 200) answered++
  }
  assert.ok(answered >= 5)
  const { flows } = await person.get<{ flows: { flow: string }[] }>('/api/v1/flows')
  assert.deepEqual(
    flows.map(({ flow }) => flow),
    ['alpha'],
  )
  const { messages } = await person.get<{ messages: { flow: string }[] }>('/api/v1/parked')
  assert.deepEqual(
    messages.map(({ flow }) => flow),
    ['alpha'],
  )
})

test('what others have of their own is not reached by its id', async t => {
  const scene = await peopleScene(t)
  const ann = await scene.person('ann', [{ role: 'engineer' }])
  const bob = await scene.person('bob', [{ role: 'engineer' }])
  const { id, token } = await bob.get<{ id: string; token: string }>('/api/v1/me/tokens/new', { name: 'ci' })
  const { sessions } = await bob.get<{ sessions: { id: string }[] }>('/api/v1/me/sessions')
  for (const path of [`/api/v1/me/tokens/${id}/revoke`, `/api/v1/me/sessions/${sessions[0]?.id}/end`])
    assert.equal((await ann.ask(path, { body: {} })).status, 404)
  assert.equal((await ann.get<{ tokens: unknown[] }>('/api/v1/me/tokens')).tokens.length, 0)
  const { url } = scene.instance.control
  const asToken = await fetch(`${url}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(asToken.status, 200)
  assert.equal((await bob.ask('/api/v1/me')).status, 200)
})

test('a scope reaches what it names: flows only, systems only, both, by globs', async t => {
  const scene = await peopleScene(t)
  const can = async (grants: Grant[], name: string) => {
    const person = await scene.person(name, grants)
    const questions = [
      { action: 'operate', object: { flow: 'alpha' } },
      { action: 'operate', object: { flow: 'beta' } },
      { action: 'operate', object: { system: 'crm-a' } },
      { action: 'operate' },
    ]
    const answers = await person.get<{ allowed: boolean; missing?: string }[]>('/api/v1/can', questions)
    return answers.map(({ allowed, missing }) => (allowed ? 'yes' : missing))
  }
  const no = 'operate'
  assert.deepEqual(await can([{ role: 'operator' }], 'a'), ['yes', 'yes', 'yes', 'yes'])
  assert.deepEqual(await can([{ role: 'operator', scope: { flows: ['alpha'] } }], 'b'), ['yes', no, no, no])
  assert.deepEqual(await can([{ role: 'operator', scope: { systems: ['*'] } }], 'c'), [no, no, 'yes', no])
  assert.deepEqual(await can([{ role: 'operator', scope: { flows: ['*a'] } }], 'd'), ['yes', 'yes', no, no])
  assert.deepEqual(await can([{ role: 'operator', scope: { flows: ['al*h*a'] } }], 'e'), ['yes', no, no, no])
  assert.deepEqual(await can([{ role: 'viewer' }], 'f'), [no, no, no, no])
  const two = [{ role: 'viewer' }, { role: 'operator', scope: { flows: ['beta'] } }] satisfies Grant[]
  assert.deepEqual(await can(two, 'g'), [no, 'yes', no, no])
})
