import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Instance, startInstance } from '../../src/server/instance.ts'
import type { Workers } from '../../src/server/operations/worker-schemas.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { controlScene, until } from './control-scene.ts'
import { SagaGround, sagaLandscape } from './saga-scene.ts'

test('one process that has its store for itself is the only worker, and holds everything', async t => {
  const { ask } = await controlScene(t)
  const told = (await (await ask('/api/v1/workers')).json()) as Workers
  assert.equal(told.shared, false)
  assert.deepEqual([told.unheld, told.unread], [[], []])
  const [only, ...others] = told.workers
  assert.equal(others.length, 0)
  assert.deepEqual(only?.partitions, [0])
  assert.deepEqual(only?.sources, ['shop.orders'])
  assert.equal(only?.coordinates, true)
  assert.equal(only?.self, true)
  assert.ok((only?.load.memory ?? 0) > 0)
})

test('of two members any answers for what one coordinates, and knows whom the other has let in or shut out', {
  skip: withoutPostgres,
}, async t => {
  const schema = freshSchema()
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-members-'))
  const ground = new SagaGround()
  const running: Instance[] = []
  t.after(async () => {
    for (const instance of running) await instance.stop(1_000)
    rmSync(folder, { recursive: true, force: true })
    await dropSchema(schema)
  })
  const member = async (name: string): Promise<Instance> => {
    const instance = await startInstance({
      landscape: sagaLandscape(ground),
      data: join(folder, name),
      port: 0,
      control: { port: 0 },
      store: postgresStore({ url: testUrl, schema }),
      environment: {},
      log: entry => ground.log.push(entry),
      alertsEvery: 200,
    })
    running.push(instance)
    return instance
  }
  const ask = async <T>({ control }: Instance, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${control.url}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${control.token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as T
    return response.ok ? answer : ({ status: response.status, ...answer } as T)
  }
  const first = await member('first')
  const second = await member('second')
  const workers = () => ask<Workers>(second, '/workers')
  await until(async () => {
    const told = await workers()
    return told.workers.length === 2 && told.workers.every(({ partitions }) => partitions.length === 8)
  })
  const told = await workers()
  assert.equal(told.shared, true)
  assert.deepEqual(told.unheld, [])
  assert.equal(told.workers.filter(({ coordinates }) => coordinates).length, 1)
  assert.equal(told.workers.filter(({ self }) => self).length, 1)
  // The one that does not coordinate.
  const other = told.workers.some(({ self, coordinates }) => self && coordinates) ? first : second

  const by = 'ann'
  const order = (no: string, what: string) => ({ data: { no, buyer: 'Li', ask: what }, id: no, by })
  await ask(other, '/sagas/delivery', order('A1', 'ok'))
  const state = async (no: string) => (await ask<{ state: string }>(other, `/sagas/delivery/${no}`)).state
  await until(async () => (await state('A1')) === 'waiting')
  await ask(other, '/sagas/delivery/A1/decision', {
    ...{ do: 'decide', step: 'credit', choice: 'yes', by, why: 'test' },
  })
  await until(async () => (await state('A1')) === 'completed')
  assert.deepEqual(ground.done, ['reserve A1', 'ship A1', 'tell A1'])

  const refusal = await ask<{ status: number; code: string }>(other, '/sagas/nothing', order('A2', 'ok'))
  assert.deepEqual([refusal.status, refusal.code], [404, 'CONTROL-REFUSED'])

  await ask(other, '/sagas/delivery', order('A3', 'lose ship'))
  await until(async () => (await state('A3')) === 'waiting')
  await ask(other, '/sagas/delivery/A3/decision', {
    ...{ do: 'decide', step: 'credit', choice: 'yes', by, why: 'test' },
  })
  interface Listed {
    alerts: { id: string; rule: string; status: string; acknowledged?: { by: string } }[]
  }
  const alert = async () =>
    (await ask<Listed>(other, '/alerts')).alerts.find(
      ({ rule, status }) => rule === 'saga-needs-person' && status === 'firing',
    )
  await until(async () => (await alert()) !== undefined)
  await ask(other, `/alerts/${encodeURIComponent((await alert())?.id ?? '')}/acknowledge`, {
    by,
    why: 'seen',
  })
  assert.equal((await alert())?.acknowledged?.by, by)

  const account = { name: 'boss', origin: 'local', disabled: false, tokens: [], created: 1 } as const
  const grants = [{ role: 'admin' }] as const
  await first.people.accounts.create({ ...account, grants })
  await until(() => second.people.accounts.hasOwner)
  const secret = await first.people.sessions.begin('boss', '127.0.0.1', 'test')
  await until(() => second.people.bySession(secret)?.actor.name === 'boss')
  await first.people.sessions.endAll('boss', 'revoked')
  await until(() => second.people.bySession(secret) === undefined)
  const again = await second.people.sessions.begin('boss', '127.0.0.1', 'test')
  await until(() => first.people.bySession(again) !== undefined)
  await second.people.accounts.create({ ...account, name: 'chief', grants })
  await until(() => first.people.accounts.find('chief') !== undefined)
  await second.people.accounts.change('boss', 'disabled', () => ({ disabled: true }))
  await until(() => first.people.bySession(again) === undefined)
})
