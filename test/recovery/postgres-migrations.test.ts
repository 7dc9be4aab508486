import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import pg from 'pg'
import { migrate } from '../../src/store/postgres/migrate.ts'
import type { Migration } from '../../src/store/postgres/migrations.ts'
import { migrations } from '../../src/store/postgres/migrations.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { Store } from '../../src/store/store.ts'
import { flowState, message, rejectsWith, seqsOf } from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, query, testUrl, withoutPostgres } from './postgres-fixture.ts'

const next: Migration = {
  oldest: 1,
  sql: 'CREATE TABLE later (a int); ALTER TABLE flows ADD COLUMN added int',
}

describe('migrations of a PostgreSQL store', { skip: withoutPostgres }, () => {
  it('are safe to kill at each statement', () =>
    withSchema(async schema => {
      const statements = migrations.flatMap(({ sql }) => sql.replaceAll(/^--.*$/gm, '').split(';'))
      for (let count = 0; count < statements.length; count++) {
        const sql = [...statements.slice(0, count), 'SELECT pg_terminate_backend(pg_backend_pid())'].join(';')
        await assert.rejects(migrated(schema, [{ oldest: 1, sql }]))
        const left = await query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [schema])
        assert.deepEqual(left, [], 'nothing of a killed migration stays')
      }
      await usable(schema)
      await assert.rejects(migrated(schema, [...migrations, { ...next, sql: `${next.sql}; SELECT 1/0` }]))
      await usable(schema)
      await migrated(schema, [...migrations, next])
      await usable(schema)
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
