import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { connect } from 'amqplib'
import { startInstance } from '../../src/server/instance.ts'
import { rabbitUrl, withoutRabbit } from '../../test/integration/rabbitmq-harness.ts'
import { until } from '../../test/integration/sql-harness.ts'
import example from './isthmus.ts'

test('an order is published once, and stock and finance both get it', {
  skip: withoutRabbit,
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-rabbitmq-'))
  const [shop, path] = [join(folder, 'shop'), join(folder, 'books.db')]
  mkdirSync(shop)
  const { host, username, password } = new URL(rabbitUrl)
  const broker = { BROKER: `amqp://${host}`, BROKER_USER: username, BROKER_PASSWORD: password }
  const instance = await startInstance({
    landscape: example,
    data: folder,
    port: 0,
    control: { port: 0 },
    environment: { SHOP: shop, BOOKS: path, ...broker },
    log: () => {},
  })
  const client = await connect(rabbitUrl)
  const database = new DatabaseSync(path)
  const rows = (table: string) => {
    try {
      return database
        .prepare(`select * from ${table} order by no`)
        .all()
        .map(row => ({ ...row }))
    } catch {
      return []
    }
  }
  try {
    // Who subscribes later gets what is published later.
    await until(async () => (await consumers('finance.orders')) > 0)
    const order = { no: 'A1', product: '螺栓', qty: 3, amount: '12.50' }
    writeFileSync(join(shop, 'a.jsonl'), `${JSON.stringify(order)}\n`)
    await until(() => rows('reservations').length === 1 && rows('invoices').length === 1)
    assert.deepEqual(rows('reservations'), [{ no: 'A1', product: '螺栓', qty: 3 }])
    assert.deepEqual(rows('invoices'), [{ no: 'A1', amount: '12.50' }])
  } finally {
    await instance.stop()
    database.close()
    const last = await client.createChannel()
    for (const queue of ['stock.orders', 'finance.orders']) await last.deleteQueue(queue)
    await last.deleteExchange('orders')
    await client.close()
    rmSync(folder, { recursive: true, force: true })
  }

  /** A channel is closed by the question for a queue that is not there. */
  async function consumers(queue: string): Promise<number> {
    const asked = await client.createChannel()
    asked.on('error', () => {})
    const found = await asked.checkQueue(queue).catch(() => undefined)
    await asked.close().catch(() => {})
    return found?.consumerCount ?? 0
  }
})
