import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { byCustomer, customers, ordersOf, postAll, range, start, until, workerIds } from './harness.ts'

test('threads share the keys; one dies in the middle: nothing is lost or doubled, and the order of each key stays', async t => {
  const running = await start(t, { count: 2 })
  const { workers, booked, logged } = running
  await until('both work', async () => (await workerIds(running)).length === 2)
  const posting = postAll(running, range(1, 20))
  await Promise.race([posting, until('some are done', () => booked.length > 60)])
  const before = await workerIds(running)
  workers.hands.get(1)?.kill()
  await until('it is started again', async () => {
    const now = await workerIds(running)
    return now.length === 2 && now.some(id => !before.includes(id))
  })
  await posting
  await postAll(running, range(21, 24))
  await until('all are done', () => booked.length === 24 * customers.length)
  for (const customer of customers) assert.deepEqual(byCustomer(booked).get(customer), ordersOf(customer, 24))
  assert.equal(logged.filter(({ event }) => event === 'worker').length, 1)
  await running.stop()
  assert.equal(booked.length, 24 * customers.length)

  const store = sqliteStore({ path: running.instance.configuration.data })
  const claim = await store.claim('afterwards')
  assert.deepEqual({ ...claim, token: 0 }, { token: 0, clean: true, partitions: 16 })
  await store.close()
})
