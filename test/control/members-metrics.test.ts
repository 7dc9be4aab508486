import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { alert } from '../../src/flow/alert.ts'
import { type Instance, startInstance } from '../../src/server/instance.ts'
import { coordinationLease, partitionLease } from '../../src/store/members.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { startProxy } from '../recovery/postgres-proxy.ts'
import { until } from './control-scene.ts'
import { SagaGround, sagaLandscape } from './saga-scene.ts'

test('each member tells who lives, what it holds and what came to it, also from one that died', {
  skip: withoutPostgres,
}, async t => {
  const { schema, start } = scene(t)
  const dying = postgresStore({ url: testUrl, schema })
  t.after(() => dying.close('unclean'))
  const roles = ['worker', 'scheduler'] as const
  const ghost = (await dying.join?.({ id: 'ghost', name: 'ghost', roles, version: '1' })) ?? assert.fail()
  const partitions = Array.from({ length: 16 }, (_, n) => partitionLease(n))
  assert.equal((await ghost.take([...partitions, coordinationLease])).length, 17)
  // From here on it is silent.
  const first = await start('first')
  await until(async () => (await first.metric('isthmus_leases{kind="partition"}')) === 16)
  const expected = {
    'isthmus_leases{kind="coordination"}': 1,
    'isthmus_lease_moves_total{kind="partition",how="taken_over"}': 16,
    'isthmus_lease_moves_total{kind="coordination",how="taken_over"}': 1,
    'isthmus_lease_moves_total{kind="partition",how="taken"}': 0,
    'isthmus_lease_moves_total{kind="partition",how="given"}': 0,
    isthmus_members_lost: 1,
    'isthmus_members{role="worker"}': 1,
    isthmus_membership_sure: 1,
  }
  await until(async () => {
    const samples = await first.metrics()
    return Object.entries(expected).every(([name, value]) => samples.get(name) === value)
  })
  await until(async () => (await first.metric('isthmus_leases_unheld{kind="partition"}')) === 0)

  const second = await start('second')
  for (const each of [first, second])
    await until(async () => {
      const samples = await each.metrics()
      return (
        samples.get('isthmus_leases{kind="partition"}') === 8 &&
        samples.get('isthmus_members{role="worker"}') === 2 &&
        samples.get('isthmus_leases_unheld{kind="partition"}') === 0
      )
    })
  assert.equal(await first.metric('isthmus_lease_moves_total{kind="partition",how="given"}'), 8)
  await until(
    async () => (await second.metric('isthmus_lease_moves_total{kind="partition",how="taken"}')) === 8,
  )
})

test('a member whose store does not answer is scraped all the same, and says that it is not sure', {
  skip: withoutPostgres,
}, async t => {
  const proxy = await startProxy(testUrl)
  t.after(() => proxy.close())
  const { start } = scene(t)
  const member = await start('cut off', proxy.url)
  const both = ['isthmus_membership_sure', 'isthmus_saga_lock_waits'] as const
  const told = async () => {
    const samples = await member.metrics()
    return both.map(name => samples.get(name))
  }
  assert.deepEqual(await told(), [1, 0])
  proxy.cut()
  await until(async () => {
    const [sure, stored] = await told()
    return sure === 0 && stored === undefined
  })
  assert.equal(await member.metric('isthmus_leases{kind="partition"}'), 16)
  proxy.open = true
  await until(async () => {
    const [sure, stored] = await told()
    return sure === 1 && stored === 0
  })
})

test('where nobody works off partitions whoever coordinates raises the alert, until somebody does', {
  skip: withoutPostgres,
}, async t => {
  const { start } = scene(t)
  const scheduler = await start('scheduler', testUrl, 'scheduler')
  const firing = async () => {
    const { alerts } = (await (await scheduler.ask('/api/v1/alerts')).json()) as Listed
    const found = alerts.filter(({ rule, status }) => rule === 'leases-unheld' && status === 'firing')
    return found.map(({ labels }) => labels.kind)
  }
  await until(async () => (await firing()).includes('partition'))
  assert.deepEqual(await firing(), ['partition'])
  assert.equal(await scheduler.metric('isthmus_leases_unheld{kind="partition"}'), 16)
  const worker = await start('worker', testUrl, 'worker')
  await until(async () => (await firing()).length === 0)
  assert.equal(await worker.metric('isthmus_leases{kind="partition"}'), 16)
})

interface Listed {
  readonly alerts: readonly {
    readonly rule: string
    readonly status: string
    readonly labels: Readonly<Record<string, string>>
  }[]
}

/** The rule as it comes with Isthmus, but at once. */
const atOnce = alert('leases-unheld', {
  ...{ metric: 'isthmus_leases_unheld', above: 0, for: '0s', keep: '0s', text: '{value} {kind}' },
})

/** Members of a store of its own. */
function scene(t: TestContext) {
  const schema = freshSchema()
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-members-'))
  const ground = new SagaGround()
  const running: Instance[] = []
  t.after(async () => {
    for (const instance of running) await instance.stop(1_000)
    rmSync(folder, { recursive: true, force: true })
    await dropSchema(schema)
  })
  const start = async (name: string, url = testUrl, role = 'all') => {
    const instance = await startInstance({
      landscape: { ...sagaLandscape(ground), alerts: [atOnce] },
      ...{ data: join(folder, name), port: 0, control: { port: 0 }, environment: { ISTHMUS_ROLE: role } },
      ...{ store: postgresStore({ url, schema }), log: entry => ground.log.push(entry), alertsEvery: 200 },
    })
    running.push(instance)
    const { control } = instance
    const ask = (path: string) =>
      fetch(`${control.url}${path}`, { headers: { authorization: `Bearer ${control.token}` } })
    /** Name with labels to value. */
    const metrics = async (): Promise<ReadonlyMap<string, number>> => {
      const response = await ask('/metrics')
      assert.equal(response.status, 200)
      const samples = [...(await response.text()).matchAll(/^([a-z_]+(?:\{.*\})?) (\S+)$/gm)]
      return new Map(samples.map(([, name = '', value]) => [name, Number(value)]))
    }
    return { ask, metrics, metric: async (name: string) => (await metrics()).get(name) }
  }
  return { schema, start }
}
