import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { IsthmusError } from '../../src/errors.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { Store } from '../../src/store/store.ts'
import {
  ended,
  flowState,
  identified,
  message,
  messages,
  rejectsWith,
  seqsOf,
  settlement,
  to,
  waiting,
} from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, query, testUrl, withoutPostgres } from './postgres-fixture.ts'

describe('PostgreSQL store on a failing server', { skip: withoutPostgres }, () => {
  it('says that the server is full, keeps nothing, and goes on when there is space', () =>
    withStore({}, async (store, schema) => {
      await store.accept([message(1)], { source: 'mes', position: 1 })
      await failing(schema, 'entries', '53100')
      await rejectsWith('STORE-FULL', store.accept([identified(2, 'a')], { source: 'mes', position: 2 }))
      await query(`DROP TRIGGER fails ON "${schema}".entries`)
      assert.equal(await store.read.position('mes'), 1)
      assert.deepEqual(seqsOf((await store.accept([identified(3, 'a')]))[0]), [2])
    }))

  it('repeats a transaction that fell to a deadlock or a conflict', () =>
    withStore({}, async (store, schema) => {
      const claim = await store.claim('test')
      await store.accept([message(1)])
      for (const [n, state] of ['40P01', '40001'].entries()) {
        await failing(schema, 'entries', state, 'once')
        await failing(schema, 'settled', state, 'once')
        assert.deepEqual(seqsOf((await store.accept([message(n + 2)]))[0]), [n + 2])
        await store.settle(settlement(claim, n + 1, { settled: [ended(n + 1)] }))
      }
      assert.equal((await store.read.settled({ flow: 'orders', from: 1, to: 9 })).length, 2)
    }))

  it('does again what the server ended to resolve a deadlock, and keeps it once', () =>
    withStore({ patience: 60_000 }, async (store, schema) => {
      const claim = await store.claim('test')
      await store.accept(messages(2))
      await store.settle(settlement(claim, 2, { unfinished: [waiting(1), waiting(2)] }))
      const foreign = new pg.Client({ connectionString: testUrl })
      await foreign.connect()
      const locked = (seq: number) =>
        foreign.query(`SELECT FROM "${schema}".unfinished WHERE seq = ${seq} FOR UPDATE`)
      await foreign.query("BEGIN; SET LOCAL deadlock_timeout = '60s'")
      await locked(2)
      // It takes the rows in order, so it holds the first and waits for the second; then each waits for the other.
      const settling = store.settle(settlement(claim, 2, { settled: [ended(1), ended(2)] }))
      const blocked = `SELECT FROM pg_stat_activity WHERE application_name = 'isthmus ${schema}' AND wait_event_type = 'Lock'`
      while ((await query(blocked)).length === 0) await new Promise(setImmediate)
      let isFree = false
      const other = locked(1).then(() => {
        isFree = true
      })
      const waits = `SELECT FROM pg_stat_activity WHERE query LIKE '%"${schema}".unfinished WHERE seq = 1 FOR UPDATE%'
        AND wait_event_type = 'Lock'`
      while ((await query(waits)).length === 0) assert.equal(isFree, false, 'there is no deadlock')
      await other
      await foreign.query('COMMIT')
      await foreign.end()
      await settling
      assert.deepEqual(await store.read.settled({ flow: 'orders', from: 1, to: 9 }), [ended(1), ended(2)])
      assert.deepEqual(await store.read.unfinished({ flow: 'orders', limit: 9 }), [])
    }))

  it('lets everything else go on while one question takes long', () =>
    withStore({}, async (store, schema) => {
      const claim = await store.claim('test')
      await store.accept(messages(20))
      const foreign = new pg.Client({ connectionString: testUrl })
      await foreign.connect()
      await foreign.query(`BEGIN; LOCK TABLE "${schema}".positions IN ACCESS EXCLUSIVE MODE`)
      let isAnswered = false
      const slow = store.read.position('mes').then(() => {
        isAnswered = true
      })
      for (let n = 1; n <= 20; n++) {
        await store.settle(settlement(claim, n, { settled: [ended(n)] }))
        assert.equal((await store.read.entries({ flow: 'orders', after: n - 1, limit: 1 }))[0]?.seq, n)
      }
      assert.equal((await flowState(store.read)).entries, 20)
      assert.equal(isAnswered, false)
      await foreign.query('COMMIT')
      await foreign.end()
      await slow
    }))

  it('rejects a message that the server cannot keep, and none of those beside it', () =>
    withStore({}, async store => {
      const calls = [1, 2, 3, 4, 5].map(n => {
        const flows = [to('orders', 'k', n === 3 ? 2 ** 40 : 0)]
        return store.accept([message(n, { at: flows })])
      })
      const [one, two, bad, ...others] = await Promise.allSettled(calls)
      assert.equal(bad?.status === 'rejected' && bad.reason.code, 'STORE-FAILED')
      assert.ok([one, two, ...others].every(each => each?.status === 'fulfilled'))
      assert.equal((await flowState(store.read)).head, 4)
    }))

  it('is unavailable on a read-only server, and goes on when that is over', async () => {
    const database = freshSchema()
    const url = Object.assign(new URL(testUrl), { pathname: `/${database}` }).href
    await query(`CREATE DATABASE "${database}"`)
    const before = postgresStore({ url })
    const store = postgresStore({ url, patience: 10_000 })
    try {
      await before.accept([message(1)])
      await before.close()
      await query(`ALTER DATABASE "${database}" SET default_transaction_read_only = on`)
      await rejectsWith('STORE-UNAVAILABLE', store.accept([message(2)]))
      assert.equal((await flowState(store.read)).head, 1, 'it can be read')
      await query(`ALTER DATABASE "${database}" RESET default_transaction_read_only`)
      assert.deepEqual(seqsOf((await store.accept([message(3)]))[0]), [2])
    } finally {
      await store.close()
      await query(`DROP DATABASE "${database}" WITH (FORCE)`)
    }
  })

  it('does not let calls wait for long behind a foreign lock, and keeps only what it answers', () =>
    withStore({ patience: 2000 }, async (store, schema) => {
      await store.accept([message(1)])
      const foreign = new pg.Client({ connectionString: testUrl })
      await foreign.connect()
      await foreign.query(`BEGIN; SELECT * FROM "${schema}".flows FOR UPDATE`)
      const sent = store.accept([message(2)])
      await new Promise(setImmediate)
      const behind = [3, 4, 5].map(n => store.accept([message(n)]))
      for (const each of behind) await rejectsWith('STORE-UNAVAILABLE', each)
      await foreign.query('COMMIT')
      await foreign.end()
      assert.deepEqual(seqsOf((await sent)[0]), [2])
      const entries = await store.read.entries({ flow: 'orders', limit: 9 })
      assert.deepEqual(
        entries.map(entry => entry.id),
        ['id-1', 'id-2'],
      )
    }))

  it('notices damaged rows and never hands them out', () =>
    withStore({}, async (store, schema) => {
      const claim = await store.claim('test')
      await store.accept(messages(9))
      await store.settle(
        settlement(claim, 9, { settled: [1, 2, 3].map(seq => ended(seq)), unfinished: [waiting(4)] }),
      )
      const { read } = store
      const damage = async (change: string, use: () => Promise<unknown>) => {
        await use()
        await query(`BEGIN; UPDATE "${schema}".${change}; COMMIT`)
        await assert.rejects(
          use,
          (error: IsthmusError) => error.code === 'STORE-FAILED' && /damaged/.test(error.message),
        )
      }
      await damage('entries SET body = set_byte(body, 3, get_byte(body, 3) # 1) WHERE seq = 5', () =>
        read.entries({ seqs: [5], limit: 9 }),
      )
      await damage("entries SET key = 'key-8' WHERE seq = 6", () => read.entries({ seqs: [6], limit: 9 }))
      await damage('entries SET seq = 70 WHERE seq = 7', () => read.entries({ after: 6, limit: 9 }))
      await damage("settled SET outcome = 'filtered' WHERE seq = 2", () =>
        read.settled({ flow: 'orders', from: 2, to: 2 }),
      )
      await damage("unfinished SET detail = replace(detail, '1', '2')", () =>
        read.unfinished({ flow: 'orders', limit: 9 }),
      )
      assert.equal((await read.entries({ seqs: [1, 2, 3], limit: 9 })).length, 3)
    }))

  it('says what is wrong with the URL, in bounded time and without the password', async () => {
    const unreachable = postgresStore({ url: 'postgres://user:secret@127.0.0.1:1/db', patience: 300 })
    const absent = postgresStore({
      url: Object.assign(new URL(testUrl), { pathname: '/absent' }).href,
    })
    const said = async (promise: Promise<unknown>) => {
      const error = await promise.catch(error => error)
      assert.ok(error instanceof IsthmusError)
      assert.doesNotMatch(JSON.stringify({ ...error, message: error.message, stack: error.stack }), /secret/)
      return error.code
    }
    const asked = (store: Store) => [store.claim('x'), store.accept([message(1)]), store.read.flows()]
    assert.deepEqual(new Set(await Promise.all(asked(unreachable).map(said))), new Set(['STORE-UNAVAILABLE']))
    assert.deepEqual(new Set(await Promise.all(asked(absent).map(said))), new Set(['CONFIG-INVALID']))
    await unreachable.close()
    await absent.close()
  })

  it('says what to install when the driver is missing', async () => {
    const store = fileURLToPath(new URL('../../src/store/postgres/postgres-store.ts', import.meta.url))
    const script = `
      import { registerHooks } from 'node:module'
      registerHooks({ resolve(name, context, next) {
        if (name === 'pg') throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' })
        return next(name, context)
      } })
      const { postgresStore } = await import(${JSON.stringify(store)})
      await postgresStore({ url: 'postgres://x' }).claim('x').catch(error => console.log(error.code, error.message))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    assert.match(stdout, /^CONFIG-DRIVER .*npm install pg$/m)
  })
})

/** Lets the server refuse every insert into a table, or the first one. */
async function failing(schema: string, table: string, state: string, once?: 'once'): Promise<void> {
  const name = `"${schema}".fails_${table}_${state.toLowerCase()}`
  await query(`
    CREATE SEQUENCE ${name};
    CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF ${once ? `nextval('${name}') = 1` : 'true'} THEN
        RAISE EXCEPTION 'as asked by the test' USING ERRCODE = '${state}';
      END IF;
      RETURN NEW;
    END $$;
    CREATE OR REPLACE TRIGGER fails BEFORE INSERT ON "${schema}".${table} FOR EACH ROW EXECUTE FUNCTION ${name}()`)
}

async function withStore(
  options: { patience?: number },
  use: (store: Store, schema: string) => Promise<void>,
): Promise<void> {
  const schema = freshSchema()
  const store = postgresStore({ url: testUrl, schema, ...options })
  try {
    await use(store, schema)
  } finally {
    await store.close()
    await dropSchema(schema)
  }
}
