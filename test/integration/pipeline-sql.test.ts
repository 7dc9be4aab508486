import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { checkQuery, verdict } from '../../src/engine/pipelines/sql/check.ts'
import { nextName } from '../../src/engine/pipelines/sql/names.ts'
import { makeNext, makeStage, setUp } from '../../src/engine/pipelines/sql/stage.ts'
import { prepareTarget } from '../../src/engine/pipelines/sql/target.ts'
import type { TableCheck } from '../../src/flow/pipeline/check-table.ts'
import { sqlModel } from '../../src/flow/pipeline/sql-model.ts'
import {
  fresh,
  noRows,
  present,
  range,
  references,
  rowCount,
  unique,
} from '../../src/flow/pipeline/table-checks.ts'
import type { Warehouse } from '../../src/system/warehouse.ts'
import { day, never, rowsOf, runOf, tableOf, texts } from './pipeline-sql-harness.ts'
import { warehouseProducts } from './warehouse-harness.ts'

const nullable = Type.Union([Type.String(), Type.Null()])
const fields = { id: Type.String(), amount: nullable, at: Type.Integer() }
const columns = { amount: 'decimal(18,2)' } as const
const row = (id: string, amount: string | null, at = 0) => ({ id, amount, at })

for (const { name, skip, make } of warehouseProducts) {
  const test = (title: string, use: (warehouse: Warehouse) => Promise<void>) =>
    it(title, { skip, timeout: 240_000 }, async () => {
      const made = await make()
      const opened = await made.open()
      try {
        await use(opened.warehouse())
      } finally {
        await opened.close()
        await made.destroy()
      }
    })

  describe(`the SQL of pipelines (${name})`, () => {
    test('append: rows are added, however often; the same run is published once', async warehouse => {
      const orders = tableOf(fields, 'append', { columns })
      const first = await runOf(warehouse, orders, day(1), [
        row('a', '1.10'),
        row('a', '1.10'),
        row(`it's`, null),
      ])
      assert.deepEqual(first.counts, { inserted: 3, updated: 0, deleted: 0, unchanged: 0 })
      await runOf(warehouse, orders, day(1), [row('b', '2.00')])
      await runOf(warehouse, orders, day(2), [])
      assert.deepEqual(await texts(warehouse, 'select id, amount from orders order by id, amount'), [
        'a 1.10',
        'a 1.10',
        'b 2.00',
        `it's -`,
      ])
      const again = `insert into isthmus.publications select * from isthmus.publications where run = '${first.run}'`
      await assert.rejects(warehouse.run(['delete from orders', again], never), { code: 'TARGET-REFUSED' })
      assert.equal((await rowsOf(warehouse, 'select * from orders')).length, 4)
    })

    test('replace: the table holds the rows of the last run, and those repaired', async warehouse => {
      const orders = tableOf(fields, 'replace', { columns })
      await runOf(warehouse, orders, day(1), [row('a', '1'), row('b', '2')])
      const { counts } = await runOf(warehouse, orders, day(2), [row('b', '3')])
      assert.deepEqual(counts, { inserted: 1, updated: 0, deleted: 2, unchanged: 0 })
      await runOf(warehouse, orders, day(2), [row('c', '4')], true)
      assert.deepEqual(await texts(warehouse, 'select id, amount from orders order by id'), [
        'b 3.00',
        'c 4.00',
      ])
      await runOf(warehouse, orders, day(3), [])
      assert.deepEqual(await texts(warehouse, 'select id from orders'), [])
    })

    test('upsert: one row of each key, the last that came, or the newest', async warehouse => {
      const orders = tableOf(fields, { upsert: ['id'] }, { columns })
      const many = [row('a', '1'), row('b', '1'), row('a', '2'), row('a', '3')]
      const first = await runOf(warehouse, orders, day(1), many)
      assert.equal(first.superseded, 2)
      assert.deepEqual(first.counts, { inserted: 2, updated: 0, deleted: 0, unchanged: 0 })
      const next = [row('a', '3'), row('b', null), row('c', '5')]
      const second = await runOf(warehouse, orders, day(2), next)
      assert.deepEqual(second.counts, { inserted: 1, updated: 1, deleted: 0, unchanged: 1 })
      const again = await runOf(warehouse, orders, day(2), next)
      assert.deepEqual(again.counts, { inserted: 0, updated: 0, deleted: 0, unchanged: 3 })
      assert.deepEqual(await texts(warehouse, 'select id, amount from orders order by id'), [
        'a 3.00',
        'b -',
        'c 5.00',
      ])
    })

    test('upsert with newest: what is older than what is there does not count', async warehouse => {
      const orders = tableOf(fields, { upsert: ['id'], newest: 'at' }, { columns })
      const first = await runOf(warehouse, orders, day(2), [
        row('a', '5', 5),
        row('a', '4', 4),
        row('b', '1', 1),
      ])
      assert.equal(first.superseded, 1)
      const late = await runOf(warehouse, orders, day(1), [
        row('a', '3', 3),
        row('b', '2', 2),
        row('c', '0', 0),
      ])
      assert.deepEqual(late.counts, { inserted: 1, updated: 1, deleted: 0, unchanged: 1 })
      assert.deepEqual(await texts(warehouse, 'select id, amount from orders order by id'), [
        'a 5.00',
        'b 2.00',
        'c 0.00',
      ])
    })

    test('upsert by several columns: a row without a part of its key is refused', async warehouse => {
      const lines = tableOf(
        { ...fields, line: Type.Optional(Type.Integer()) },
        { upsert: ['id', 'line'] },
        { columns },
      )
      const line = (id: string, at: number, amount: string) => ({ ...row(id, amount), line: at })
      await runOf(warehouse, lines, day(1), [line('a', 1, '1'), line('a', 2, '1'), line('b', 1, '1')])
      const { counts, superseded } = await runOf(warehouse, lines, day(2), [
        line('a', 2, '7'),
        line('a', 2, '8'),
      ])
      assert.deepEqual(
        { ...counts, superseded },
        { inserted: 0, updated: 1, deleted: 0, unchanged: 0, superseded: 1 },
      )
      assert.deepEqual(await texts(warehouse, `select id, line, amount from orders order by id, line`), [
        'a 1 1.00',
        'a 2 8.00',
        'b 1 1.00',
      ])
      await assert.rejects(
        runOf(warehouse, lines, day(3), [row('a', '1')]),
        /Row 1, column line: it is missing/,
      )
      const query = `select 'a' as id, 1.5 as amount, 1 as at, cast(null as integer) as line`
      await assert.rejects(runOf(warehouse, lines, day(3), query), { code: 'TARGET-REFUSED' })
    })

    test('partition: the days that come are replaced, and no others', async warehouse => {
      const daily = { ...fields, on: Type.String({ format: 'date' }) }
      const orders = tableOf(daily, { partition: 'on' }, { columns })
      const of = (on: number, id: string) => ({ ...row(id, '1'), on: `2026-05-0${on}` })
      await runOf(warehouse, orders, day(1), [of(1, 'a'), of(1, 'b'), of(2, 'c')])
      const { counts } = await runOf(warehouse, orders, day(1), [of(1, 'd'), of(3, 'e')])
      assert.deepEqual(counts, { inserted: 2, updated: 0, deleted: 2, unchanged: 0 })
      await runOf(warehouse, orders, day(1), [of(1, 'late')], true)
      await runOf(warehouse, orders, day(4), [])
      assert.deepEqual(await texts(warehouse, `select "on", id from orders order by "on", id`), [
        '2026-05-01 d',
        '2026-05-01 late',
        '2026-05-02 c',
        '2026-05-03 e',
      ])
    })

    const versions = (warehouse: Warehouse) =>
      texts(
        warehouse,
        `select id, amount, extract(day from valid_from) as f, extract(day from valid_until) as u, is_current
        from orders order by id, valid_from`,
      )

    test('history: what changed begins a version, what is the same does not', async warehouse => {
      const orders = tableOf(fields, { history: ['id'], newest: 'at' }, { columns })
      const first = await runOf(warehouse, orders, day(1), [
        row('a', '1'),
        row('b', '1', 1),
        row('b', '2', 2),
      ])
      assert.deepEqual(
        { ...first.counts, superseded: first.superseded },
        {
          inserted: 2,
          updated: 0,
          deleted: 0,
          unchanged: 0,
          superseded: 1,
        },
      )
      // Another time of change is no change; nothing and null are the same.
      const second = await runOf(warehouse, orders, day(3), [
        row('a', '1', 9),
        row('b', null, 9),
        row('c', null),
      ])
      assert.deepEqual(second.counts, { inserted: 2, updated: 1, deleted: 0, unchanged: 1 })
      const again = await runOf(warehouse, orders, day(3), [
        row('a', '1', 9),
        row('b', null, 9),
        row('c', null),
      ])
      assert.deepEqual(again.counts, { inserted: 0, updated: 0, deleted: 0, unchanged: 3 })
      await runOf(warehouse, orders, day(4), [])
      assert.deepEqual(await versions(warehouse), [
        'a 1.00 1 - true',
        'b 2.00 1 3 false',
        'b - 3 - true',
        'c - 3 - true',
      ])
    })

    test('history: days that are run late, or once more, give the same versions', async warehouse => {
      const orders = tableOf(fields, { history: ['id'] }, { columns })
      const said = { 1: '1', 3: '1', 5: '2', 7: '3', 9: '3' } as const
      const run = (of: keyof typeof said) => runOf(warehouse, orders, day(of), [row('a', said[of])])
      for (const each of [7, 3, 9, 1, 5, 3, 7] as const) await run(each)
      assert.deepEqual(await versions(warehouse), ['a 1.00 1 5 false', 'a 2.00 5 7 false', 'a 3.00 7 - true'])
      // A day that says something else now.
      const { counts } = await runOf(warehouse, orders, day(5), [row('a', '1')])
      assert.deepEqual(counts, { inserted: 0, updated: 1, deleted: 1, unchanged: 0 })
      assert.deepEqual(await versions(warehouse), ['a 1.00 1 7 false', 'a 3.00 7 - true'])
    })

    test('history: a column tells since when a row is so', async warehouse => {
      const dated = { ...fields, since: Type.Optional(Type.String({ format: 'date' })) }
      const orders = tableOf(dated, { history: ['id'], since: 'since' }, { columns })
      await runOf(warehouse, orders, day(9), [{ ...row('a', '1'), since: '2026-05-02' }, row('b', '1')])
      await runOf(warehouse, orders, day(10), [{ ...row('a', '2'), since: '2026-05-04' }])
      await runOf(warehouse, orders, day(11), [{ ...row('a', '2'), since: '2026-05-05' }])
      assert.deepEqual(await versions(warehouse), ['a 1.00 2 4 false', 'a 2.00 4 - true', 'b 1.00 9 - true'])
    })

    test('queries fill tables by the names of their columns, and a wrong one is named', async warehouse => {
      const orders = tableOf(fields, 'replace', { columns })
      await runOf(warehouse, orders, day(1), `select 7 as at, '1.5' as amount, 'it''s' as id -- so`)
      assert.deepEqual(await rowsOf(warehouse, 'select * from orders'), [
        { id: `it's`, amount: '1.50', at: 7 },
      ])
      const wrong = runOf(warehouse, orders, day(1), `select 1 as at, 'a' as id, 1 as total`)
      await assert.rejects(wrong, /lacks the column "amount"; the model has no field "total"/)
      const none = await runOf(
        warehouse,
        orders,
        day(1),
        `select 1 as at, 'a' as id, 1 as amount where 1 = 0`,
      )
      assert.equal(none.counts.inserted, 0)
    })

    test('a model that grows adds columns; what takes a person is said', async warehouse => {
      await runOf(warehouse, tableOf(fields, { upsert: ['id'] }, { columns }), day(1), [row('a', '1')])
      const more = { ...fields, note: Type.Optional(Type.String()) }
      const grown = tableOf(more, { upsert: ['id'] }, { columns })
      await runOf(warehouse, grown, day(2), [{ ...row('b', '2'), note: 'new' }])
      assert.deepEqual(await texts(warehouse, 'select id, note from orders order by id'), ['a -', 'b new'])
      // One that is gone from the model stays.
      await runOf(warehouse, tableOf(fields, { upsert: ['id'] }, { columns }), day(3), [row('c', '3')])
      const demanded = tableOf({ ...more, must: Type.Integer() }, { upsert: ['id'] }, { columns })
      await assert.rejects(
        runOf(warehouse, demanded, day(4), []),
        /rows lack a value for the new column "must"/,
      )
      const other = tableOf(fields, { upsert: ['id'] }, { columns: { amount: 'decimal(20,2)' } })
      await assert.rejects(
        runOf(warehouse, other, day(4), []),
        /alter table "orders" alter column "amount" type/,
      )
      const text = tableOf(fields, { upsert: ['id'] })
      await assert.rejects(runOf(warehouse, text, day(4), []), /its model wants (VARCHAR|text)/)
    })

    test('checks find what is wrong, and show some of it', async warehouse => {
      const orders = tableOf({ ...fields, customer: nullable }, 'replace', { columns })
      const customers = tableOf({ no: Type.String() }, 'replace', { name: 'customers' })
      await runOf(warehouse, customers, day(1), [{ no: 'c1' }])
      const rows = Array.from({ length: 8 }, (_, n) => ({ ...row(`o${n}`, `-${n}.01`, n), customer: 'none' }))
      await runOf(warehouse, orders, day(1), [
        ...rows,
        { ...row('o1', '0.10', 1), customer: 'c1' },
        row('x', null),
      ])
      const scope = {
        run: 'r',
        made: new Set<string>(),
        period: { from: day(1), until: day(2), date: '2026-05-01' },
      }
      const run = async (check: TableCheck) => {
        const given = check as unknown as TableCheck
        return verdict(given, await rowsOf(warehouse, checkQuery(given, orders, scope)))
      }
      assert.deepEqual(await run(unique(['id', 'amount'] as never)), {
        ok: true,
        found: '0 rows',
        examples: [],
      })
      assert.deepEqual(await run(unique(['id'] as never)), {
        ok: false,
        found: '1 row',
        examples: [{ id: 'o1', rows: 2 }],
      })
      assert.equal((await run(present(['id', 'amount'] as never))).found, '1 row')
      const refers = references(['customer'] as never, customers, { to: ['no'] })
      assert.deepEqual(await run(refers), {
        ok: false,
        found: '1 row',
        examples: [{ customer: 'none', rows: 8 }],
      })
      const low = await run(range('amount' as never, { min: '-0.01', max: '0.1' }))
      assert.deepEqual([low.ok, low.found, low.examples.length], [false, '7 rows', 5])
      assert.equal((await run(range('amount' as never, { min: '-7.01', max: 0.1 }))).ok, true)
      assert.deepEqual(await run(rowCount({ min: 11 })), { ok: false, found: '10 rows', examples: [] })
      assert.equal((await run(rowCount({ min: 10, max: 10 }))).ok, true)
      const negative = noRows('negative', sqlModel`select id from ${orders} where amount < 0 and "at" > ${6}`)
      assert.deepEqual(await run(negative), { ok: false, found: '1 row', examples: [{ id: 'o7' }] })
    })

    test('freshness is that of the newest value at the end of the period', async warehouse => {
      const events = tableOf({ at: Type.String({ format: 'date-time' }) }, 'append', { name: 'events' })
      const check = fresh('at' as never, '2d') as TableCheck
      const period = { from: day(4), until: day(5), date: '2026-05-04' }
      const ask = async () =>
        verdict(
          check,
          await rowsOf(warehouse, checkQuery(check, events, { run: 'r', made: new Set(), period })),
        )
      await runOf(warehouse, events, day(1), [])
      assert.deepEqual(await ask(), { ok: false, found: 'no value', examples: [] })
      await runOf(warehouse, events, day(1), [{ at: '2026-05-02T23:59:59Z' }])
      assert.deepEqual(await ask(), { ok: false, found: 'newest: 2026-05-02T23:59:59Z', examples: [] })
      await runOf(warehouse, events, day(1), [{ at: '2026-05-03T00:00:00Z' }])
      assert.equal((await ask()).ok, true)
    })

    test('replace: what people gave a table stays on it', async warehouse => {
      const orders = tableOf(fields, 'replace', { columns })
      await runOf(warehouse, orders, day(1), [row('a', '1')])
      await warehouse.run(['create view seen as select id, amount from orders'], never)
      await runOf(warehouse, orders, day(2), [row('b', '2')])
      assert.deepEqual(await texts(warehouse, 'select * from seen'), ['b 2.00'])
      // A field that is gone stays as a column.
      await runOf(warehouse, tableOf({ id: Type.String(), at: Type.Integer() }, 'replace'), day(3), [
        { id: 'c', at: 1 },
      ])
      assert.deepEqual(await texts(warehouse, 'select * from seen'), ['c -'])
      await warehouse.run(['create unique index by_id on orders (id)'], never)
      await runOf(warehouse, orders, day(4), [row('d', '4')])
      await assert.rejects(warehouse.run([`insert into orders (id) values ('d')`], never))
      const optional = tableOf({ ...fields, id: Type.Optional(Type.String()) }, 'replace', { columns })
      await runOf(warehouse, optional, day(5), [{ amount: '5', at: 1 }])
      assert.deepEqual(await texts(warehouse, 'select * from seen'), ['- 5.00'])
    })

    test('append: a field may become optional after the first run', async warehouse => {
      await runOf(warehouse, tableOf(fields, 'append', { columns }), day(1), [row('a', '1')])
      const optional = tableOf({ ...fields, id: Type.Optional(Type.String()) }, 'append', { columns })
      const { counts } = await runOf(warehouse, optional, day(2), [{ amount: '2', at: 1 }])
      assert.deepEqual(counts, { inserted: 1, updated: 0, deleted: 0, unchanged: 0 })
      assert.deepEqual(await texts(warehouse, 'select id, amount from orders order by amount'), [
        'a 1.00',
        '- 2.00',
      ])
    })

    test('a table is seen by its run as it will be, and by readers as it is', async warehouse => {
      const orders = tableOf(fields, 'replace', { columns })
      await runOf(warehouse, orders, day(1), [row('old', '1')])
      await warehouse.run(
        [...setUp(warehouse.dialect), ...makeStage(orders, 'seen', warehouse.dialect)],
        never,
      )
      await prepareTarget(orders, warehouse, never)
      await warehouse.run(makeNext(orders, 'seen', warehouse.dialect, { from: day(2), repair: false }), never)
      const scope = {
        run: 'seen',
        made: new Set(['orders']),
        period: { from: day(2), until: day(3), date: '' },
      }
      const check = rowCount({ max: 0 }) as unknown as TableCheck
      assert.equal(verdict(check, await rowsOf(warehouse, checkQuery(check, orders, scope))).ok, true)
      assert.deepEqual(await texts(warehouse, `select id from orders`), ['old'])
      assert.match(nextName('a'.repeat(51), 'abc'), /^isthmus_stage\.a{28}_[0-9a-f]{7}__abc_next$/)
    })
  })
}
