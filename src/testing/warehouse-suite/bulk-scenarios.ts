import assert from 'node:assert/strict'
import type { Cells } from '../../system/warehouse.ts'
import type { WarehouseSubject } from './fixture.ts'
import {
  column,
  endless,
  inBatches,
  makeTable,
  never,
  numbers,
  rejectsWith,
  rowsOf,
  scenario,
  valuesOf,
} from './scenario.ts'

const many = 200_000
const perBatch = 2500

export function bulkScenarios(subject: WarehouseSubject): void {
  scenario(
    'appends 200,000 rows without asking for many batches ahead, and reads them bit by bit',
    subject,
    async given => {
      const warehouse = await given.open()
      await makeTable(warehouse, 't', numbers)
      assert.equal(await warehouse.append('t', numbers, manyRows(), never), many)
      let rows = 0
      let largest = 0
      let sum = 0
      for await (const batch of warehouse.query('select n, text from t', never)) {
        rows += batch.length
        largest = Math.max(largest, batch.length)
        for (const { n, text } of batch) if (text === `row ${n}`) sum += n as number
      }
      assert.equal(rows, many)
      assert.equal(sum, (many * (many - 1)) / 2)
      assert.ok(largest <= 10_000, `${largest} rows at a time`)
    },
  )

  scenario(
    'appends to some columns of a table, in any order, and nothing of no rows',
    subject,
    async given => {
      const warehouse = await given.open()
      await makeTable(warehouse, 't', [...numbers, column('other', 'date')])
      const turned = [numbers[1], numbers[0]] as typeof numbers
      assert.equal(await warehouse.append('t', turned, inBatches([['one', 1]], [], [['two', 2]]), never), 2)
      assert.equal(await warehouse.append('t', turned, inBatches(), never), 0)
      assert.deepEqual(await rowsOf(warehouse, 'select * from t order by n'), [
        { n: 1, text: 'one', other: null },
        { n: 2, text: 'two', other: null },
      ])
      const unknown = [column('unknown', 'text')]
      await rejectsWith(warehouse.append('t', unknown, inBatches([['x']]), never), 'TARGET-CONTRACT')
      await rejectsWith(warehouse.append('nowhere', numbers, inBatches([[1, 'x']]), never), 'TARGET-CONTRACT')
    },
  )

  scenario('tells the error of the rows that it was to append', subject, async given => {
    const warehouse = await given.open()
    await makeTable(warehouse, 't', numbers)
    const failure = new Error('the source failed')
    const failing = (async function* () {
      yield [[1, 'one']] as readonly Cells[]
      throw failure
    })()
    assert.equal(await warehouse.append('t', numbers, failing, never).catch(error => error), failure)
    assert.equal(await warehouse.append('t', numbers, inBatches([[2, 'two']]), never), 1)
  })

  scenario('gives up appending, also while it waits for rows', subject, async given => {
    const warehouse = await given.open()
    await makeTable(warehouse, 't', numbers)
    const gone = new AbortController()
    const waiting = (async function* () {
      yield [[1, 'one']] as readonly Cells[]
      setImmediate(() => gone.abort())
      await new Promise(() => {})
    })()
    await rejectsWith(warehouse.append('t', numbers, waiting, gone.signal), 'TARGET-UNAVAILABLE')
    await rejectsWith(
      warehouse.append('t', numbers, inBatches([[1, 'x']]), gone.signal),
      'TARGET-UNAVAILABLE',
    )
  })

  scenario(
    'gives up a query: under way, between its rows, and when its reader leaves',
    subject,
    async given => {
      const warehouse = await given.open()
      await makeTable(warehouse, 't', numbers)
      await warehouse.append('t', numbers, manyRows(), never)
      const gone = new AbortController()
      setTimeout(() => gone.abort(), 50)
      const first = warehouse.query(endless, gone.signal)[Symbol.asyncIterator]().next()
      await rejectsWith(first, 'TARGET-UNAVAILABLE')
      const later = new AbortController()
      const reading = (async () => {
        for await (const _ of warehouse.query('select * from t', later.signal)) later.abort()
      })()
      await rejectsWith(reading, 'TARGET-UNAVAILABLE')
      for await (const _ of warehouse.query('select * from t', never)) break
      assert.deepEqual(await valuesOf(warehouse, 'select count(*) from t'), [many])
    },
  )

  scenario('reads of one moment, whatever is written meanwhile', subject, async given => {
    const warehouse = await given.open()
    await makeTable(warehouse, 't', numbers)
    await warehouse.append('t', numbers, manyRows(), never)
    let rows = 0
    for await (const batch of warehouse.query('select * from t', never)) {
      if (rows === 0) await warehouse.run(['delete from t where n >= 0'], never)
      rows += batch.length
    }
    assert.equal(rows, many)
    assert.deepEqual(await valuesOf(warehouse, 'select count(*) from t'), [0])
  })

  scenario('changes nothing by a query', subject, async given => {
    const warehouse = await given.open()
    await makeTable(warehouse, 't', numbers)
    await warehouse.run([`insert into t values (1, 'one')`], never)
    for (const sql of [
      'delete from t',
      'delete from t returning n',
      'with gone as (delete from t returning n) select * from gone',
      'drop table t',
      'create table other (n bigint)',
      'select 1; delete from t',
      'commit',
    ])
      await rejectsWith(rowsOf(warehouse, sql), 'TARGET-REFUSED', 'TARGET-CONTRACT')
    assert.deepEqual(await valuesOf(warehouse, 'select n from t'), [1])
  })
}

/** Fails when more than a few batches are taken before the first can have been written. */
async function* manyRows(): AsyncGenerator<readonly Cells[]> {
  for (let at = 0; at < many; at += perBatch)
    yield Array.from({ length: perBatch }, (_, row) => [at + row, `row ${at + row}`])
}
