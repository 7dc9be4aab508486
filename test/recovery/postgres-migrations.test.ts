import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import pg from 'pg'
import { Accepting } from '../../src/store/postgres/accepting.ts'
import { Database } from '../../src/store/postgres/database.ts'
import { GroupWriter } from '../../src/store/postgres/group-writer.ts'
import { acceptCall } from '../../src/store/postgres/incoming.ts'
import { migrate } from '../../src/store/postgres/migrate.ts'
import type { Migration } from '../../src/store/postgres/migrations.ts'
import { migrations } from '../../src/store/postgres/migrations.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { Store } from '../../src/store/store.ts'
import {
  allEntries,
  ended,
  flowState,
  identified,
  message,
  messages,
  rejectsWith,
  seqsOf,
  settlement,
  waiting,
} from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, query, testUrl, withoutPostgres } from './postgres-fixture.ts'

const next: Migration = {
  oldest: 1,
  sql: 'CREATE TABLE later (a int); ALTER TABLE flows ADD COLUMN added int',
}

describe('migrations of a PostgreSQL store', { skip: withoutPostgres }, () => {
  for (const [version, { sql, oldest }] of migrations.entries())
    it(`are safe to kill at each statement: from version ${version}, with what was in it`, () =>
      withSchema(async schema => {
        await migrated(schema, migrations.slice(0, version))
        if (version > 0) await fill(schema)
        const before = await shape(schema)
        const statements = statementsOf(sql)
        for (let count = 0; count <= statements.length; count++) {
          const killed = [...statements.slice(0, count), 'SELECT pg_terminate_backend(pg_backend_pid())']
          const next = { oldest, sql: killed.join(';') }
          await assert.rejects(migrated(schema, [...migrations.slice(0, version), next]))
          assert.deepEqual(await shape(schema), before, 'nothing of a killed migration stays')
        }
        await migrated(schema, migrations)
        await usable(schema)
        if (version > 0) await isAllThere(schema)
      }))

  it('are safe when a statement fails, and what follows them later finds a store that works', () =>
    withSchema(async schema => {
      await usable(schema)
      await assert.rejects(migrated(schema, [...migrations, { ...next, sql: `${next.sql}; SELECT 1/0` }]))
      await usable(schema)
      await migrated(schema, [...migrations, next])
      await usable(schema)
    }))

  it('go on beside an older release that accepts, in a store that has messages', () =>
    withSchema(async schema => {
      await migrated(schema, migrations.slice(0, -3))
      await fill(schema)
      const database = new Database({ url: testUrl, schema, readers: 1, patience: 20_000 })
      const older = new GroupWriter(unmigrated(database), new Accepting(schema, () => null))
      let done = false
      let accepted = filled
      const accepting = async () => {
        while (!done) {
          const [answer] = await older.ask(acceptCall([message(++accepted)], undefined))
          assert.equal(seqsOf(answer)[0], accepted)
        }
      }
      const lane = accepting()
      await migrated(schema, migrations)
      const reached = accepted + 5
      while (accepted < reached) await new Promise(setImmediate)
      done = true
      await lane
      await older.close()
      const store = postgresStore({ url: testUrl, schema })
      assert.equal((await allEntries(store.read, 'orders')).length, accepted)
      await store.close()
      await isAllThere(schema)
    }))

  it('run once when many processes meet an empty database', () =>
    withSchema(async schema => {
      const stores = Array.from({ length: 8 }, () => postgresStore({ url: testUrl, schema }))
      await Promise.all(stores.flatMap((store, n) => [store.accept([message(n)]), store.read.flows()]))
      assert.equal((await flowState((stores[0] as Store).read)).head, 8)
      for (const store of stores) await store.close()
    }))

  it('let the release before work on the store, unless they say that it cannot', () =>
    withSchema(async schema => {
      await usable(schema)
      await migrated(schema, [...migrations, next])
      await usable(schema)
      await migrated(schema, [...migrations, next, { oldest: migrations.length + 1, sql: 'SELECT 1' }])
      const store = postgresStore({ url: testUrl, schema })
      await rejectsWith('STORE-VERSION', store.claim('old release'))
      await rejectsWith('STORE-VERSION', store.accept([message(1)]))
      await rejectsWith('STORE-VERSION', store.read.flows())
      await store.close()
    }))
})

const filled = 30

/** Messages, of which some have ended and some wait, as an older release has written them. */
async function fill(schema: string): Promise<void> {
  const source = freshSchema()
  const store = postgresStore({ url: testUrl, schema: source })
  const claim = await store.claim('test')
  await store.accept(messages(filled - 1), { source: 'mes', position: 7 })
  await store.accept([identified(filled, 'known')])
  const settled = [1, 2, 3, 5, 8].map(seq => ended(seq))
  await store.settle(settlement(claim, 8, { settled, unfinished: [4, 6, 7].map(seq => waiting(seq)) }))
  await store.close()
  const columns = {
    entries: 'flow, seq, accepted_at, checksum, partition, bytes, id, key, head, body',
    flows: 'no, name, head, bytes',
    identities: 'name, content, id, accepted_at',
    positions: 'source, position',
    partitions: 'flow, partition, start, cursor',
    settled: 'flow, seq, ended_at, checksum, attempts, outcome, detail',
    unfinished: 'flow, seq, checksum, partition, status, key, detail',
  }
  const copies = Object.entries(columns).map(
    ([table, names]) =>
      `INSERT INTO "${schema}".${table} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM "${source}".${table}`,
  )
  await query(`BEGIN; ${copies.join(';')}; COMMIT`)
  await dropSchema(source)
}

async function isAllThere(schema: string): Promise<void> {
  const store = postgresStore({ url: testUrl, schema })
  const entries = (await allEntries(store.read, 'orders')).slice(0, filled)
  assert.deepEqual(
    entries.map(({ id }) => id),
    Array.from({ length: filled }, (_, n) => `id-${n + 1}`),
  )
  assert.deepEqual(
    (await store.read.settled({ flow: 'orders', from: 1, to: 99 })).map(({ seq }) => seq),
    [1, 2, 3, 5, 8],
  )
  assert.deepEqual(
    (await store.read.unfinished({ flow: 'orders', limit: 99 })).map(({ seq }) => seq),
    [4, 6, 7],
  )
  assert.equal(await store.read.position('mes'), 7)
  const again = await store.accept([identified(99, 'known')])
  assert.deepEqual(again, [{ status: 'duplicate', id: `id-${filled}` }])
  await store.close()
}

/** Everything that a migration could leave behind. */
async function shape(schema: string): Promise<unknown> {
  const names = `SELECT relname, relkind FROM pg_class WHERE relnamespace = to_regnamespace($1) ORDER BY relname`
  const constraints = `SELECT conname, convalidated FROM pg_constraint WHERE connamespace = to_regnamespace($1) ORDER BY conname`
  return [await query(names, [`"${schema}"`]), await query(constraints, [`"${schema}"`])]
}

/** Semicolons within a block are not ends. */
function statementsOf(sql: string): string[] {
  const text = sql.replaceAll(/^--.*$/gm, '')
  const statements = (text.match(/(?:\$\$[\s\S]*?\$\$|[^;])+/g) ?? []).map(each => each.trim())
  return statements.filter(each => each !== '')
}

/** Connects as an older release does, which finds the store newer than it needs. */
function unmigrated(database: Database): Database {
  const connect = async () => {
    const client = new pg.Client({ connectionString: testUrl })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  return Object.assign(database, { connect })
}

async function migrated(schema: string, steps: readonly Migration[]): Promise<void> {
  const client = new pg.Client({ connectionString: testUrl })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await migrate(client, schema, steps)
  } finally {
    await client.end()
  }
}

async function usable(schema: string): Promise<void> {
  const store = postgresStore({ url: testUrl, schema })
  await store.claim('test')
  const [answer] = await store.accept([message(1)])
  assert.equal(seqsOf(answer)[0], (await flowState(store.read)).head)
  await store.close()
}

async function withSchema(use: (schema: string) => Promise<void>): Promise<void> {
  const schema = freshSchema()
  try {
    await use(schema)
  } finally {
    await dropSchema(schema)
  }
}
