import assert from 'node:assert/strict'
import type { Cells, Warehouse } from '../../system/warehouse.ts'
import type { BreakableWarehouse, WarehouseSubject } from './fixture.ts'
import {
  endless,
  inBatches,
  makeTable,
  never,
  numbers,
  rejectsWith,
  rowsOf,
  type Scenario,
  scenario,
  valuesOf,
} from './scenario.ts'

export function troubleScenarios(subject: WarehouseSubject): void {
  scenario('leaves the database whole when its process is killed', subject, async given => {
    const { dieIn } = given.fixture
    if (!dieIn) return
    const before = await given.fixture.open()
    await makeTable(before.warehouse(), 't', numbers)
    await before.warehouse().run([`insert into t values (1, 'kept')`], never)
    await before.close()
    await dieIn([
      'delete from t',
      `insert into t values (2, 'lost')`,
      'create table made (n bigint)',
      `create table longest as ${endless}`,
    ])
    const after = await given.open()
    assert.deepEqual(await rowsOf(after, 'select * from t'), [{ n: 1, text: 'kept' }])
    await rejectsWith(rowsOf(after, 'select * from made'), 'TARGET-CONTRACT')
    await after.run([`insert into t values (3, 'new')`, 'create table made (n bigint)'], never)
    assert.deepEqual(await valuesOf(after, 'select n from t order by n'), [1, 3])
  })

  scenario('tells that a database cannot be reached, and goes on when it can', subject, given =>
    inTrouble(given, async (warehouse, { down, up }) => {
      await down()
      await rejectsWith(warehouse.run(['delete from t'], never), 'TARGET-UNAVAILABLE')
      await rejectsWith(rowsOf(warehouse, 'select * from t'), 'TARGET-UNAVAILABLE')
      const rows = inBatches([[1, 'one']])
      await rejectsWith(warehouse.append('t', numbers, rows, never), 'TARGET-UNAVAILABLE')
      await up()
      assert.deepEqual(await valuesOf(warehouse, 'select n from t'), [1])
    }),
  )

  scenario(
    'tells that a transaction did not happen, whose connection was cut before its commit',
    subject,
    given =>
      inTrouble(given, async (warehouse, { down, up }) => {
        const running = warehouse.run(['delete from t', `create table longest as ${endless}`], never)
        setTimeout(down, 100)
        await rejectsWith(running, 'TARGET-UNAVAILABLE')
        await up()
        assert.deepEqual(await valuesOf(warehouse, 'select n from t'), [1])
      }),
  )

  scenario('tells an append and a query that their connection was cut', subject, given =>
    inTrouble(given, async (warehouse, { down, up }) => {
      const cut = (async function* () {
        yield [[2, 'two']] as readonly Cells[]
        await down()
        for (let n = 3; ; n++) yield [[n, 'more']] as readonly Cells[]
      })()
      await rejectsWith(warehouse.append('t', numbers, cut, never), 'TARGET-UNAVAILABLE')
      await up()
      const reading = (async () => {
        for await (const _ of warehouse.query('select * from t as a, t as b', never)) await down()
        for await (const _ of warehouse.query(endless, never)) assert.fail('it was cut')
      })()
      await rejectsWith(reading, 'TARGET-UNAVAILABLE')
      await up()
      assert.equal(await warehouse.append('t', numbers, inBatches([[2, 'two']]), never), 1)
    }),
  )

  scenario(
    'tells that it is not known whether a transaction happened, whose answer was lost',
    subject,
    given =>
      inTrouble(given, async (warehouse, { loseAnswer }) => {
        await loseAnswer()
        const running = warehouse.run([`insert into t values (2, 'two')`], never)
        await rejectsWith(running, 'TARGET-UNANSWERED')
        assert.deepEqual(await valuesOf(warehouse, 'select n from t order by n'), [1, 2])
      }),
  )
}

/** With a table of one row. */
async function inTrouble(
  given: Scenario,
  use: (warehouse: Warehouse, breakable: BreakableWarehouse) => Promise<void>,
): Promise<void> {
  const breakable = await given.openBreakable()
  if (!breakable) return
  const warehouse = breakable.warehouse()
  await makeTable(warehouse, 't', numbers)
  await warehouse.run([`insert into t values (1, 'one')`], never)
  await use(warehouse, breakable)
}
