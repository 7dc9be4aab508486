import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import type { Connection } from '../../src/system/connector.ts'
import type { Sink } from '../../src/system/roles.ts'
import { allOk, hasCode } from '../../src/testing/sink-suite/scenario.ts'
import { withoutPostgres } from '../recovery/postgres-fixture.ts'
import {
  connectTo,
  never,
  outgoing,
  postgresDatabase,
  requesterOf,
  sinkOf,
  type TestDatabase,
  targetAt,
  until,
  waiting,
} from './sql-harness.ts'

const Stock = model('Stock', {
  version: 1,
  schema: Type.Object({ material: Type.String(), quantity: Type.Number() }),
})
const Sleep = model('Sleep', { version: 1, schema: Type.Object({ seconds: Type.Number() }) })
const Anything = model('Anything', { version: 1, schema: Type.Unknown() })

interface Stock {
  readonly material: string
  readonly quantity: number
}

const item = (material: string, quantity: number, key = material) =>
  outgoing<Stock>(key, { material, quantity })

describe('sql sink on a PostgreSQL server', { skip: withoutPostgres }, () => {
  async function withStock(
    use: (bench: { database: TestDatabase; sink: Sink; connection: Connection }) => Promise<void>,
    options: { lockTimeout?: string; statementTimeout?: string; url?: (url: string) => string } = {},
  ): Promise<void> {
    const database = await postgresDatabase()
    await database.run(
      'create table stock (material text primary key, quantity numeric, moves integer default 1)',
    )
    const { url = (same: string) => same, ...timeouts } = options
    const target = targetAt({ url: url(database.url), ...timeouts })
    const channel = target.table('stock', Stock, {
      table: 'stock',
      mode: 'upsert',
      key: ['material'],
      update: { quantity: sqlText`stock.quantity + excluded.quantity`, moves: sqlText`stock.moves + 1` },
    })
    const connection = await connectTo(target)
    try {
      await use({ database, sink: sinkOf(connection, channel), connection })
    } finally {
      await connection.close()
      await database.destroy()
    }
  }

  it('tells that the password is wrong, and shows it nowhere', async () => {
    const database = await postgresDatabase()
    const role = `isthmus_${randomBytes(4).toString('hex')}`
    await database.run(`create role ${role} login password 'right'`)
    const url = new URL(database.url)
    url.username = role
    url.password = 'wrong-one'
    const connection = await connectTo(targetAt({ url: url.href }))
    const refused = await connection.check().then(
      () => undefined,
      error => error,
    )
    // A server that trusts everybody on this machine does not ask for it.
    if (refused) {
      assert.equal(refused.code, 'TARGET-CREDENTIALS')
      assert.equal(refused.fate, 'pause')
      assert.doesNotMatch(`${refused.stack} ${JSON.stringify(refused.detail)}`, /wrong-one/)
    }
    assert.doesNotMatch(JSON.stringify(targetAt({ url: url.href }).connector.summary), /wrong-one/)
    await connection.close()
    await database.run(`drop role ${role}`)
    await database.destroy()
  })

  it('tells that the database of the url is not there', async () => {
    const database = await postgresDatabase()
    const url = new URL(database.url)
    url.pathname = '/isthmus_absent'
    const connection = await connectTo(targetAt({ url: url.href }))
    await assert.rejects(connection.check(), { code: 'CONFIG-INVALID' })
    await connection.close()
    await database.destroy()
  })

  it('shows what a person has to run when it may not make the table of effects', () =>
    withStock(async ({ database }) => {
      const role = `isthmus_${randomBytes(4).toString('hex')}`
      const [schema] = await database.run('select current_schema() as name')
      await database.run(`create role ${role} login password 'p' `)
      await database.run(`grant usage on schema ${schema?.name} to ${role}`)
      await database.run(`grant all on stock to ${role}`)
      const url = new URL(database.url)
      url.username = role
      url.password = 'p'
      const target = targetAt({ url: url.href })
      const connection = await connectTo(target)
      const channel = target.table('stock', Stock, { table: 'stock', mode: 'insert' })
      const error = await sinkOf(connection, channel)
        .write([item('a', 1)], never)
        .catch(thrown => thrown)
      assert.equal(error.code, 'TARGET-CREDENTIALS')
      assert.equal(error.fate, 'pause')
      assert.match(
        error.message,
        /create table if not exists isthmus_effects \(effect_key text collate "C" primary key/,
      )
      await database.run(/create table if not exists isthmus_effects.*$/.exec(error.message)?.[0] ?? '')
      await database.run(`grant all on isthmus_effects to ${role}`)
      allOk(await sinkOf(connection, channel).write([item('a', 1)], never))
      await connection.close()
      await database.run(`drop owned by ${role}`)
      await database.run(`drop role ${role}`)
    }))

  it('writes nothing to a server that became read-only, and tries again', () => {
    let setting = 'on'
    return withStock(
      async ({ sink, database }) => {
        const [answer] = await sink
          .write([item('a', 1)], never)
          .catch(error => [{ ok: false as const, error }])
        hasCode(answer, 'TARGET-UNAVAILABLE')
        setting = 'off'
        assert.equal((await database.run('select * from stock')).length, 0)
      },
      {
        url: url => {
          const readOnly = new URL(url)
          const given = readOnly.searchParams.get('options')
          readOnly.searchParams.set('options', `${given} -c default_transaction_read_only=${setting}`)
          return readOnly.href
        },
      },
    )
  })

  it('comes through a deadlock with every effect once', () =>
    withStock(
      async ({ sink, database }) => {
        allOk(await sink.write([item('a', 1), item('b', 1)], never))
        const other = await database.session()
        await other.run('begin')
        await other.run("update stock set quantity = 100 where material = 'b'")
        const sent = [item('a', 2, 'a2'), item('b', 2, 'b2'), item('c', 2, 'c2')]
        const writing = sink.write(sent, never)
        await until(async () => (await waiting(database)) > 0)
        await other.run("update stock set quantity = 100 where material = 'a'").catch(() => {})
        await other.run('rollback')
        await other.end()
        const answers = await writing
        for (const answer of answers) if (!answer.ok) hasCode(answer, 'TARGET-UNAVAILABLE')
        allOk(await sink.write(sent, never))
        const held = await database.run('select material, quantity, moves from stock order by material')
        assert.deepEqual(
          held.map(row => Object.values(row).map(String)),
          [
            ['a', '3', '2'],
            ['b', '3', '2'],
            ['c', '2', '1'],
          ],
        )
      },
      { lockTimeout: '30s' },
    ))

  it('tries again what was not serializable', () =>
    withStock(
      async ({ sink, database }) => {
        allOk(await sink.write([item('a', 1)], never))
        const other = await database.session()
        await other.run('begin')
        await other.run("update stock set quantity = quantity + 10 where material = 'a'")
        const writing = sink.write([item('a', 2, 'a2')], never)
        await until(async () => (await waiting(database)) > 0)
        await other.run('commit')
        await other.end()
        hasCode((await writing)[0], 'TARGET-UNAVAILABLE')
        allOk(await sink.write([item('a', 2, 'a2')], never))
        const [row] = await database.run('select quantity from stock')
        assert.equal(Number(row?.quantity), 13)
      },
      {
        lockTimeout: '30s',
        url: url => {
          const strict = new URL(url)
          const given = strict.searchParams.get('options')
          strict.searchParams.set('options', `${given} -c default_transaction_isolation=serializable`)
          return strict.href
        },
      },
    ))

  it('finds the bad row also when it is refused at the commit', () =>
    withStock(async ({ sink, database }) => {
      await database.run('create table materials (material text primary key)')
      await database.run("insert into materials values ('a'), ('c')")
      await database.run(
        'alter table stock add foreign key (material) references materials deferrable initially deferred',
      )
      const answers = await sink.write([item('a', 1), item('b', 1), item('c', 1)], never)
      hasCode(answers[1], 'TARGET-REFUSED')
      allOk([answers[0], answers[2]].filter(answer => answer !== undefined))
      assert.equal((await database.run('select * from stock')).length, 2)
    }))

  it('writes to a table that a rule rewrites', async () => {
    const database = await postgresDatabase()
    await database.run('create table stock (material text, quantity numeric)')
    await database.run('create table audit (material text)')
    await database.run(
      'create rule audited as on insert to stock do also insert into audit values (new.material)',
    )
    const target = targetAt({ url: database.url })
    const connection = await connectTo(target)
    const sink = sinkOf(connection, target.table('stock', Stock, { table: 'stock', mode: 'insert' }))
    for (let time = 0; time < 2; time++)
      allOk(await sink.write([item('a', 1), item('b', 1), item('c', 1)], never))
    for (const table of ['stock', 'audit'])
      assert.equal((await database.run(`select * from ${table}`)).length, 3)
    await connection.close()
    await database.destroy()
  })

  it('knows a repeated record also by the constraints of its table', () =>
    withStock(async ({ sink, database }) => {
      await database.run(
        'create table once (material text primary key, quantity numeric check (quantity > 0))',
      )
      const target = targetAt({ url: database.url })
      const connection = await connectTo(target)
      const once = sinkOf(connection, target.table('once', Stock, { table: 'once', mode: 'insert' }))
      allOk(await once.write([item('a', 1), item('b', 1)], never))
      allOk(await once.write([item('a', 1)], never))
      const answers = await once.write(
        [item('b', 1), item('a', 9, 'another'), item('c', 1), item('d', -1)],
        never,
      )
      hasCode(answers[1], 'TARGET-REFUSED')
      hasCode(answers[3], 'TARGET-REFUSED')
      allOk([answers[0], answers[2]].filter(answer => answer !== undefined))
      assert.equal((await database.run('select * from once')).length, 3)
      allOk(await sink.write([item('x', 1)], never))
      await connection.close()
    }))

  it('names the column of a value that cannot be read, not the value', () =>
    withStock(async ({ sink, database }) => {
      await database.run('alter table stock alter column quantity type integer using 0')
      const answers = await sink.write([item('a', 1), item('secret', 1.25), item('c', 3)], never)
      const { message } = hasCode(answers[1], 'TARGET-REFUSED')
      assert.match(message, /column "quantity"/)
      assert.doesNotMatch(message, /1\.25|secret/)
    }))

  it('serves others while one query is slow, and gives a too slow one up', () =>
    withStock(
      async ({ sink, connection, database }) => {
        const channel = targetAt({ url: database.url }).query('slow', {
          request: Sleep,
          response: Anything,
          sql: ({ seconds }) => sqlText`select 1 as n from pg_sleep(${seconds})`,
        })
        let asked = false
        const asking = requesterOf(connection, channel)
          .ask([outgoing('slow', { seconds: 600 })], never)
          .finally(() => {
            asked = true
          })
        for (let n = 0; n < 20; n++) allOk(await sink.write([item(`m${n}`, 1)], never))
        assert.equal(asked, false)
        const [answer] = await asking
        const error = hasCode(answer as Parameters<typeof hasCode>[0], 'TARGET-UNAVAILABLE')
        assert.match(error.message, /57014/)
      },
      { statementTimeout: '15s' },
    ))
})
