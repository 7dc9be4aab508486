import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { IsthmusError } from '../../src/errors.ts'
import { freshSchema, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { dropSlot, Item, Kept, type TestCapture, testCapture } from './capture-harness.ts'
import {
  connectTo,
  postgresDatabase,
  sourceOf,
  sqliteDatabase,
  type TestDatabase,
  targetAt,
  until,
} from './sql-harness.ts'

describe('sql capture that cannot go on', { skip: withoutPostgres, timeout: 240_000 }, () => {
  let database: TestDatabase
  before(async () => {
    database = await postgresDatabase()
  })
  beforeEach(async () => {
    await database.run('drop table if exists items, others')
    await database.run('create table items (id integer primary key, text text, amount numeric)')
  })
  after(() => database.destroy())

  const failure = (run: Promise<void>): Promise<IsthmusError> =>
    run.then(
      () => assert.fail('it goes on'),
      error => error,
    )
  const insert = (id: number) =>
    database.run('insert into items values ($1) on conflict (id) do update set text = $1', [id])

  /** Captures one change and stops; then `spoil` happens, and the capture is to refuse to go on. */
  async function refusesAfter(spoil: (capture: TestCapture) => Promise<unknown>, reason: RegExp) {
    const capture = testCapture(database)
    try {
      void capture.start()
      await until(() => capture.kept.stored !== undefined)
      await insert(1)
      await capture.count(1)
      await capture.stop()
      await spoil(capture)
      await insert(3)
      const error = await failure(capture.start())
      assert.equal(error.code, 'SOURCE-GAP')
      assert.equal(error.fate, 'pause')
      assert.match(error.message, /^A gap is possible: .*Changes after .* may be missing.*another "slot"/)
      assert.match(error.message, reason)
      assert.equal(capture.kept.deliveries.length, 1)
      return capture
    } finally {
      await capture.end()
    }
  }

  it('refuses a slot that is gone, and does not make another one', async () => {
    const { slotState } = await refusesAfter(({ slot }) => dropSlot(database, slot), /is gone/)
    assert.equal(await slotState(), undefined)
  })

  it('refuses a slot that was made anew', async () => {
    await refusesAfter(async ({ slot }) => {
      await dropSlot(database, slot)
      await insert(2)
      await database.run(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [slot])
    }, /stands at .* already/)
  })

  it('refuses a slot that somebody else has moved', async () => {
    await refusesAfter(async ({ slot, slotState }) => {
      await until(async () => (await slotState())?.active === false)
      await insert(2)
      await database.run('select pg_replication_slot_advance($1, pg_current_wal_lsn())', [slot])
    }, /stands at .* already/)
  })

  it('refuses a publication that does not hold the table any more', async () => {
    await refusesAfter(
      ({ slot }) => database.run(`alter publication "${slot}" drop table items`),
      /does not hold the table/,
    )
  })

  it('refuses another server, and one that has forgotten what it had said', async () => {
    const spoil =
      (more: object) =>
      async ({ kept }: TestCapture) => {
        kept.stored = { ...(kept.stored as object), ...more }
      }
    await refusesAfter(spoil({ server: '1' }), /another server/)
    await refusesAfter(spoil({ lsn: 'FFFF/0' }), /log ends at/)
  })

  it('is not there for a database whose log cannot be read', async () => {
    const other = await sqliteDatabase()
    const target = targetAt({ url: other.url })
    const connection = await connectTo(target)
    const channel = target.capture('items', Item, { table: 'items' })
    assert.throws(() => sourceOf(connection, channel), { code: 'FLOW-DEFINITION', message: /SQLite/ })
    await connection.close()
    await other.destroy()
  })

  it('begins anew with another slot, and says so', async () => {
    const capture = testCapture(database)
    const other = testCapture(database)
    try {
      void capture.start()
      await until(() => capture.kept.stored !== undefined)
      await insert(1)
      await capture.count(1)
      await capture.stop()
      void capture.start({ slot: other.slot, from: 'beginning' })
      await capture.count(2)
      assert.deepEqual(
        capture.kept.changes.map(({ op, row }) => [op, row?.id]),
        [
          ['insert', 1],
          ['read', 1],
        ],
      )
      assert.match(capture.log.join(), /captured anew/)
    } finally {
      await capture.end()
      await other.end()
    }
  })

  it('drops its slot when the server would have to keep too much for it, and then refuses to go on', async () => {
    const capture = testCapture(database)
    try {
      void capture.start()
      await until(() => capture.kept.stored !== undefined)
      await capture.stop()
      await database.run(
        "insert into items select n, repeat('x', 1000), 1 from generate_series(1, 2000) as g (n)",
      )
      capture.kept.before = () => new Promise(resolve => setTimeout(resolve, 50))
      const error = await failure(capture.start({ retain: { warn: 10, drop: 20 } }))
      assert.equal(error.code, 'SOURCE-GAP')
      assert.match(error.message, /keeps \d+ bytes .* too much: the slot was dropped/)
      assert.equal(await capture.slotState(), undefined)
      assert.equal((await failure(capture.start())).code, 'SOURCE-GAP')
    } finally {
      await capture.end()
    }
  })

  it('warns when the server keeps much for it', async () => {
    const capture = testCapture(database)
    try {
      void capture.start({ retain: { warn: 1 } })
      await until(() => capture.log.length > 0)
      assert.match(capture.log[0] ?? '', /keeps \d+ bytes of its log for the slot .* more than the 1/)
    } finally {
      await capture.end()
    }
  })

  it('demands what it is not to make, with the SQL to run', async () => {
    const capture = testCapture(database)
    const demanded = async (what: RegExp) => {
      const error = await failure(capture.start({ create: false }))
      assert.equal(error.code, 'TARGET-CONTRACT')
      assert.equal(error.fate, 'pause')
      assert.match(error.message, what)
      const [, sql = ''] = /run: (.*?;)/.exec(error.message) ?? []
      await database.run(sql)
    }
    try {
      await demanded(/run: create publication .* for table "\w+"."items"/)
      await database.run(`alter publication "${capture.slot}" drop table items`)
      await demanded(/run: alter publication .* add table "\w+"."items";/)
      await demanded(/run: select pg_create_logical_replication_slot/)
      void capture.start({ create: false })
      await until(() => capture.kept.stored !== undefined)
      await insert(1)
      await capture.count(1)
    } finally {
      await capture.end()
    }
  })

  it('does not publish a table whose rows the log cannot tell apart: its updates would fail', async () => {
    await database.run('create table others (id integer, text text, amount numeric)')
    const capture = testCapture(database)
    try {
      const error = await failure(capture.start({ table: 'others' }))
      const [, sql = ''] = /run: (.*?;)/.exec(error.message) ?? []
      assert.match(sql, /replica identity full/)
      assert.equal(await capture.slotState(), undefined)
      await database.run('insert into others values (1); update others set id = 2')
      await database.run(sql)
      void capture.start({ table: 'others' })
      await until(() => capture.kept.stored !== undefined)
      await database.run('update others set id = 3')
      await capture.count(1)
      assert.deepEqual(capture.kept.changes[0]?.before, { id: 2, text: null })
      await capture.stop()
      const reading = await failure(capture.start({ table: 'others', from: 'beginning' }))
      assert.match(reading.message, /no primary key/)
    } finally {
      await capture.end()
    }
  })

  it('says what right the user lacks, and that a slot is in use', async () => {
    const role = `${freshSchema()}_role`
    await database.run(`create role ${role} login password 'role password'`)
    const url = new URL(database.url)
    url.username = role
    url.password = 'role password'
    const schema = url.searchParams.get('options')?.split('=')[1]
    await database.run(`grant usage on schema ${schema} to ${role}; grant select on items to ${role}`)
    const capture = testCapture(database)
    const powerless = testCapture({ ...database, url: url.href })
    try {
      const error = await failure(powerless.start({ slot: capture.slot }))
      assert.equal(error.code, 'TARGET-CREDENTIALS')
      assert.equal(`${error.message}${JSON.stringify(error.detail)}`.includes('role password'), false)
      const running = capture.start()
      // The slot is active while it is made, too, and nobody's for a moment after that.
      await Promise.race([running, until(() => capture.kept.stored !== undefined)])
      await insert(1)
      await Promise.race([running, capture.count(1)])
      const target = targetAt({ url: database.url })
      const second = await connectTo(target)
      const channel = target.capture('items', Item, { table: 'items', slot: capture.slot })
      const busy = await failure(sourceOf(second, channel).run(new Kept(), AbortSignal.timeout(120_000)))
      assert.equal(busy.fate, 'retry')
      assert.match(busy.message, /is active/)
      await second.close()
    } finally {
      await capture.end()
      await powerless.end()
      await database.run(`drop owned by ${role}; drop role ${role}`)
    }
  })

  it('refuses a table or column that is not there, and a name that is no slot', async () => {
    const capture = testCapture(database)
    assert.match((await failure(capture.start({ table: 'absent' }))).message, /no table absent/)
    await database.run('alter table items drop column amount')
    assert.match((await failure(capture.start())).message, /no column "amount"/)
    await database.run("alter table items add column amount text generated always as (text || '!') stored")
    assert.match((await failure(capture.start())).message, /generated/)
    assert.equal((await failure(capture.start({ slot: 'No; slot' }))).code, 'FLOW-DEFINITION')
    assert.equal(await capture.slotState(), undefined)
  })
})
