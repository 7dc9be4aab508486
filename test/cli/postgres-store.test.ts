import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { type TestContext, test } from 'node:test'
import type { Balance, ParkedPage } from '../../src/server/operations/schemas.ts'
import type { Workers } from '../../src/server/operations/worker-schemas.ts'
import { until } from '../check/processes.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { ordersLandscape, Scene } from './fixture.ts'

/** In a schema that goes with the test. */
function storeIn(t: TestContext): { readonly ISTHMUS_STORE: string } {
  const schema = freshSchema()
  t.after(() => dropSchema(schema))
  const url = new URL(testUrl)
  url.searchParams.set('schema', schema)
  return { ISTHMUS_STORE: url.href }
}

test('with the store in PostgreSQL the commands find it while it runs, and by its URL when not', {
  skip: withoutPostgres,
}, async t => {
  const scene = new Scene(t)
  const store = storeIn(t)

  const running = await scene.start(store)
  scene.deliver({ A: 'ok', B: 'refuse' })
  await until(() => running.log('parked').length === 1)
  await scene.ended(1)
  const members = await scene.run(['workers', '--json', ordersLandscape], { env: store })
  assert.equal(members.code, 0, members.err)
  const { workers } = JSON.parse(members.out) as Workers
  assert.deepEqual(
    workers.map(({ name }) => name),
    [`isthmus on ${hostname()}, pid ${running.child.pid}`],
  )
  // Without the URL the running instance is asked; beside it, the store itself.
  const asked = await scene.ask<Balance>('verify')
  const counted = JSON.parse((await scene.run(['verify', '--json'], { env: store })).out) as Balance
  assert.deepEqual([asked.balanced, asked.flows[0]?.accepted, asked.flows[0]?.parked], [true, 2, 1])
  // Its own streams, such as those of alerts, may have grown in between.
  assert.deepEqual([counted.balanced, counted.flows], [asked.balanced, asked.flows])
  // Others may work on the store, but with a data directory of their own.
  const second = await scene.run(['start', ordersLandscape], { env: { ...store, PORT: '0' } })
  assert.equal(second.code, 4, second.err)
  assert.match(second.err, new RegExp(`belongs to process ${running.child.pid} on .*STORE-IN-USE`))
  assert.equal(await running.stop(), 0)

  const unknown = await scene.run(['verify'])
  assert.equal(unknown.code, 2)
  assert.match(unknown.err, /in PostgreSQL.*Set ISTHMUS_STORE/)
  const retry = ['parked', 'retry', 'booking/2', '-l', ordersLandscape]
  assert.equal((await scene.run(retry, { env: store })).code, 0)
  const list = await scene.run(['parked', 'list', '--json', '-l', ordersLandscape], { env: store })
  assert.deepEqual((JSON.parse(list.out) as ParkedPage).messages, [])
})

test('what nobody holds is said: a worker alone runs flows, reads no source and coordinates nothing', {
  skip: withoutPostgres,
}, async t => {
  const scene = new Scene(t)
  const running = await scene.start({ ...storeIn(t), ISTHMUS_ROLE: 'worker' })
  const { code, out, err } = await scene.run(['workers', ordersLandscape])
  assert.equal(code, 0, err)
  assert.match(out, /16 partitions in all/)
  assert.match(out, /read by nobody 1 source: inbox\.orders/)
  assert.match(out, /nobody coordinates/)
  assert.doesNotMatch(out, /held by nobody/)
  assert.equal(await running.stop(), 0)
})
