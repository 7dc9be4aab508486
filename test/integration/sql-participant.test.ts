import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { type SqlText, sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import type { SinkChannel } from '../../src/system/channel.ts'
import type { Branch, Participant } from '../../src/system/roles.ts'
import { rejectsWith } from '../../src/testing/participant-suite/scenario.ts'
import { participantOf } from '../conformance/sql-participant-fixture.ts'
import { makeCluster, withoutCluster } from '../recovery/postgres-cluster.ts'
import { connectTo, never, postgresDatabase, products, type TestDatabase, targetAt } from './sql-harness.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
const prefix = `isth:${randomBytes(4).toString('hex')}:g:`
let count = 0

interface Opened {
  readonly votes: Participant
  /** A branch of statements. */
  said(...statements: readonly SqlText[]): Branch
  branch(channel: SinkChannel<never>, data: unknown): Branch
}

/** Runs `use` with an empty database that has the table `t`. */
async function withDatabase(
  database: TestDatabase,
  options: object,
  use: (opened: Opened, target: ReturnType<typeof targetAt>) => Promise<void>,
): Promise<void> {
  const target = targetAt({ url: database.url, lockTimeout: '100ms', ...options })
  const connection = await connectTo(target)
  const votes = participantOf(connection)
  const branch: Opened['branch'] = (channel, data) => {
    const id = `${prefix}${++count}:1`
    return { id, effectKey: id, alone: false, work: [{ channel: channel as never, data }] }
  }
  const statement = target.statement('said', Row, { sql: row => (row as never as { sql: SqlText[] }).sql })
  const said: Opened['said'] = (...sql) => branch(statement as never, { sql })
  try {
    await use({ votes, said, branch }, target)
  } finally {
    for (const { id } of await votes.prepared(prefix).catch(() => [])) await votes.end(id, 'roll back')
    await connection.close()
    await database.destroy()
  }
}

const numbers = async (database: TestDatabase) =>
  (await database.run('select n from t order by n')).map(({ n }) => Number(n))

const servers = products.filter(({ name }) => name !== 'SQLite')

for (const { name, skip, make } of servers)
  describe(`sql participant (${name})`, { skip }, () => {
    it('calls procedures, which cannot end the branch', async () => {
      const database = await make()
      await database.run('create table t (n integer primary key)')
      const body = (text: string) =>
        name === 'MariaDB' ? `begin ${text} end` : `language plpgsql as $$ begin ${text} end $$`
      await database.run(`create procedure put(x integer) ${body('insert into t values (x);')}`)
      await database.run(`create procedure ends(x integer) ${body('insert into t values (x); commit;')}`)
      await withDatabase(database, {}, async ({ votes, branch }, target) => {
        const put = target.procedure('put', { procedure: 'put', request: Row, arguments: ({ n }) => [n] })
        const ends = target.procedure('ends', { procedure: 'ends', request: Row, arguments: ({ n }) => [n] })
        for (const [n, how] of [
          [1, 'commit'],
          [2, 'roll back'],
        ] as const) {
          const called = branch(put as never, { n })
          assert.equal((await votes.prepare(called, never)).vote, 'prepared')
          await votes.end(called.id, how)
        }
        await rejectsWith(votes.prepare(branch(ends as never, { n: 3 }), never), 'TARGET-CONTRACT')
        assert.deepEqual(await numbers(database), [1])
      })
    })

    it('gives more promises than it has connections', async () => {
      const database = await make()
      await database.run('create table t (n integer primary key)')
      await withDatabase(database, { connections: 2 }, async ({ votes, said }) => {
        const branches = [1, 2, 3, 4, 5].map(n => said(sqlText`insert into t values (${n})`))
        for (const branch of branches) assert.equal((await votes.prepare(branch, never)).vote, 'prepared')
        for (const { id } of branches) assert.equal(await votes.end(id, 'commit'), 'committed')
        assert.deepEqual(await numbers(database), [1, 2, 3, 4, 5])
      })
    })

    it('ends no connection but the one that is at work on the branch', async () => {
      const database = await make()
      await database.run('create table t (n integer primary key)')
      await database.run('insert into t values (1)')
      await withDatabase(database, {}, async ({ votes, said }) => {
        const holder = await database.session()
        await holder.run('begin')
        await holder.run('update t set n = 1 where n = 1')
        const branch = said(sqlText`insert into t values (2)`, sqlText`update t set n = 3 where n = 1`)
        const waiting = votes.prepare(branch, never).catch(error => error.code)
        // While it waits for the lock, or afterwards: it ends, and nobody else.
        assert.equal(await votes.end(branch.id, 'roll back'), 'rolled back')
        assert.match(String(await waiting), /^TARGET-UNA/)
        await holder.run('insert into t values (4)')
        await holder.run('commit')
        await holder.end()
        assert.deepEqual(await numbers(database), [1, 4])
      })
    })

    it('is fit, and says what the server lacks', async () => {
      const database = await make()
      await withDatabase(database, {}, async ({ votes }) => {
        assert.deepEqual(await votes.unfit(), [])
      })
    })
  })

describe('sql participant (PostgreSQL alone)', { skip: servers[0]?.skip }, () => {
  it('refuses at the promise what is checked at the commit, and what cannot be promised', async () => {
    const database = await postgresDatabase()
    await database.run('create table p (n integer primary key)')
    await database.run('create table t (n integer references p deferrable initially deferred)')
    await withDatabase(database, {}, async ({ votes, said }) => {
      await rejectsWith(votes.prepare(said(sqlText`insert into t values (1)`), never), 'TARGET-REFUSED')
      const temporary = said(sqlText`create temporary table x (n integer)`)
      await rejectsWith(votes.prepare(temporary, never), 'TARGET-CONTRACT')
      assert.deepEqual(await votes.prepared(prefix), [])
    })
  })

  it('tells since when, and what it locks', async () => {
    const database = await postgresDatabase()
    await database.run('create table t (n integer primary key)')
    await withDatabase(database, {}, async ({ votes, said }) => {
      const branch = said(sqlText`insert into t values (1)`)
      await votes.prepare(branch, never)
      const [listed] = await votes.prepared(prefix)
      assert.equal(listed?.id, branch.id)
      assert.match(String(listed?.holds), /\bt RowExclusiveLock/)
      assert.ok(Math.abs(Number(listed?.since) - Date.now()) < 600_000)
    })
  })

  it('says how to make a server fit', { skip: withoutCluster }, async () => {
    const cluster = await makeCluster({ max_prepared_transactions: '0' })
    await cluster.start()
    const database = await postgresDatabase(cluster.url)
    await database.run('create table t (n integer)')
    await withDatabase({ ...database, destroy: () => cluster.destroy() }, {}, async ({ votes, said }) => {
      const [problem] = await votes.unfit()
      assert.match(String(problem), /max_prepared_transactions is 0: set it, .*restart/)
      await rejectsWith(votes.prepare(said(sqlText`insert into t values (1)`), never), 'CONFIG-INVALID')
    })
  })

  it('does not take part where transactions are read-only, or promises run out', async () => {
    const database = await postgresDatabase()
    const url = new URL(database.url)
    url.searchParams.set('options', `${url.searchParams.get('options')} -c default_transaction_read_only=on`)
    await withDatabase({ ...database, url: url.href }, { connections: 5000 }, async ({ votes }) => {
      const problems = (await votes.unfit()).join('\n')
      assert.match(problems, /read-only/)
      assert.match(problems, /5000 branches can be in flight/)
    })
  })
})

describe('sql participant (MariaDB alone)', { skip: servers[1]?.skip }, () => {
  it('promises nothing for a table that has no transactions', async () => {
    const [, mariadb] = servers
    const database = (await mariadb?.make()) as TestDatabase
    await database.run('create table t (n integer primary key) engine=MyISAM')
    await withDatabase(database, {}, async ({ votes, branch }, target) => {
      const rows = target.table('rows', Row, { table: 't', mode: 'insert' })
      await rejectsWith(votes.prepare(branch(rows as never, { n: 1 }), never), 'TARGET-CONTRACT')
      assert.deepEqual(await numbers(database), [])
    })
  })
})
