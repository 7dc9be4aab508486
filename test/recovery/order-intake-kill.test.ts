import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  isAtRest,
  type OrdersDatabase,
  orderXml,
  postgresOrders,
  type StartedIntake,
  sqliteOrders,
  startIntake,
  verifyIntake,
} from './order-intake-fixture.ts'
import { withoutPostgres } from './postgres-fixture.ts'

const connections = 16
const kills = 10

test('kill -9 under load, SQLite: nothing acknowledged is lost, nothing applied twice', t =>
  killUnderLoad(t, sqliteOrders))

test(
  'kill -9 under load, PostgreSQL: nothing acknowledged is lost, nothing applied twice',
  { skip: withoutPostgres },
  t => killUnderLoad(t, postgresOrders),
)

async function killUnderLoad(
  t: { after(work: () => unknown): void },
  create: (folder: string) => Promise<OrdersDatabase>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-kill-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const database = await create(folder)
  t.after(() => database.drop())
  const data = join(folder, 'data')
  const acknowledged = new Set<string>()
  /** One order per connection, sent again after a kill until it is acknowledged. */
  const orders = Array.from({ length: connections }, (_, n) => `O-${n}-0`)

  for (let kill = 1; kill <= kills; kill++) {
    const intake = await startIntake(data, database.url)
    t.after(() => intake.kill())
    const before = acknowledged.size
    const clients = orders.map((_, n) => client(intake, orders, n, acknowledged))
    while (acknowledged.size < before + 50 + 7 * kill) await delay(5)
    await intake.kill()
    await Promise.all(clients)
  }

  const intake = await startIntake(data, database.url)
  t.after(() => intake.kill())
  await Promise.all(orders.map((_, n) => client(intake, orders, n, acknowledged, 1)))
  for (let tries = 0; tries < 1800 && missing(acknowledged, await database.rows()).length > 0; tries++)
    await delay(100)
  // What is in the database is recorded a moment later, and what was there before a kill when it is repeated.
  while (!(await isAtRest(data))) await delay(100)
  assert.equal(await intake.stop(), 0)

  const rows = await database.rows()
  assert.deepEqual(missing(acknowledged, rows), [])
  assert.deepEqual(
    rows.filter(({ seen }) => seen !== 1),
    [],
  )
  const { balanced, flows } = await verifyIntake(data)
  assert.ok(balanced)
  assert.deepEqual(
    flows.map(({ accepted, delivered }) => [accepted, delivered]),
    [[rows.length, rows.length]],
  )
}

/** Posts one order after the other until nobody answers any more, or `most` were acknowledged. */
async function client(
  intake: StartedIntake,
  orders: string[],
  n: number,
  acknowledged: Set<string>,
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  for (let count = 0; count < most; ) {
    const id = orders[n] as string
    const answer = await intake.post(orderXml({ id })).catch(() => undefined)
    if (answer === undefined) return
    if (answer.status !== 202) continue
    acknowledged.add(id)
    count++
    orders[n] = `O-${n}-${acknowledged.size}`
  }
}

function missing(acknowledged: ReadonlySet<string>, rows: readonly { order_id: string }[]): string[] {
  const written = new Set(rows.map(({ order_id }) => order_id))
  return [...acknowledged].filter(id => !written.has(id))
}
