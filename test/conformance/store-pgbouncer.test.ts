import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { startPgbouncer } from '../../scripts/servers/pgbouncer.ts'
import type { StartedServer } from '../../scripts/servers/server.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { describeStore } from '../../src/testing/describe-store.ts'
import { message } from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, query, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { postgresFixture } from './store-postgres-fixture.ts'

const given = process.env.ISTHMUS_TEST_PGBOUNCER
if (given === undefined && process.env.ISTHMUS_REQUIRE_SERVERS === '1')
  throw new Error('ISTHMUS_TEST_PGBOUNCER is not set: it must be the path of PgBouncer')
const skip = withoutPostgres || (given === undefined && 'no PgBouncer: ISTHMUS_TEST_PGBOUNCER is not set')

let server: Promise<StartedServer> | undefined
const pooled = async (): Promise<string> => {
  server ??= startPgbouncer(testUrl)
  return (await server).url
}

if (skip) describe('store postgres behind PgBouncer', () => it('conforms', { skip }, () => {}))
else
  describe('behind PgBouncer, by transaction', () => {
    after(async () => (await server)?.stop())
    describeStore('postgres behind PgBouncer', async () => postgresFixture(await pooled()), { durable: true })

    it('leaves no setting behind on connections that others use', async () => {
      const schema = freshSchema()
      const url = await pooled()
      const store = postgresStore({ url, schema })
      await store.claim('test')
      for (let n = 1; n <= 20; n++) await store.accept([message(n)])
      await store.read.flows()
      const settings = `SELECT name FROM pg_settings WHERE source = 'session' AND name IN
        ('enable_seqscan', 'plan_cache_mode', 'lock_timeout', 'tcp_keepalives_idle', 'search_path')`
      const left = await Promise.all(Array.from({ length: 8 }, () => query(settings, [], url)))
      assert.deepEqual(left.flat(), [])
      await store.close()
      await dropSchema(schema)
    })
  })
