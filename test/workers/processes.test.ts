import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { byCustomer, customers, ordersOf, postAll, range, start, until, workerIds } from './harness.ts'

test('processes share the keys; one is killed, one stands still: both are replaced, and nothing is lost, doubled or out of order', {
  skip: withoutPostgres,
}, async t => {
  const schema = freshSchema()
  t.after(() => dropSchema(schema))
  const url = new URL(testUrl)
  url.searchParams.set('schema', schema)
  const store = postgresStore({ url: testUrl, schema })
  const running = await start(t, { count: 3, store, environment: { ISTHMUS_STORE: url.href } })
  const { booked, logged, standing } = running
  await until('all work', async () => (await workerIds(running)).length === 3)
  const first = await workerIds(running)
  const pids = (await standing()).members.flatMap(({ id, name }) =>
    first.includes(id) ? [Number(/pid (\d+)/.exec(name)?.[1])] : [],
  )
  const [killed, stopped] = pids
  assert.ok(killed && stopped)
  const posting = postAll(running, range(1, 12))
  await Promise.race([posting, until('some are done', () => booked.length > 60)])
  process.kill(killed, 'SIGKILL')
  process.kill(stopped, 'SIGSTOP')
  t.after(() => cont(stopped))
  await posting
  await until('others have taken over', () => booked.length === 12 * customers.length)
  cont(stopped)
  await until('both are replaced', async () => {
    const now = await workerIds(running)
    return now.length === 3 && now.filter(id => first.includes(id)).length === 1
  })
  await postAll(running, range(13, 14))
  await until('all are done', () => booked.length === 14 * customers.length)
  for (const customer of customers) assert.deepEqual(byCustomer(booked).get(customer), ordersOf(customer, 14))
  const ends = logged.filter(({ event }) => event === 'worker').map(({ text }) => text)
  assert.ok(
    ends.some(text => text.includes('by SIGKILL')),
    ends.join('\n'),
  )
  assert.ok(
    ends.some(text => text.includes('exit code 7')),
    ends.join('\n'),
  )
  await running.stop()
  assert.equal(booked.length, 14 * customers.length)
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

function cont(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It has ended.
  }
}
