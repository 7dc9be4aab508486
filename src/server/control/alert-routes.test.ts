import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AlertList, AlertView } from '../operations/alert-schemas.ts'
import type { Actor } from '../people/permissions.ts'
import { alertRoutes } from './alert-routes.ts'
import type { ControlGround, ControlRequest } from './route.ts'

const view = (labels: Record<string, string>, consequences: AlertView['consequences'] = []): AlertView => ({
  ...{
    id: Object.values(labels).join('~'),
    rule: 'it',
    severity: 'warning',
    status: 'firing',
    value: 1,
    since: 1,
  },
  ...{ text: { en: '', zh: '' }, labels, told: [], consequences },
})

const silence = { id: 's', by: 'x', why: 'y', from: 1, until: 2 }
const all: AlertList = {
  alerts: [
    view({ system: 'erp' }, [view({ flow: 'alpha' }), view({ flow: 'beta' })]),
    view({ flow: 'beta' }),
    view({ saga: 'beta' }),
    view({ saga: 'alpha' }),
    view({ transaction: 'beta' }),
  ],
  recent: [view({ flow: 'beta' }), view({ flow: 'alpha' })],
  silences: [
    { ...silence, match: { flow: 'beta' } },
    { ...silence, match: { flow: 'alpha' } },
    { ...silence, match: { alert: 'it~beta' } },
  ],
  channels: [],
  problems: [],
}

test('of alerts and silences only what is in the scope is told, consequences of what is seen too', async () => {
  const list = alertRoutes.find(({ method, path }) => method === 'GET' && path === '/api/v1/alerts')
  const ground = { operations: { alerts: { list: async () => all } } } as unknown as ControlGround
  const scope = { flows: ['alpha'], systems: ['*'] }
  const scoped: Actor = { name: 'ann', by: 'session', grants: [{ role: 'viewer', scope }] }
  const ask = async (actor: Actor) => (await list?.handle(ground, { actor } as ControlRequest)) as AlertList
  const seen = await ask(scoped)
  assert.doesNotMatch(JSON.stringify(seen), /beta/)
  assert.deepEqual(
    seen.alerts.map(({ id, consequences }) => [id, consequences.map(each => each.id)]),
    [
      ['erp', ['alpha']],
      ['alpha', []],
    ],
  )
  assert.deepEqual([seen.recent.length, seen.silences.length], [1, 1])
  const everything = await ask({ name: 'bo', by: 'session', grants: [{ role: 'viewer' }] })
  assert.deepEqual(everything, all)
})

test('whoever has a scope silences what is in it, whatever the id of an alert looks like', async () => {
  const silence = alertRoutes.find(({ path }) => path === '/api/v1/alerts/{id}/silence')
  const actor: Actor = {
    name: 'ann',
    by: 'session',
    grants: [{ role: 'operator', scope: { flows: ['alpha'], systems: ['none'] } }],
  }
  const request = (id: string) =>
    ({ params: { id }, body: { why: 'y', until: 1 }, actor }) as unknown as ControlRequest
  assert.deepEqual(silence?.about(request('messages-parked~alpha')), { flow: 'alpha', system: undefined })
  assert.deepEqual(silence?.about(request('something-else~alpha')), { flow: undefined, system: undefined })
  const silenced: unknown[] = []
  const grounds = (labels: Record<string, string>) =>
    ({
      operations: {
        alerts: {
          show: async () => ({ alert: view(labels) }),
          silence: async (id: string, order: { by: string }) => silenced.push([id, order.by]),
        },
      },
    }) as unknown as ControlGround
  await silence?.handle(grounds({ flow: 'alpha' }), request('messages-parked~alpha'))
  // A rule of the landscape by the same name may be about something else.
  await assert.rejects(
    async () => silence?.handle(grounds({ system: 'alpha' }), request('messages-parked~alpha')),
    {
      code: 'CONTROL-REFUSED',
    },
  )
  assert.deepEqual(silenced, [['messages-parked~alpha', 'ann']])
})
