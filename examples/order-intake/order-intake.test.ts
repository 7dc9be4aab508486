import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type OrderRow,
  type OrdersDatabase,
  orderXml,
  postgresOrders,
  sqliteOrders,
  startIntake,
  verifyIntake,
} from '../../test/recovery/order-intake-fixture.ts'
import { withoutPostgres } from '../../test/recovery/postgres-fixture.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'

describe('order intake into SQLite', () => describeIntake(sqliteOrders))
describe('order intake into PostgreSQL', { skip: withoutPostgres }, () => describeIntake(postgresOrders))

function describeIntake(create: (folder: string) => Promise<OrdersDatabase>) {
  test('accepts, maps, writes once, and refuses what is wrong', async t => {
    const folder = temporaryFolder('orders')
    const database = await create(folder)
    const data = join(folder, 'data')
    let intake = await startIntake(data, database.url)
    t.after(async () => {
      await intake.kill()
      await database.drop()
    })

    await t.test('an order is accepted with 202 and becomes a row', async () => {
      // 3 * 1.005 = 3.015 and 0.1 * 3.25 = 0.325: exactly half a cent each.
      const lines = [
        ['3', '1.005'],
        ['0.1', '3.25'],
        ['1', '0'],
      ] as const
      const { status, body } = await intake.post(orderXml({ id: 'A-1', lines }))
      assert.equal(status, 202)
      assert.equal(typeof body.id, 'string')
      const row = await rowOf(database, 'A-1')
      assert.deepEqual(
        { ...row, total: Number(row.total), at: row.at !== null },
        {
          order_id: 'A-1',
          customer_id: 'C-7',
          order_date: '2026-05-01',
          currency: 'EUR',
          total: 3.35,
          seen: 1,
          at: true,
          doc: {
            orderId: 'A-1',
            customerId: 'C-7',
            orderDate: '2026-05-01',
            currency: 'EUR',
            shipTo: { name: 'Li Na', street: 'Main St 1', city: 'Ulm', country: 'DE' },
            lines: [
              { no: 1, sku: 'SKU-1', qty: 3, price: 1.005, amount: 3.02 },
              { no: 2, sku: 'SKU-2', qty: 0.1, price: 3.25, amount: 0.33 },
              { no: 3, sku: 'SKU-3', qty: 1, price: 0, amount: 0 },
            ],
            total: 3.35,
          },
        },
      )
    })

    await t.test('the same order again is answered with the first id and has no second effect', async () => {
      const first = await intake.post(orderXml({ id: 'A-2' }))
      const second = await intake.post(orderXml({ id: 'A-2' }))
      assert.equal(second.status, 202)
      assert.equal(second.body.id, first.body.id)
    })

    await t.test('the same OrderId with another body is answered 409', async () => {
      assert.equal((await intake.post(orderXml({ id: 'A-2', customer: 'C-8' }))).status, 409)
    })

    await t.test('a bad order is answered with the list of its problems', async () => {
      for (const [xml, paths] of badOrders) {
        const { status, body } = await intake.post(xml)
        assert.equal(status, 422, xml)
        assert.deepEqual((body.problems as { path: string }[]).map(({ path }) => path).sort(), paths)
      }
      for (const xml of ['', 'no xml', '<Order>', '<Other/>', `<!DOCTYPE Order>${orderXml({ id: 'B' })}`])
        assert.equal((await intake.post(xml)).status, 400, xml)
    })

    await t.test('health is answered on the same port', async () => {
      assert.equal((await fetch(`${intake.url}/healthz`)).status, 200)
    })

    await t.test(
      'a stop and a start later everything is known, and only what was good was accepted',
      async () => {
        assert.ok(existsSync(data))
        await rowOf(database, 'A-2')
        assert.equal(await intake.stop(), 0)
        const { balanced, flows } = await verifyIntake(data)
        assert.ok(balanced)
        assert.deepEqual(
          flows.map(({ accepted, delivered, parked }) => ({ accepted, delivered, parked })),
          [{ accepted: 2, delivered: 2, parked: 0 }],
        )
        intake = await startIntake(data, database.url)
        assert.equal((await intake.post(orderXml({ id: 'A-2' }))).status, 202)
        assert.equal((await intake.post(orderXml({ id: 'A-2', customer: 'C-8' }))).status, 409)
        await intake.stop()
        assert.deepEqual(
          (await database.rows()).map(({ order_id, seen }) => [order_id, seen]),
          [
            ['A-1', 1],
            ['A-2', 1],
          ],
        )
      },
    )

    await t.test('a second application of an order is counted', async () => {
      intake = await startIntake(join(folder, 'forgetful'), database.url)
      await intake.post(orderXml({ id: 'A-1' }))
      while ((await rowOf(database, 'A-1')).seen !== 2) await delay(20)
    })
  })
}

const badOrders: readonly [string, string[]][] = [
  [
    '<Order><Header><CustomerId/></Header><Lines><Line><Qty>0</Qty><Price>-1</Price></Line></Lines></Order>',
    [
      'Header.Currency',
      'Header.CustomerId',
      'Header.OrderDate',
      'Header.OrderId',
      'Lines.Line[0].Price',
      'Lines.Line[0].Qty',
      'Lines.Line[0].Sku',
    ],
  ],
  [orderXml({ id: 'B', lines: [] }), ['Lines.Line']],
  [orderXml({ id: 'B', date: '01.05.2026' }), ['Header.OrderDate']],
  [orderXml({ id: 'B', date: '2026-02-30' }), ['Header.OrderDate']],
  [
    orderXml({
      id: 'B',
      lines: [
        ['1', '1'],
        ['two', ''],
      ],
    }),
    ['Lines.Line[1].Price', 'Lines.Line[1].Qty'],
  ],
  ['<Order/>', ['Header', 'Lines']],
]

async function rowOf(database: OrdersDatabase, id: string): Promise<OrderRow> {
  for (;;) {
    const row = (await database.rows()).find(({ order_id }) => order_id === id)
    if (row) return row
    await delay(20)
  }
}
