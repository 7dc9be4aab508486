import assert from 'node:assert/strict'
import { quoted, quotedText } from '../../system/warehouse.ts'
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

export function runScenarios(subject: WarehouseSubject): void {
  scenario('runs all statements, and tells how many rows each wrote', subject, async given => {
    const warehouse = await given.open()
    const counts = await warehouse.run(
      [
        'create table t (n bigint)',
        'insert into t select * from (values (1), (2), (3)) as given (n)',
        'update t set n = n + 10 where n > 1',
        'delete from t where n = 1',
        'delete from t where n = 1',
      ],
      never,
    )
    assert.deepEqual(counts, [0, 3, 2, 1, 0])
    assert.deepEqual(await valuesOf(warehouse, 'select n from t order by n'), [12, 13])
    assert.deepEqual(await warehouse.run([], never), [])
  })

  scenario('runs all of them or nothing', subject, async given => {
    const warehouse = await given.open()
    await makeTable(warehouse, 't', numbers)
    const wrong: readonly (readonly [string, Parameters<typeof rejectsWith>[1]])[] = [
      ['insert into nowhere (n) values (1)', 'TARGET-CONTRACT'],
      ['this is no statement', 'TARGET-CONTRACT'],
      [`insert into t (n) select cast(text as bigint) from t`, 'TARGET-REFUSED'],
      ['insert into t (n) values (3); insert into t (n) values (4)', 'TARGET-CONTRACT'],
    ]
    for (const [statement, code] of wrong) {
      const statements = [`insert into t values (1, 'one')`, 'create table made (n bigint)', statement]
      await rejectsWith(warehouse.run(statements, never), code)
      assert.deepEqual(await rowsOf(warehouse, 'select * from t'), [])
      await rejectsWith(rowsOf(warehouse, 'select * from made'), 'TARGET-CONTRACT')
    }
    await warehouse.run([`insert into t values (1, 'one')`], never)
    assert.deepEqual(await valuesOf(warehouse, 'select n from t'), [1])
  })

  scenario('takes hostile names and texts as they are', subject, async given => {
    const warehouse = await given.open()
    const name = `a "b'; drop table t; -- 中`
    const columns = [column(name, 'text'), column('SELECT', 'integer')]
    const schema = 'Odd schema'
    await warehouse.run([`create schema ${quoted(schema)}`], never)
    const table = `${schema}.it's "so"; --`
    await makeTable(warehouse, table, columns)
    await warehouse.append(table, columns, inBatches([['by append', 1]]), never)
    await warehouse.run([`insert into ${quoted(table)} values (${quotedText(`it's; \\ "so" --`)}, 2)`], never)
    assert.deepEqual(await rowsOf(warehouse, `select * from ${quoted(table)} order by 2`), [
      { [name]: 'by append', SELECT: 1 },
      { [name]: `it's; \\ "so" --`, SELECT: 2 },
    ])
  })

  scenario('shows readers what was, until all is there', subject, async given => {
    const warehouse = await given.open()
    const reader = await given.open()
    await makeTable(warehouse, 't', numbers)
    await warehouse.run([`insert into t values (1, 'old')`], never)
    const gone = new AbortController()
    const running = warehouse.run(
      ['delete from t', `insert into t values (2, 'new')`, `create table longest as ${endless}`],
      gone.signal,
    )
    for (let time = 0; time < 5; time++)
      assert.deepEqual(await valuesOf(reader, 'select text from t'), ['old'])
    gone.abort()
    await rejectsWith(running, 'TARGET-UNAVAILABLE')
    assert.deepEqual(await valuesOf(reader, 'select text from t'), ['old'])
    await warehouse.run(['delete from t', `insert into t values (2, 'new')`], never)
    assert.deepEqual(await valuesOf(reader, 'select text from t'), ['new'])
  })

  scenario('shows every reader each change once it is there, and none before', subject, async given => {
    const warehouse = await given.open()
    const reader = await given.open()
    await makeTable(warehouse, 't', numbers)
    await warehouse.run([`insert into t values (0, 'text')`], never)
    let published = 0
    const writing = (async () => {
      for (; published < 10; published++) await warehouse.run([`update t set n = n + 1`], never)
    })()
    let last = 0
    while (published < 10) {
      const [n] = (await valuesOf(reader, 'select n from t')) as number[]
      assert.ok(n !== undefined && n >= last, `${n} after ${last}`)
      last = n
    }
    await writing
    assert.deepEqual(await valuesOf(reader, 'select n from t'), [10])
  })
}
