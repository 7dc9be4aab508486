import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { Type } from 'typebox'
import type { Change } from '../../src/connectors/sql/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { model } from '../../src/model/model.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import { withoutPostgres } from '../recovery/postgres-fixture.ts'
import { applied, Item, testCapture } from './capture-harness.ts'
import { postgresDatabase, type TestDatabase, until } from './sql-harness.ts'

/** Beyond what the server keeps inside a row, even when it is compressed. */
const large = (seed: string) => seed + randomBytes(20_000).toString('hex')

describe('sql capture', { skip: withoutPostgres, timeout: 240_000 }, () => {
  let database: TestDatabase
  before(async () => {
    database = await postgresDatabase()
  })
  beforeEach(async () => {
    await database.run('drop table if exists items')
    await database.run('create table items (id integer primary key, text text, amount numeric)')
  })
  after(() => database.destroy())

  /** Captures while `work` runs, until so many changes came. */
  async function changesOf(
    count: number,
    work: () => Promise<void>,
    row = Item,
    at = database,
  ): Promise<Change<Item>[]> {
    const capture = testCapture(at, row as never)
    try {
      void capture.start().catch(() => {})
      await until(async () => (await capture.slotState()) !== undefined)
      await work()
      await capture.count(count)
      await capture.stop()
      return capture.kept.changes
    } finally {
      await capture.end()
    }
  }
  const shown = (changes: readonly Change<Item>[]) =>
    changes.map(({ table: _, position: __, ...change }) => change)

  it('delivers what happened to rows, in the order of the commits, and the keys of rows that are gone', async () => {
    const changes = await changesOf(6, async () => {
      const slow = await database.session()
      await slow.run("begin; insert into items values (1, 'first to begin', 1.50)")
      await database.run("insert into items values (2, 'first to end', 2.00)")
      await slow.run('commit')
      await slow.end()
      await database.run("update items set text = 'new' where id = 1")
      await database.run('update items set id = 3 where id = 1')
      await database.run('delete from items where id = 2')
      await database.run('truncate items')
    })
    assert.deepEqual(shown(changes), [
      { op: 'insert', row: { id: 2, text: 'first to end', amount: '2.00' } },
      { op: 'insert', row: { id: 1, text: 'first to begin', amount: '1.50' } },
      { op: 'update', row: { id: 1, text: 'new', amount: '1.50' } },
      { op: 'update', row: { id: 3, text: 'new', amount: '1.50' }, before: { id: 1 } },
      { op: 'delete', before: { id: 2 } },
      { op: 'truncate' },
    ])
    assert.match(changes[0]?.table ?? '', /^isthmus_test_\w+\.items$/)
  })

  it('delivers whole old rows where the table logs them', async () => {
    await database.run('alter table items replica identity full')
    const changes = await changesOf(3, async () => {
      await database.run("insert into items values (1, 'a', 1)")
      await database.run("update items set text = 'b'")
      await database.run('delete from items')
    })
    assert.deepEqual(shown(changes).slice(1), [
      { op: 'update', row: { id: 1, text: 'b', amount: '1' }, before: { id: 1, text: 'a', amount: '1' } },
      { op: 'delete', before: { id: 1, text: 'b', amount: '1' } },
    ])
  })

  it('does not take a large value that did not change for NULL', async () => {
    const text = large('old')
    const work = async () => {
      await database.run('insert into items values (1, $1, 1)', [text])
      await database.run('update items set amount = 2')
      await database.run('update items set text = null')
    }
    assert.deepEqual(shown(await changesOf(3, work)), [
      { op: 'insert', row: { id: 1, text, amount: '1' } },
      { op: 'update', row: { id: 1, amount: '2' }, unchanged: ['text'] },
      { op: 'update', row: { id: 1, text: null, amount: '2' } },
    ])
    await database.run('truncate items; alter table items replica identity full')
    const [, second, third] = shown(await changesOf(3, work))
    assert.deepEqual(second?.row, { id: 1, text, amount: '2' })
    assert.deepEqual(third?.row, { id: 1, text: null, amount: '2' })
  })

  it('reads columns as they are when the change happens', async () => {
    const changes = await changesOf(4, async () => {
      await database.run("insert into items values (1, '1', 1)")
      await database.run(
        'alter table items add column more text, alter column amount type text using amount::text',
      )
      await database.run("insert into items values (2, '2', 'two', 'more')")
      await database.run('alter table items drop column text')
      await database.run("insert into items values (3, 'three', 'more')")
      // In one transaction: a table that is gone for others to see is reported as a gap.
      const rows = "insert into others values (4, 'four', 'more')"
      await database.run(`alter table items rename to others; ${rows}; alter table others rename to items`)
    })
    assert.deepEqual(
      changes.map(({ row }) => row),
      [
        { id: 1, text: '1', amount: '1' },
        { id: 2, text: '2', amount: 'two' },
        { id: 3, amount: 'three' },
        { id: 4, amount: 'four' },
      ],
    )
  })

  it('keeps every digit and character, whatever the settings of the database', async () => {
    const Values = model('Values', {
      version: 1,
      schema: Type.Object({
        id: Type.Integer(),
        big: Type.String(),
        exact: Type.String(),
        double: Type.Number(),
        at: Type.String(),
        raw: Type.String(),
        doc: Type.Object({}),
        yes: Type.Boolean(),
        text: Type.String(),
      }),
    })
    await database.run('drop table items')
    await database.run(`create table items (id integer primary key, big bigint, exact numeric, double float8,
      at timestamptz, raw bytea, doc jsonb, yes boolean, text text)`)
    const url = new URL(database.url)
    url.searchParams.set('options', `${url.searchParams.get('options')} -c datestyle=german -c timezone=UTC`)
    const insert = async () => {
      await database.run(`insert into items values (1, 9223372036854775807, 12345678901234567890.1200, 0.1,
        '2026-05-01 08:30:00.123456+08', '\\xdeadbeef', '{"n": 9007199254740993}', true, '\u{1f600} ''"\\\t中')`)
    }
    const [change] = await changesOf(1, insert, Values as never, { ...database, url: url.href })
    assert.deepEqual(change?.row as unknown, {
      id: 1,
      big: '9223372036854775807',
      exact: '12345678901234567890.1200',
      double: 0.1,
      at: '2026-05-01T00:30:00.123456Z',
      raw: '3q2+7w==',
      doc: { n: '9007199254740993' },
      yes: true,
      text: '\u{1f600} \'"\\\t中',
    })
  })

  it('captures a partitioned table as one, and leaves other tables of the publication out', async () => {
    await database.run('drop table items')
    await database.run(
      'create table items (id integer primary key, text text, amount numeric) partition by range (id)',
    )
    await database.run('create table items_low partition of items for values from (0) to (100)')
    await database.run('create table items_high partition of items for values from (100) to (200)')
    await database.run('create table others (id integer primary key)')
    const capture = testCapture(database)
    try {
      const schema = new URL(database.url).searchParams.get('options')?.split('=')[1]
      await database.run("insert into items values (5, 'first', 0)")
      void capture.start({ table: `${schema}.items`, from: 'beginning' })
      await capture.count(1)
      await database.run(`alter publication "${capture.slot}" add table others`)
      await database.run('insert into others values (1)')
      await database.run("insert into items values (1, 'low', 1), (100, 'high', 2)")
      await database.run('update items set id = 150 where id = 1')
      await capture.count(5)
      assert.deepEqual(
        capture.kept.changes.map(({ op, table, row, before }) => [op, table, row?.id ?? before?.id]),
        [
          ['read', `${schema}.items`, 5],
          ['insert', `${schema}.items`, 1],
          ['insert', `${schema}.items`, 100],
          ['delete', `${schema}.items`, 1],
          ['insert', `${schema}.items`, 150],
        ],
      )
    } finally {
      await capture.end()
      await database.run('drop table others')
    }
  })

  it('takes a transaction of 100,000 rows with little memory, and confirms it when all of it is kept', async () => {
    const capture = testCapture(database)
    try {
      void capture.start().catch(() => {})
      await until(async () => (await capture.slotState()) !== undefined)
      let handed = 0
      let most = 0
      let early = false
      let commit = ''
      /** Whether the server may forget the transaction. */
      const confirmed = async () => {
        const text =
          'select confirmed_flush_lsn > $1::pg_lsn as is from pg_replication_slots where slot_name = $2'
        return (await database.run(text, [commit, capture.slot]))[0]?.is === true
      }
      capture.kept.accept = async (deliveries, options) => {
        handed += deliveries.length
        most = Math.max(most, process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed)
        commit = (deliveries[0]?.data as Change<Item> | undefined)?.position ?? commit
        if (handed < 100_000 && handed % 25_000 < 500 && commit !== '') early ||= await confirmed()
        capture.kept.stored = options?.position
        return deliveries.map(({ id = '' }) => ({ status: 'accepted', id }))
      }
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      await database.run(
        `insert into items select n, repeat('x', 1900), 1 from generate_series(1, 100000) as g (n)`,
      )
      await until(() => handed >= 100_000)
      await until(confirmed)
      assert.equal(handed, 100_000)
      assert.equal(early, false)
      const grown = (most - heapUsed - arrayBuffers) / 1024 ** 2
      assert.ok(grown < 100, `${grown} MiB more for 190 MB of changes`)
    } finally {
      await capture.end()
    }
  })

  it('leaves out nothing and repeats nothing between the rows that are there and their changes', async () => {
    await database.run(`insert into items select n, 'old', n from generate_series(1, 3000) as g (n)`)
    const capture = testCapture(database)
    const writer = writing(database)
    try {
      let calls = 0
      // The reading is interrupted again and again.
      capture.kept.before = async deliveries => {
        if (deliveries.length > 0 && ++calls % 3 === 0 && calls < 20)
          throw new IsthmusError('SOURCE-FAILED', 'interrupted')
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      void capture.start({ from: 'beginning' }).catch(() => {})
      await capture.count(3000)
      await writer.stop()
      // Changes of the last row may come while rows before it are still to be read.
      const isRead = () => !JSON.stringify(capture.kept.stored).includes('reading')
      await until(() => isRead() && applied(capture.kept.changes).some(({ id }) => id === 1_000_000))
      await capture.stop()
      const rows = await database.run('select id, text, amount from items order by id')
      assert.deepEqual(
        applied(capture.kept.changes),
        rows.map(row => ({ ...row })),
      )
      assert.ok(calls >= 3, 'it was not interrupted')
    } finally {
      await writer.stop()
      await capture.end()
    }
  })
})

/** Changes rows at random, in transactions of several, until it is told to stop; the last row has the id 1,000,000. */
function writing(database: TestDatabase): { stop(): Promise<void> } {
  const random = new SeededRandom(3)
  let ending = false
  const change = () => {
    const id = 1 + Math.floor(random.next() * 3500)
    return random.pick([
      `insert into items values (${id}, 'new', ${id}.50) on conflict do nothing`,
      `update items set text = 'changed ${random.next()}' where id = ${id}`,
      `update items set amount = amount + 1 where id = ${id}`,
      `delete from items where id = ${id}`,
    ])
  }
  const write = async () => {
    while (!ending) await database.run(Array.from({ length: 5 }, change).join('; '))
    await database.run("insert into items values (1000000, 'last', 0)")
  }
  const written = write()
  return {
    stop() {
      ending = true
      return written
    },
  }
}
