import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { pipeline } from '../../src/flow/pipeline/pipeline.ts'
import { period, sqlModel } from '../../src/flow/pipeline/sql-model.ts'
import { table } from '../../src/flow/pipeline/table.ts'
import { model } from '../../src/model/model.ts'
import { until } from '../check/processes.ts'
import { Order, openShop, shopOrders, shopSystem, startPlant, warehouseOf } from './shop.ts'

const person = { by: 'ann', why: 'test' }
const hour = 3_600_000

const Count = model('Count', {
  version: 1,
  key: 'day',
  schema: Type.Object({ day: Type.String({ format: 'date' }), orders: Type.Integer() }),
})

/** Hourly: the orders of the shop, and how many there are of the day on which the period begins. */
function hourly(shop: ReturnType<typeof openShop>) {
  const erp = shopSystem(shop)
  const dw = warehouseOf(shop)
  const orders = table(dw, 'orders', Order, { from: shopOrders(erp) })
  const counts = table(dw, 'counts', Count, {
    from: sqlModel`select ${period.date} as day, count(*) as orders from ${orders} where day <= ${period.date}`,
    load: { partition: 'day' },
  })
  const read = pipeline('read', { tables: [orders], schedule: { every: '1h' } })
  const count = pipeline('count', { tables: [counts], schedule: { every: '1d' }, after: [read] })
  return { systems: [erp, dw], pipelines: [read, count] }
}

describe('runs of dates', () => {
  it('are made for every date of a range, several at a time, and made anew where they are asked for again', async () => {
    const shop = openShop()
    for (let no = 1; no <= 4; no++) shop.add(no, 'ann', '1', `2026-05-0${no}`)
    const { systems, pipelines } = hourly(shop)
    const plant = await startPlant(shop, systems, pipelines)
    try {
      await plant.over('read', await plant.engine.pipelines.order('read', person))
      const range = {
        from: Date.parse('2026-05-01T00:00:00Z'),
        until: Date.parse('2026-05-05T00:00:00Z'),
        parallel: 3,
      }
      const days = async () => await plant.rows('select day, orders from counts order by day')
      await plant.engine.pipelines.backfill('count', person, range)
      await until(
        async () =>
          (await plant.engine.store.read.streams.heads({ kind: 'backfill', open: true, limit: 1 })).length ===
          0,
      )
      const expected = [1, 2, 3, 4].map(day => ({ day: `2026-05-0${day}`, orders: day }))
      assert.deepEqual(await days(), expected)
      await plant.engine.pipelines.backfill('count', person, range)
      await until(
        async () =>
          (await plant.engine.store.read.streams.heads({ kind: 'backfill', open: true, limit: 1 })).length ===
          0,
      )
      assert.deepEqual(await days(), expected)
      const run = await plant.engine.pipelines.state('count', '2026-05-02T00:00:00.000Z')
      assert.equal(run?.begun.attempt, 2)
    } finally {
      await plant.stop()
    }
  })

  it('wait for what they stand behind', async () => {
    const shop = openShop()
    shop.add(1, 'ann', '1', '2026-05-01')
    const { systems, pipelines } = hourly(shop)
    const plant = await startPlant(shop, systems, pipelines)
    try {
      const today = Math.floor(Date.now() / 86_400_000) * 86_400_000
      const key = await plant.engine.pipelines.order('count', person, { until: today })
      await until(() => plant.engine.pipelines.waitsFor('count', key) === 'read')
      assert.equal((await plant.engine.pipelines.state('count', key))?.status, 'running')
      await plant.over(
        'read',
        await plant.engine.pipelines.order('read', person, {
          until: today + Math.floor((Date.now() - today) / hour) * hour,
        }),
      )
      assert.equal((await plant.over('count', key)).status, 'published')
    } finally {
      await plant.stop()
    }
  })

  it('go on in the next process where the last one left them, from the task that was not done', async () => {
    const shop = openShop()
    for (let no = 1; no <= 4; no++) shop.add(no, 'ann', '1')
    const { systems, pipelines } = hourly(shop)
    const first = await startPlant(shop, systems, pipelines)
    const today = Math.floor(Date.now() / 86_400_000) * 86_400_000
    const key = await first.engine.pipelines.order('count', person, { until: today })
    await until(() => first.engine.pipelines.waitsFor('count', key) === 'read')
    await first.stop()
    const second = await startPlant(shop, systems, pipelines)
    try {
      assert.equal(second.engine.pipelines.waitsFor('count', key), 'read')
      await assert.rejects(second.engine.pipelines.order('count', person, { until: today }), /under way/)
      await second.engine.pipelines.cancel('count', key, person)
      assert.equal((await second.engine.pipelines.state('count', key))?.status, 'cancelled')
    } finally {
      await second.stop()
    }
  })

  it('are begun when they are due, once, whoever plans', async () => {
    const shop = openShop()
    shop.add(1, 'ann', '1')
    const erp = shopSystem(shop)
    const dw = warehouseOf(shop)
    const orders = table(dw, 'orders', Order, { from: shopOrders(erp) })
    const often = pipeline('often', { tables: [orders], schedule: { every: '1s' } })
    const first = await startPlant(shop, [erp, dw], [often])
    const published = async (plant: typeof first) =>
      await plant.engine.store.read.streams.heads({
        kind: 'pipeline/often',
        states: ['published'],
        limit: 100,
      })
    await until(async () => (await published(first)).length >= 2)
    await first.stop()
    const before = (await published(first).catch(() => [])).length
    await new Promise(resolve => setTimeout(resolve, 2_100))
    const second = await startPlant(shop, [erp, dw], [often])
    try {
      await until(async () => (await published(second)).length >= before + 4)
      const keys = (await published(second)).map(({ key }) => Date.parse(key))
      // Those that were missed while nothing ran have been made up for: no second is left out.
      for (const [n, time] of keys.slice(1).entries()) assert.equal(time - (keys[n] as number), 1000)
    } finally {
      await second.stop()
    }
  })
})
