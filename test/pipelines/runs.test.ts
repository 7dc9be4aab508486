import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RunState } from '../../src/engine/pipelines/run-state.ts'
import { IsthmusError } from '../../src/errors.ts'
import { pipeline } from '../../src/flow/pipeline/pipeline.ts'
import { sqlModel } from '../../src/flow/pipeline/sql-model.ts'
import { table } from '../../src/flow/pipeline/table.ts'
import { noRows, unique } from '../../src/flow/pipeline/table-checks.ts'
import type { Warehouse } from '../../src/system/warehouse.ts'
import {
  Order,
  openShop,
  type Plant,
  type Shop,
  shopOrders,
  shopSystem,
  startPlant,
  Turnover,
  warehouseOf,
} from './shop.ts'

const person = { by: 'ann', why: 'test' }

function nightOf(shop: Shop, tolerance = {}) {
  const erp = shopSystem(shop)
  const dw = warehouseOf(shop)
  const orders = table(dw, 'orders', Order, {
    from: shopOrders(erp),
    tolerance,
    checks: [
      unique(['no']),
      noRows(
        'no order of more than 1000',
        sqlModel`select * from ${{ kind: 'table', system: 'dw', name: 'orders' }} where amount > 1000`,
      ),
    ],
  })
  const turnover = table(dw, 'turnover', Turnover, {
    from: sqlModel`select customer, count(*) as orders, sum(amount) as amount from ${orders} group by customer`,
  })
  return { systems: [erp, dw], night: pipeline('night', { tables: [turnover, orders] }) }
}

async function withNight(
  work: (
    shop: Shop,
    plant: Plant,
    run: (asked?: { everything?: true }) => Promise<RunState>,
  ) => Promise<void>,
  tolerance = {},
) {
  const shop = openShop()
  const { systems, night } = nightOf(shop, tolerance)
  const plant = await startPlant(shop, systems, [night])
  try {
    await work(shop, plant, async asked =>
      plant.over('night', await plant.engine.pipelines.order('night', person, asked)),
    )
  } finally {
    await plant.stop()
  }
}

const turnovers = 'select customer, orders, amount from turnover order by customer'

describe('a run of a pipeline', () => {
  it('reads, builds and publishes, and accounts for every row', () =>
    withNight(async (shop, plant, run) => {
      for (let no = 1; no <= 7; no++) shop.add(no, no % 2 ? 'ann' : 'bob', `${no}.5`)
      shop.add(8, 'bob', 'much')
      const state = await run()
      assert.equal(state.status, 'published', JSON.stringify(state.failure))
      const counts = { read: 8, filtered: 0, parked: 1, superseded: 0, written: 7 }
      assert.deepEqual(state.loaded.get('orders')?.counts, counts)
      assert.deepEqual(await plant.rows(turnovers), [
        { customer: 'ann', orders: 4, amount: '18.00' },
        { customer: 'bob', orders: 3, amount: '13.50' },
      ])
      const [parked] = await plant.rows('select row_no, code, reason, data from isthmus.parked_rows')
      assert.equal(parked?.code, 'CLEAN-VALUE')
      assert.deepEqual((parked?.data as { no?: number } | undefined)?.no, 8)
    }))

  it('reads only what changed since the run before, or everything where it is told to', () =>
    withNight(async (shop, plant, run) => {
      shop.add(1, 'ann', '1')
      shop.add(2, 'bob', '2')
      await run()
      shop.add(2, 'bob', '20')
      shop.add(3, 'bob', '3')
      const second = await run()
      assert.equal(second.loaded.get('orders')?.counts.read, 2)
      assert.deepEqual(second.published?.orders, { inserted: 1, updated: 1, deleted: 0, unchanged: 0 })
      assert.equal((await plant.rows(turnovers))[1]?.amount, '23.00')
      const all = await run({ everything: true })
      assert.deepEqual(all.published?.orders, { inserted: 0, updated: 0, deleted: 0, unchanged: 3 })
    }))

  it('shows readers nothing where a check does not hold, and goes on when a person lets it', () =>
    withNight(async (shop, plant, run) => {
      shop.add(1, 'ann', '1')
      await run()
      shop.add(2, 'ann', '5000')
      const failed = await run()
      assert.equal(failed.status, 'failed')
      assert.equal(failed.failure?.code, 'PIPELINE-CHECK')
      const check = failed.checks.find(({ ok }) => !ok)
      assert.equal(check?.check, 'no order of more than 1000')
      assert.equal(check.examples.length, 1)
      assert.equal((await plant.rows(turnovers))[0]?.amount, '1.00')
      // What was not published is read again.
      shop.add(2, 'ann', '50')
      const next = await run()
      assert.equal(next.status, 'published', JSON.stringify(next.failure))
      assert.equal((await plant.rows(turnovers))[0]?.amount, '51.00')
    }))

  it('stops a task when more rows are set aside than are tolerated, and publishes nothing', () =>
    withNight(
      async (shop, plant, run) => {
        for (let no = 1; no <= 9; no++) shop.add(no, 'ann', no % 3 ? '1' : 'x')
        const state = await run()
        assert.equal(state.failure?.code, 'PIPELINE-TOLERANCE')
        assert.match(state.failure.reason, /at most 2 may be/)
        assert.equal((await plant.rows('select * from isthmus.parked_rows')).length, 3)
        assert.equal(
          (await plant.rows(`select * from information_schema.tables where table_name = 'turnover'`)).length,
          0,
        )
      },
      { rows: 2 },
    ))

  it('sets aside a row that its columns cannot hold, and loads the others', () =>
    withNight(async (shop, plant, run) => {
      shop.add(1, 'ann', '1')
      shop.add(2, 'ann', `${'9'.repeat(37)}`)
      shop.add(3, '', '1')
      shop.add(4, 'ann', '1', '2026-02-30')
      const state = await run()
      assert.equal(state.status, 'published', JSON.stringify(state.failure))
      const counts = { read: 4, filtered: 0, parked: 3, superseded: 0, written: 1 }
      assert.deepEqual(state.loaded.get('orders')?.counts, counts)
      const reasons = (await plant.rows('select reason from isthmus.parked_rows order by row_no')).map(
        row => row.reason,
      )
      assert.match(String(reasons[0]), /digits before the point/)
    }))

  it('loads rows that were set aside once they are mended, and what is made of them', () =>
    withNight(async (shop, plant, run) => {
      shop.add(1, 'ann', '1')
      shop.add(2, 'ann', 'two')
      shop.add(3, 'ann', 'three')
      await run()
      const [published] = await plant.engine.store.read.streams.heads({ kind: 'pipeline/night', limit: 1 })
      const key = published?.key ?? ''
      const mended = JSON.stringify({ no: 2, customer: 'ann', amount: '2', day: '2026-05-01', changed: '2' })
      const warehouse = plant.engine.pipelines.options.warehouse('dw')
      await warehouse.run(
        [`update isthmus.parked_rows set state = 'fixed', fixed = '${mended}' where row_no = 2`],
        new AbortController().signal,
      )
      const repair = await plant.engine.pipelines.repair('night', key, 'orders', person)
      const state = await plant.over('night', repair)
      assert.equal(state.status, 'published', JSON.stringify(state.failure))
      assert.deepEqual(state.loaded.get('orders')?.counts, {
        read: 2,
        filtered: 0,
        parked: 1,
        superseded: 0,
        written: 1,
      })
      assert.equal((await plant.rows(turnovers))[0]?.amount, '3.00')
      const states = (await plant.rows('select state from isthmus.parked_rows order by row_no')).map(
        row => row.state,
      )
      assert.deepEqual(states, ['repaired', 'parked'])
    }))

  it('was published where the answer to its publication was lost, and is not published twice', async () => {
    const shop = openShop()
    shop.add(1, 'ann', '1.00')
    const erp = shopSystem(shop)
    const dw = losingAnswer(warehouseOf(shop))
    const orders = table(dw, 'orders', Order, { from: shopOrders(erp), load: 'append' })
    const plant = await startPlant(
      shop,
      [erp, dw],
      [pipeline('night', { tables: [orders], retry: { times: 3, pause: '10ms' } })],
    )
    try {
      const run = await plant.over('night', await plant.engine.pipelines.order('night', person))
      assert.equal(run.status, 'published', JSON.stringify(run.failure))
      assert.deepEqual(await plant.rows('select no from orders'), [{ no: 1 }])
      assert.deepEqual(
        await plant.rows(`select table_name from duckdb_tables() where table_name like 'isthmus_stage%'`),
        [],
      )
    } finally {
      await plant.stop()
    }
  })
})

/** The first publication is done, and nobody hears of it. */
function losingAnswer(dw: ReturnType<typeof warehouseOf>): ReturnType<typeof warehouseOf> {
  let lost = 0
  const connect: typeof dw.connector.connect = async context => {
    const connection = await dw.connector.connect(context)
    const warehouse = connection.warehouse?.() as Warehouse
    const run: Warehouse['run'] = async (statements, signal) => {
      const written = await warehouse.run(statements, signal)
      if (statements[0]?.startsWith('insert into isthmus.publications') && lost++ === 0)
        throw new IsthmusError('TARGET-UNANSWERED', 'the answer was lost')
      return written
    }
    const losing: Warehouse = {
      dialect: warehouse.dialect,
      run,
      query: (sql, signal) => warehouse.query(sql, signal),
      append: (...of) => warehouse.append(...of),
    }
    return {
      check: () => connection.check(),
      close: () => connection.close(),
      warehouse: () => losing,
    }
  }
  return { ...dw, connector: { ...dw.connector, connect } }
}
