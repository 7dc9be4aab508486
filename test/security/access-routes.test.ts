import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlRoutes } from '../../src/server/control/routes.ts'
import { type Permission, type Role, roles } from '../../src/server/people/permissions.ts'
import { Browser, peopleScene } from './people-scene.ts'

const samples: Record<string, string> = { flow: 'alpha', seq: '1', source: 'crm-a.orders', account: 'nobody' }
const sample = (path: string) => path.replace(/\{(\w+)\}/g, (_, name) => samples[name] ?? 'sample')

test('without a login, and with one that is none, every route but the open ones is refused', async t => {
  const scene = await peopleScene(t)
  const { url } = scene.instance.control
  const attempts: Record<string, string>[] = [
    {},
    { cookie: 'isthmus=' },
    { cookie: `isthmus=${'A'.repeat(43)}` },
    { authorization: `Bearer ist_${'A'.repeat(43)}` },
    { authorization: 'Bearer undefined' },
  ]
  for (const { method, path, needs } of controlRoutes.filter(route => route.needs !== 'open'))
    for (const headers of attempts) {
      const { status } = await fetch(url + sample(path), { method, headers })
      assert.equal(status, 401, `${method} ${path} (${needs}) ${JSON.stringify(headers)}`)
    }
  assert.deepEqual(
    controlRoutes.filter(({ needs }) => needs === 'open').map(({ path }) => path),
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
})

/** Which roles may do what, said once more by hand. */
const allowed: Record<Permission, readonly Role[]> = {
  view: ['viewer', 'operator', 'engineer', 'approver', 'admin'],
  payload: ['viewer', 'operator', 'engineer', 'approver', 'admin'],
  personal: ['engineer', 'admin'],
  operate: ['operator', 'engineer', 'admin'],
  decide: ['operator', 'engineer', 'admin'],
  edit: ['engineer', 'admin'],
  discard: ['engineer', 'admin'],
  'replay-new': ['admin'],
  resolve: ['admin'],
  alerts: ['operator', 'engineer', 'admin'],
  approve: ['approver', 'admin'],
  audit: ['approver', 'admin'],
  people: ['admin'],
}

test('each role is refused each route that needs more, and no other', async t => {
  const scene = await peopleScene(t)
  for (const role of Object.keys(roles) as Role[]) {
    for (const { method, path, needs, contentType } of controlRoutes) {
      if (needs === 'open') continue
      const person = await scene.person(role, [{ role }])
      const body = method === 'POST' ? {} : undefined
      const response = await person.ask(sample(path), { method, body })
      const isEndless = response.ok && contentType === 'text/event-stream'
      if (isEndless) await response.body?.cancel()
      const answer = isEndless ? '' : (await response.text()).slice(0, 300)
      const isRefused = response.status === 403 || response.status === 401
      const mayNot = needs !== 'self' && !allowed[needs].includes(role)
      assert.equal(isRefused, mayNot, `${role}: ${method} ${path} (${needs}): ${response.status} ${answer}`)
      if (mayNot) assert.equal(JSON.parse(answer).missing, needs)
    }
  }
})

test('one decision or another, one kind of replay or another, unmasked or not: each needs its own', async t => {
  const scene = await peopleScene(t, { environment: { ISTHMUS_ALLOW_NEW_EFFECTS: '1' } })
  await scene.park('alpha', '1')
  const decision = '/api/v1/flows/alpha/messages/1/decision'
  const many = (what: string) => ({
    decision: { do: what, why: 'test' },
    filter: { flow: 'alpha' },
    dryRun: true,
  })
  const replay = (effects: string) => ({ filter: { flow: 'alpha', seq: 99 }, effects, why: 'test' })
  const asked: [path: string, body: unknown, roles: readonly Role[]][] = [
    [decision, { do: 'edit', data: { no: 1 } }, allowed.edit],
    [decision, { do: 'confirm' }, allowed.decide],
    ['/api/v1/parked/decision', many('retry'), allowed.operate],
    ['/api/v1/parked/decision', many('discard'), allowed.discard],
    ['/api/v1/parked/decision', many('confirm'), allowed.decide],
    ['/api/v1/replay', replay('kept'), allowed.operate],
    ['/api/v1/replay', replay('new'), allowed['replay-new']],
    ['/api/v1/replay/preview', { ...replay('kept'), why: undefined, showPii: true }, allowed.personal],
    ['/api/v1/messages?key=1&showPii=true', undefined, allowed.personal],
    ['/api/v1/parked?showPii=true', undefined, allowed.personal],
  ]
  for (const role of Object.keys(roles) as Role[]) {
    const person = await scene.person(role, [{ role }])
    for (const [path, body, who] of asked) {
      const response = await person.ask(path, { body })
      const text = await response.text()
      assert.equal(
        response.status !== 403,
        who.includes(role),
        `${role}: ${path} ${JSON.stringify(body)} ${text}`,
      )
    }
  }
})

test('what has no route is not there for somebody who has logged in, and is refused to others', async t => {
  const scene = await peopleScene(t)
  const viewer = await scene.person('vera', [{ role: 'viewer' }])
  const stranger = new Browser(() => scene.instance.control.url)
  for (const path of ['/api/nothing', '/api/v1/nothing', '/api/v1/account', '/api/v1/../../etc/passwd.txt'])
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']) {
      const headers = { 'content-type': 'text/plain' }
      assert.equal((await stranger.ask(path, { method, headers })).status, 401, `${method} ${path}`)
      assert.equal((await viewer.ask(path, { method })).status, 404, `${method} ${path}`)
    }
})
