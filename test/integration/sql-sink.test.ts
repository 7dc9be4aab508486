import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { json, type SqlChannels, sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import type { AnyChannel } from '../../src/system/channel.ts'
import type { Answer } from '../../src/system/roles.ts'
import { allOk, hasCode } from '../../src/testing/sink-suite/scenario.ts'
import {
  connectTo,
  never,
  outgoing,
  products,
  type Rows,
  sinkOf,
  type TestDatabase,
  targetAt,
} from './sql-harness.ts'

interface Order {
  readonly orderId: string
  readonly total?: string | null | undefined
  readonly note?: string | null | undefined
}

const Order = model('Order', {
  version: 1,
  key: 'orderId',
  schema: Type.Object({
    orderId: Type.String(),
    total: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    note: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  }),
})

const upsert = (target: SqlChannels) =>
  target.table('orders', Order, {
    table: 'orders',
    mode: 'upsert',
    key: ['order_id'],
    columns: { order_id: 'orderId', total: 'total', note: 'note' },
    update: { seen: sqlText`orders.seen + 1` },
  })

const ordersTable = `create table orders (order_id text primary key, total numeric check (total < 1000),
  note text default 'none', seen integer default 1)`

interface Bench {
  readonly database: TestDatabase
  /** Writes records, each under its order id as effect key unless others are given. */
  write(records: readonly Order[], keys?: readonly string[]): Promise<Answer[]>
  rows(): Promise<Rows>
}

for (const product of products) {
  describe(`sql sink (${product.name})`, { skip: product.skip }, () => {
    async function withOrders(
      use: (bench: Bench) => Promise<void>,
      channelOf: (target: SqlChannels) => AnyChannel = upsert,
    ): Promise<void> {
      const database = await product.make()
      await database.run(ordersTable)
      const target = targetAt({ url: database.url, lockTimeout: '200ms' })
      const connection = await connectTo(target)
      const sink = sinkOf(connection, channelOf(target))
      try {
        await use({
          database,
          write: (records, keys) =>
            sink.write(
              records.map((record, index) => outgoing(keys?.[index] ?? record.orderId, record)),
              never,
            ),
          rows: () => database.run('select * from orders order by order_id'),
        })
      } finally {
        await connection.close()
        await database.destroy()
      }
    }

    it('updates a row that is there, with expressions of the author', () =>
      withOrders(async ({ write, rows }) => {
        allOk(await write([{ orderId: 'a', total: '1.5' }], ['first']))
        allOk(await write([{ orderId: 'a', total: '2.5' }], ['second']))
        allOk(await write([{ orderId: 'a', total: '9.5' }], ['first']))
        const [row] = await rows()
        assert.deepEqual([Number(row?.total), Number(row?.seen)], [2.5, 2])
      }))

    it('leaves alone what is not said, and writes null where it is', () =>
      withOrders(async ({ write, rows }) => {
        allOk(
          await write(
            [
              { orderId: 'a', total: '1' },
              { orderId: 'b', note: 'hello' },
            ],
            ['1', '2'],
          ),
        )
        allOk(
          await write(
            [
              { orderId: 'a', note: null },
              { orderId: 'b', total: '3' },
            ],
            ['3', '4'],
          ),
        )
        const held = (await rows()).map(({ order_id, total, note }) => [
          order_id,
          total && Number(total),
          note,
        ])
        assert.deepEqual(held, [
          ['a', 1, null],
          ['b', 3, 'hello'],
        ])
      }))

    it('applies all records of one row in a batch', () =>
      withOrders(async ({ write, rows }) => {
        const records = Array.from({ length: 40 }, (_, n) => ({ orderId: `o${n % 3}`, total: String(n) }))
        allOk(
          await write(
            records,
            records.map((_, n) => `key ${n}`),
          ),
        )
        assert.deepEqual(
          (await rows()).map(row => row.seen),
          [14, 13, 13],
        )
      }))

    it('writes several statements for one record, all or none', () =>
      withOrders(
        async ({ write, database }) => {
          await database.run('create table positions (order_id text, no integer check (no < 3))')
          const answers = await write([
            { orderId: 'a', total: '1' },
            { orderId: 'b', total: '3' },
          ])
          allOk(answers.slice(0, 1))
          hasCode(answers[1], 'TARGET-REFUSED')
          const held = await database.run(
            'select o.order_id, no from orders o join positions l on l.order_id = o.order_id',
          )
          assert.deepEqual(JSON.parse(JSON.stringify(held)), [{ order_id: 'a', no: 1 }])
          assert.equal((await database.run('select * from orders')).length, 1)
        },
        target =>
          target.statement('orders', Order, {
            sql: order => [
              sqlText`insert into orders (order_id) values (${order.orderId})`,
              sqlText`insert into positions (order_id, no) values (${order.orderId}, ${Number(order.total)})`,
            ],
          }),
      ))

    it('refuses a record of which no row can be made, and writes the others', () =>
      withOrders(
        async ({ write, rows }) => {
          const answers = await write([{ orderId: 'a' }, { orderId: '' }, { orderId: 'c' }])
          allOk([answers[0], answers[2]] as Answer[])
          assert.match(hasCode(answers[1], 'TARGET-REFUSED').message, /the order has no number/)
          assert.equal((await rows()).length, 2)
        },
        target =>
          target.table('orders', Order, {
            table: 'orders',
            mode: 'insert',
            columns: {
              order_id: order => {
                if (order.orderId === '') throw new Error('the order has no number')
                return order.orderId
              },
            },
          }),
      ))

    it('keeps numbers as they are written', () =>
      withOrders(
        async ({ write, database }) => {
          await database.run('create table numbers (name text, digits text, doc text)')
          const digits = ['9007199254740993', '0.1', '12345678901234567890.123456789', '-0']
          allOk(await write(digits.map(each => ({ orderId: each }))))
          const held = await database.run('select name, digits, doc from numbers order by name')
          const texts = new Map(held.map(row => [row.name, row]))
          for (const each of digits) assert.equal(texts.get(each)?.digits, each)
          assert.match(String(texts.get('0.1')?.doc), /^\{"n":5,"big":9007199254740993,"zero":-0\}$/)
        },
        target =>
          target.table('numbers', Order, {
            table: 'numbers',
            mode: 'insert',
            columns: {
              name: 'orderId',
              digits: order => order.orderId,
              doc: () => json({ n: 5, big: 9007199254740993n, zero: -0 }),
            },
          }),
      ))

    it('writes whole numbers, truth values and times as they would be typed in', () =>
      withOrders(
        async ({ write, database }) => {
          await database.run('create table shown (whole text, part text, truth text, at text)')
          allOk(await write([{ orderId: 'a' }]))
          const [row] = await database.run('select * from shown')
          const truth = database.product === 'PostgreSQL' ? 'true' : '1'
          assert.deepEqual({ ...row }, { whole: '5', part: '5.25', truth, at: '2026-05-01T08:30:00.000Z' })
        },
        target =>
          target.table('shown', Order, {
            table: 'shown',
            mode: 'insert',
            columns: {
              whole: () => 5,
              part: () => 5.25,
              truth: () => true,
              at: () => new Date(Date.UTC(2026, 4, 1, 8, 30)),
            },
          }),
      ))

    it('names the table that is missing, pauses, and goes on when it is there', () =>
      withOrders(async ({ write, database }) => {
        await database.run('alter table orders rename to put_away')
        const error = hasCode((await write([{ orderId: 'a' }, { orderId: 'b' }]))[1], 'TARGET-CONTRACT')
        assert.equal(error.fate, 'pause')
        assert.match(error.message, /orders/)
        await database.run('alter table put_away rename to orders')
        allOk(await write([{ orderId: 'a' }, { orderId: 'b' }]))
      }))

    it('names the column that is gone, and writes nothing', () =>
      withOrders(async ({ write, database, rows }) => {
        allOk(await write([{ orderId: 'a', note: 'before' }]))
        await database.run('alter table orders rename column note to remark')
        const answers = await write(
          [
            { orderId: 'a', note: 'after' },
            { orderId: 'b', note: 'x' },
          ],
          ['1', '2'],
        )
        for (const answer of answers) {
          const error = hasCode(answer, 'TARGET-CONTRACT')
          assert.equal(error.fate, 'pause')
          assert.match(error.message, /note/)
        }
        assert.deepEqual(
          (await rows()).map(row => row.remark),
          ['before'],
        )
      }))

    it('names a new column that the table demands', () =>
      withOrders(async ({ write, database }) => {
        await database.run('drop table orders')
        await database.run(
          'create table orders (order_id text primary key, total text, note text, seen integer, plant text not null)',
        )
        const error = hasCode((await write([{ orderId: 'a', total: '1' }]))[0], 'TARGET-CONTRACT')
        assert.equal(error.fate, 'pause')
        assert.match(error.message, /plant/)
      }))

    it('bears a new column that nobody demands', () =>
      withOrders(async ({ write, database, rows }) => {
        allOk(await write([{ orderId: 'a', total: '1' }]))
        await database.run("alter table orders add column plant text default 'P1'")
        allOk(await write([{ orderId: 'b', total: '1' }]))
        assert.deepEqual(
          (await rows()).map(row => row.plant),
          ['P1', 'P1'],
        )
      }))

    it('shows neither payload nor url in what it refuses', () =>
      withOrders(async ({ write, database }) => {
        const secretive = { orderId: 'a', total: '1000000', note: 'confidential' }
        const answers = await write([secretive, { orderId: 'b', total: '1' }])
        const error = hasCode(answers[0], 'TARGET-REFUSED')
        assert.doesNotMatch(`${error.message} ${JSON.stringify(error.detail)}`, /confidential|1000000/)
        assert.ok(!error.message.includes(database.url))
      }))

    it('lets names of tables and columns mean nothing but names', async () => {
      const database = await product.make()
      await database.run('create table sentinel (n integer)')
      await database.run('insert into sentinel values (1)')
      for (const name of hostileNames) await writeUnder(database, name)
      assert.equal((await database.run('select n from sentinel')).length, 1)
      await database.destroy()
    })

    it('waits for a locked row only shortly, and writes the others', async () => {
      const database = await product.make()
      await database.run(ordersTable)
      const target = targetAt({ url: database.url, lockTimeout: '200ms' })
      const connection = await connectTo(target)
      const sink = sinkOf(connection, upsert(target))
      const sent = Array.from({ length: 20 }, (_, n) => outgoing(`o${n}`, { orderId: `o${n}`, total: '1' }))
      allOk(await sink.write(sent.slice(7, 8), never))
      const other = await database.session()
      await other.run('begin')
      await other.run("update orders set note = 'mine' where order_id = 'o7'")
      const again = sent.map(item => ({ ...item, effectKey: `again ${item.key}` }))
      const answers = await sink.write(again, never)
      hasCode(answers[7], 'TARGET-UNAVAILABLE')
      if (product.name !== 'SQLite') allOk(answers.filter((_, index) => index !== 7))
      await other.run('commit')
      await other.end()
      allOk(await sink.write(again, never))
      const [held] = await database.run('select count(*) as n, sum(seen) as seen from orders')
      assert.deepEqual([Number(held?.n), Number(held?.seen)], [20, 21])
      await connection.close()
      await database.destroy()
    })

    it('makes what the author sets up, each time it is connected', async () => {
      const database = await product.make()
      const setup = [
        sqlText`create table if not exists made (n integer)`,
        sqlText`insert into made values (${7})`,
      ]
      const target = targetAt({ url: database.url, setup })
      for (let time = 0; time < 2; time++) await (await connectTo(target)).close()
      assert.equal((await database.run('select * from made where n = 7')).length, 2)
      const broken = targetAt({ url: database.url, setup: [sqlText`create tabel x (n integer)`] })
      await assert.rejects(connectTo(broken), { code: 'TARGET-CONTRACT' })
      await database.destroy()
    })
  })
}

const hostileNames = [
  'orders"; drop table sentinel; --',
  '"',
  '""',
  "'; drop table sentinel; --",
  'select',
  'Mixed Case',
  '订单',
  '$1',
  '?1',
  '\\',
  'a\nb',
  '/* x */',
  ')',
  '`',
  '[x]',
  'é'.repeat(31),
]

async function writeUnder(database: TestDatabase, name: string): Promise<void> {
  const quoted = `"${name.replaceAll('"', '""')}"`
  const table = name.includes('.') ? 'plain' : name
  await database.run(`create table ${quoted} (${quoted} text primary key, other text)`)
  const Named = model('Named', {
    version: 1,
    schema: Type.Object({ key: Type.String(), other: Type.String() }),
  })
  const target = targetAt({ url: database.url })
  const channel = target.table('named', Named, {
    table,
    mode: 'upsert',
    key: [name],
    columns: { [name]: 'key', other: 'other' },
  })
  const connection = await connectTo(target)
  const sink = sinkOf(connection, channel)
  allOk(await sink.write([outgoing(`1 ${name}`, { key: 'k', other: 'first' })], never))
  allOk(await sink.write([outgoing(`2 ${name}`, { key: 'k', other: name })], never))
  const held = await database.run(`select * from ${quoted}`)
  assert.deepEqual([held.length, held[0]?.other], [1, name])
  await connection.close()
}

describe('sql sink on an SQLite file', () => {
  const sqlite = products.find(product => product.name === 'SQLite')

  it('does not make a file where none is, unless it is set up', async () => {
    assert.ok(sqlite)
    const database = await sqlite.make()
    const path = `${database.url.replace('sqlite:', '')}.other`
    const target = targetAt({ url: path })
    const connection = await connectTo(target)
    const [answer] = await sinkOf(connection, upsert(target))
      .write([outgoing('a', { orderId: 'a' })], never)
      .catch(error => [{ ok: false as const, error }])
    assert.match(hasCode(answer, 'TARGET-UNAVAILABLE').message, /no file/)
    await assert.rejects(connection.check(), { code: 'TARGET-UNAVAILABLE' })
    await connection.close()
    assert.equal(existsSync(path), false)
    await (await connectTo(targetAt({ url: path, setup: [sqlText`create table t (n integer)`] }))).close()
    assert.equal(existsSync(path), true)
    await database.destroy()
  })

  it('leaves the journal mode alone', async () => {
    assert.ok(sqlite)
    for (const mode of ['wal', 'delete']) {
      const database = await sqlite.make()
      await database.run(`pragma journal_mode = ${mode}`)
      await database.run(ordersTable)
      const target = targetAt({ url: database.url })
      const connection = await connectTo(target)
      allOk(await sinkOf(connection, upsert(target)).write([outgoing('a', { orderId: 'a' })], never))
      await connection.close()
      assert.equal((await database.run('pragma journal_mode'))[0]?.journal_mode, mode)
      await database.destroy()
    }
  })

  it('refuses what is neither a server nor a file', async () => {
    for (const url of ['mssql://root@localhost/erp', 'mysql://root@localhost', ':memory:', 'sqlite:', ''])
      await assert.rejects(connectTo(targetAt({ url })), { code: 'CONFIG-INVALID' })
  })
})
