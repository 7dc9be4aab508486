import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Admin, Producer } from '@platformatic/kafka'
import { startInstance } from '../../src/server/instance.ts'
import { until } from '../../test/integration/kafka-engine.ts'
import { kafkaBrokers, withoutKafka } from '../../test/integration/kafka-harness.ts'
import { readTopic } from '../../test/integration/kafka-reader.ts'
import example from './isthmus.ts'

const topics = ['orders', 'bookings']

test('orders of a topic become rows and bookings', { skip: withoutKafka, timeout: 240_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-kafka-example-'))
  const common = { clientId: 'tests', bootstrapBrokers: [kafkaBrokers], retries: 30, retryDelay: 100 }
  const admin = new Admin(common)
  const producer = new Producer({ ...common, idempotent: true })
  await admin.createTopics({ topics, partitions: 2, replicas: 1 })
  const order = { no: 'A1', customer: '工厂', amount: '12.50' }
  const key = Buffer.from('A1')
  const messages = [
    { topic: 'orders', key, value: Buffer.from(JSON.stringify(order)) },
    { topic: 'orders', key: Buffer.from('A0') },
  ]
  await producer.send({ messages, idempotent: true })
  const path = join(folder, 'finance.db')
  const environment = { BUS_BROKERS: kafkaBrokers, FINANCE_DATABASE: path }
  const instance = await startInstance({
    landscape: example,
    data: folder,
    port: 0,
    control: { port: 0 },
    environment,
    log: () => {},
  })
  const database = new DatabaseSync(path)
  const rows = (table: string) => {
    try {
      return database
        .prepare(`select * from ${table}`)
        .all()
        .map(row => ({ ...row }))
    } catch {
      return []
    }
  }
  try {
    await until(
      () => rows('orders').length === 1 && rows('cancelled').length === 1,
      () => 'no rows',
    )
    assert.deepEqual(rows('orders'), [order])
    assert.deepEqual(rows('cancelled'), [{ no: 'A0' }])
    await until(
      async () => (await readTopic('bookings')).length === 1,
      () => 'no booking',
    )
    const [booking] = await readTopic('bookings')
    assert.deepEqual(JSON.parse(String(booking?.value)), { order: 'A1', amount: '12.50' })
  } finally {
    await instance.stop()
    database.close()
    await admin.deleteTopics({ topics })
    await admin.close()
    await producer.close(true)
    rmSync(folder, { recursive: true, force: true })
  }
})
