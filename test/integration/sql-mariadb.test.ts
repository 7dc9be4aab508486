import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { sqlText, type TableOptions } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import type { Connection } from '../../src/system/connector.ts'
import type { Sink } from '../../src/system/roles.ts'
import { allOk, hasCode } from '../../src/testing/sink-suite/scenario.ts'
import { withoutMariadb } from '../recovery/mariadb-fixture.ts'
import {
  connectTo,
  mariadbDatabase,
  never,
  outgoing,
  requesterOf,
  sinkOf,
  type TestDatabase,
  targetAt,
  until,
  waiting,
} from './sql-harness.ts'

interface Stock {
  readonly material: string
  readonly quantity?: number | string | undefined
  readonly code?: string | undefined
}

const Stock = model('Stock', {
  version: 1,
  schema: Type.Object({
    material: Type.String(),
    quantity: Type.Optional(Type.Union([Type.Number(), Type.String()])),
    code: Type.Optional(Type.String()),
  }),
})
const Wait = model('Wait', { version: 1, schema: Type.Object({ seconds: Type.Number() }) })
const Anything = model('Anything', { version: 1, schema: Type.Unknown() })

const item = (material: string, more: Omit<Stock, 'material'> = {}, key = material) =>
  outgoing<Stock>(key, { material, ...more })

interface Bench {
  readonly database: TestDatabase
  readonly sink: Sink
  readonly connection: Connection
}

const upsert = {
  table: 'stock',
  mode: 'upsert',
  key: ['material'],
  columns: { material: 'material', quantity: 'quantity', code: 'code' },
} as const

const stockTable =
  'create table stock (id integer auto_increment primary key, material varchar(40) not null unique, quantity decimal(10,2), code varchar(5) unique)'

describe('sql sink on a MariaDB server', { skip: withoutMariadb }, () => {
  async function withTable(
    table: string,
    options: TableOptions<Stock, string>,
    use: (bench: Bench) => Promise<void>,
    timeouts: { lockTimeout?: string; statementTimeout?: string } = {},
  ): Promise<void> {
    const database = await mariadbDatabase()
    await database.run(table)
    const target = targetAt({ url: database.url, ...timeouts })
    const connection = await connectTo(target)
    try {
      await use({ database, sink: sinkOf(connection, target.table('stock', Stock, options)), connection })
    } finally {
      await connection.close()
      await database.destroy()
    }
  }

  it('does not take a row with the same value in another unique column for the row of the key', () =>
    withTable(stockTable, upsert, async ({ database, sink }) => {
      allOk(await sink.write([item('a', { quantity: 1, code: 'x' }), item('b', { code: 'y' })], never))
      const answers = await sink.write(
        [
          item('a', { quantity: 2, code: 'x' }, 'a2'),
          item('c', { quantity: 3, code: 'x' }),
          item('d', { code: 'z' }),
        ],
        never,
      )
      allOk([answers[0], answers[2]].filter(answer => answer !== undefined))
      assert.match(hasCode(answers[1], 'TARGET-REFUSED').message, /another unique column/)
      const held = await database.run('select material, quantity, code from stock order by material')
      assert.deepEqual(
        held.map(row => Object.values(row)),
        [
          ['a', '2.00', 'x'],
          ['b', null, 'y'],
          ['d', null, 'z'],
        ],
      )
    }))

  it('refuses tables on which it could not keep its promises', async () => {
    const tables = {
      'no transactions':
        'create table stock (material varchar(40) primary key, quantity integer, code text) engine=MyISAM',
      'no unique index':
        'create table stock (material varchar(40), quantity integer, code text, index (material))',
      'no unique index on':
        'create table stock (material varchar(40), quantity integer, code text, unique (material(3)))',
      'another unique index':
        'create table stock (material varchar(40) unique, quantity integer, code varchar(5) not null unique)',
    }
    for (const [problem, table] of Object.entries(tables))
      await withTable(table, upsert, async ({ database, sink }) => {
        const error = hasCode((await sink.write([item('a', { code: 'x' })], never))[0], 'TARGET-CONTRACT')
        assert.equal(error.fate, 'pause')
        assert.match(error.message, new RegExp(problem))
        assert.equal((await database.run('select * from stock')).length, 0)
      })
  })

  it('warns of a table of effect keys without transactions, and writes nothing', () =>
    withTable(stockTable, upsert, async ({ database, sink }) => {
      await database.run('create table isthmus_effects (effect_key varbinary(200) primary key) engine=MyISAM')
      const warnings: string[] = []
      const connection = await connectTo(targetAt({ url: database.url }), text => warnings.push(text))
      await connection.check()
      await connection.close()
      assert.match(warnings.join(), /engine MyISAM/)
      hasCode((await sink.write([item('a')], never))[0], 'TARGET-CONTRACT')
      await database.run('alter table isthmus_effects engine=InnoDB')
      allOk(await sink.write([item('a')], never))
    }))

  it('cuts nothing off and rounds nothing', () =>
    withTable(
      'create table stock (material varchar(5) primary key, quantity decimal(6,1), code char(2), pieces integer)',
      { ...upsert, columns: { ...upsert.columns, pieces: 'quantity' } },
      async ({ database, sink }) => {
        const bad = [
          item('toolong'),
          item('spaces '),
          item('deci', { quantity: '1.25' }),
          item('int', { quantity: 1.5 }),
          item('big', { quantity: '12345678' }),
          item('word', { quantity: 'many' }),
          item('code', { code: 'abc' }),
        ]
        const answers = await sink.write([item('good', { quantity: '12', code: 'ab' }), ...bad], never)
        allOk(answers.slice(0, 1))
        for (const answer of answers.slice(1))
          assert.doesNotMatch(hasCode(answer, 'TARGET-REFUSED').message, /toolong|1\.25|12345678|many|abc/)
        assert.equal((await database.run('select * from stock')).length, 1)
      },
    ))

  it('writes times with a zone as times in UTC, with their digits, and text as it is', async () => {
    const Event = model('Event', {
      version: 1,
      schema: Type.Object({ id: Type.Integer(), at: Type.String() }),
    })
    const database = await mariadbDatabase()
    await database.run(
      'create table events (id integer primary key, at datetime(6), ts timestamp(3), txt text)',
    )
    const target = targetAt({ url: database.url })
    const connection = await connectTo(target)
    const channel = target.table('events', Event, {
      table: 'events',
      mode: 'insert',
      columns: { id: 'id', at: 'at', ts: ({ at }) => new Date(at), txt: 'at' },
    })
    const at = '2026-05-01T08:30:00.123456+08:00'
    allOk(await sinkOf(connection, channel).write([outgoing('1', { id: 1, at })], never))
    assert.deepEqual(
      await database.run('select at, ts, txt from events').then(JSON.stringify).then(JSON.parse),
      [{ at: '2026-05-01 00:30:00.123456', ts: '2026-05-01 00:30:00.123', txt: at }],
    )
    await connection.close()
    await database.destroy()
  })

  it('reads every kind of value without loss', async () => {
    const database = await mariadbDatabase()
    await database.run(
      "create table kinds (b bigint unsigned, d decimal(30,10), f float, g double, t time(3), y year, bits bit(9), s set('a','b'), bin varbinary(4), emoji varchar(9))",
    )
    await database.run(
      "insert into kinds values (18446744073709551615, 12345678901234567890.0000000001, 0.1, 0.30000000000000004, '-12:30:00.5', 2026, b'100000001', 'a,b', x'00ff', '😀订单')",
    )
    const target = targetAt({ url: database.url })
    const connection = await connectTo(target)
    const channel = target.query('kinds', {
      request: Anything,
      response: Anything,
      one: true,
      sql: () => sqlText`select * from kinds`,
    })
    const [answer] = await requesterOf(connection, channel).ask([outgoing('1', {})], never)
    assert.ok(answer?.ok)
    assert.deepEqual(answer.result, {
      b: '18446744073709551615',
      d: '12345678901234567890.0000000001',
      f: 0.1,
      g: 0.30000000000000004,
      t: '-12:30:00.5',
      y: 2026,
      bits: 257,
      s: 'a,b',
      bin: 'AP8=',
      emoji: '😀订单',
    })
    await connection.close()
    await database.destroy()
  })

  it('keeps the order of a query, also with a limit of its own', () =>
    withTable(stockTable, upsert, async ({ database, connection }) => {
      await database.run("insert into stock (material) values ('a'), ('b'), ('c'), ('d')")
      const channel = targetAt({ url: database.url }).query('all', {
        request: Anything,
        response: Anything,
        sql: () =>
          sqlText`select material from stock where material > ${'a'} order by material desc limit 2 -- two`,
      })
      const [answer] = await requesterOf(connection, channel).ask([outgoing('1', {})], never)
      assert.ok(answer?.ok)
      assert.deepEqual(answer.result, [{ material: 'd' }, { material: 'c' }])
    }))

  it('refuses what is larger than a packet of the server, and writes the others', () =>
    withTable(
      'create table stock (material varchar(40) primary key, code longtext, quantity integer)',
      upsert,
      async ({ database, sink }) => {
        const [row] = await database.run('select @@max_allowed_packet as n')
        const half = 'x'.repeat(Number(row?.n) * 0.4)
        const answers = await sink.write(
          [
            item('a', { code: half }),
            item('b', { code: half }),
            item('c', { code: half }),
            item('d', { code: 'x'.repeat(Number(row?.n)) }),
          ],
          never,
        )
        allOk(answers.slice(0, 3))
        assert.match(hasCode(answers[3], 'TARGET-REFUSED').message, /max_allowed_packet/)
        assert.equal((await database.run('select material from stock')).length, 3)
      },
    ))

  it('comes through a deadlock with every effect once', () =>
    withTable(
      stockTable,
      { ...upsert, update: { quantity: sqlText`stock.quantity + values(quantity)` } },
      async ({ sink, database }) => {
        allOk(await sink.write([item('a', { quantity: 1 }), item('b', { quantity: 1 })], never))
        const other = await database.session()
        await other.run('start transaction')
        await other.run("update stock set code = 'o' where material = 'b'")
        const sent = [item('a', { quantity: 2 }, 'a2'), item('b', { quantity: 2 }, 'b2')]
        const writing = sink.write(sent, never)
        await until(async () => (await waiting(database)) > 0)
        await other.run("update stock set code = 'p' where material = 'a'").catch(() => {})
        await other.run('rollback')
        await other.end()
        for (const answer of await writing) if (!answer.ok) hasCode(answer, 'TARGET-UNAVAILABLE')
        allOk(await sink.write(sent, never))
        const held = await database.run('select quantity from stock order by material')
        assert.deepEqual(
          held.map(row => row.quantity),
          ['3.00', '3.00'],
        )
      },
      { lockTimeout: '30s' },
    ))

  it('stops at the server what is given up', () =>
    withTable(
      stockTable,
      upsert,
      async ({ sink, database }) => {
        allOk(await sink.write([item('a')], never))
        const other = await database.session()
        await other.run('start transaction')
        await other.run("update stock set code = 'o' where material = 'a'")
        const stop = new AbortController()
        const writing = sink.write([item('a', { code: 'x' }, 'a2')], stop.signal)
        await until(async () => (await waiting(database)) > 0)
        stop.abort()
        hasCode((await writing)[0], 'TARGET-UNAVAILABLE')
        await until(async () => (await waiting(database)) === 0)
        await other.run('rollback')
        await other.end()
        assert.equal((await database.run("select * from stock where code = 'x'")).length, 0)
        assert.equal(
          (await database.run("select * from isthmus_effects where effect_key = 'effect a2'")).length,
          0,
        )
      },
      { lockTimeout: '30s' },
    ))

  it('gives up a statement that takes too long', () =>
    withTable(
      stockTable,
      upsert,
      async ({ connection, database }) => {
        const channel = targetAt({ url: database.url }).query('slow', {
          request: Wait,
          response: Anything,
          sql: ({ seconds }) => sqlText`select 1 as n from seq_1_to_1000 where sleep(${seconds}) = 0`,
        })
        const [answer] = await requesterOf(connection, channel).ask(
          [outgoing('slow', { seconds: 600 })],
          never,
        )
        assert.match(hasCode(answer as never, 'TARGET-UNAVAILABLE').message, /1969/)
      },
      { statementTimeout: '1s' },
    ))

  it('tells wrong credentials and a missing database, and shows no password', async () => {
    const database = await mariadbDatabase()
    const wrong = new URL(database.url)
    wrong.password = 'wrong-one'
    const absent = new URL(database.url)
    absent.pathname = '/isthmus_absent'
    for (const [url, code] of [
      [wrong, 'TARGET-CREDENTIALS'],
      [absent, 'CONFIG-INVALID'],
    ] as const) {
      const connection = await connectTo(targetAt({ url: url.href }))
      const error = await connection.check().catch(thrown => thrown)
      assert.equal(error.code, code)
      assert.doesNotMatch(`${error.stack} ${JSON.stringify(error.detail)}`, /wrong-one/)
      assert.doesNotMatch(JSON.stringify(targetAt({ url: url.href }).connector.summary), /wrong-one/)
      await connection.close()
    }
    for (const more of [
      '?multipleStatements=true',
      '?ssl-mode=PREFERRED',
      '?ssl-mode=VERIFY_IDENTITY&ssl-ca=/absent',
    ])
      await assert.rejects(connectTo(targetAt({ url: `${database.url}${more}` })), { code: 'CONFIG-INVALID' })
    await database.destroy()
  })

  it('shows what a person has to run when it may not make the table of effects', () =>
    withTable(stockTable, upsert, async ({ database }) => {
      const user = `u${randomBytes(4).toString('hex')}`
      const url = new URL(database.url)
      await database.run(`create user ${user}@'127.0.0.1' identified by 'p'`)
      await database.run(`grant select, insert, update on stock to ${user}@'127.0.0.1'`)
      url.username = user
      url.password = 'p'
      const target = targetAt({ url: url.href })
      const connection = await connectTo(target)
      const sink = sinkOf(connection, target.table('stock', Stock, upsert))
      const error = await sink.write([item('a')], never).catch(thrown => thrown)
      assert.equal(error.code, 'TARGET-CREDENTIALS')
      assert.match(error.message, /create table if not exists isthmus_effects \(effect_key varbinary/)
      await database.run(/create table if not exists isthmus_effects.*$/.exec(error.message)?.[0] ?? '')
      await database.run(`grant select, insert on isthmus_effects to ${user}@'127.0.0.1'`)
      allOk(await sink.write([item('a')], never))
      await connection.close()
      await database.run(`drop user ${user}@'127.0.0.1'`)
    }))

  it('writes nothing to a server that became read-only, and goes on when it is not', async () => {
    const database = await mariadbDatabase()
    await database.run('create table stock (material varchar(40) primary key, quantity integer, code text)')
    const user = `u${randomBytes(4).toString('hex')}`
    await database.run(`create user ${user}@'127.0.0.1' identified by 'p'`)
    const url = new URL(database.url)
    await database.run(`grant all on ${url.pathname.slice(1)}.* to ${user}@'127.0.0.1'`)
    url.username = user
    url.password = 'p'
    const target = targetAt({ url: url.href })
    const connection = await connectTo(target)
    const sink = sinkOf(connection, target.table('stock', Stock, upsert))
    allOk(await sink.write([item('a')], never))
    await database.run('set global read_only = 1')
    try {
      hasCode((await sink.write([item('b')], never))[0], 'TARGET-UNAVAILABLE')
    } finally {
      await database.run('set global read_only = 0')
    }
    allOk(await sink.write([item('b')], never))
    await connection.close()
    await database.run(`drop user ${user}@'127.0.0.1'`)
    await database.destroy()
  })
})
