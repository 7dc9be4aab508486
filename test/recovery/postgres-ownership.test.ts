import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { Store } from '../../src/store/store.ts'
import {
  cursorOf,
  ended,
  flowState,
  messages,
  rejectsWith,
  settlement,
  waiting,
} from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, query, testUrl, withoutPostgres } from './postgres-fixture.ts'

describe('ownership of a PostgreSQL store', { skip: withoutPostgres }, () => {
  it('is fenced: an owner that lost its connections writes nothing after the next claim', () =>
    withStores(async (first, second, schema) => {
      const old = await first.claim('first')
      await first.accept(messages(3))
      await first.settle(settlement(old, 1, { unfinished: [waiting(1)] }))
      const next = await claimBetween(second, schema)
      assert.ok(next.token > old.token)
      assert.equal(next.clean, false, 'the one before did not close')
      const late = settlement(old, 3, { settled: [ended(1), ended(2)], unfinished: [waiting(3)] })
      await rejectsWith('STORE-FENCED', first.settle(late))
      assert.equal(cursorOf(await flowState(second.read)), 1)
      assert.deepEqual(await second.read.settled({ flow: 'orders', from: 1, to: 9 }), [])
      assert.equal((await second.read.unfinished({ flow: 'orders', limit: 9 })).length, 1)
      await first.close()
      await second.settle(settlement(next, 3, { settled: [ended(1)] }))
    }))

  it('is not marked clean by an owner that was replaced', () =>
    withStores(async (first, second, schema) => {
      await first.claim('first')
      await claimBetween(second, schema)
      await first.close()
      assert.deepEqual(await query(`SELECT clean FROM "${schema}".owner`), [{ clean: false }])
    }))

  it('passes on only after what its owner was recording: a claim waits for it', () =>
    withStores(async (first, second, schema) => {
      const old = await first.claim('first')
      await first.accept(messages(2))
      await first.settle(settlement(old, 1, { unfinished: [waiting(1)] }))
      const foreign = new pg.Client({ connectionString: testUrl })
      await foreign.connect()
      await foreign.query(`BEGIN; SELECT * FROM "${schema}".unfinished FOR UPDATE`)
      const settling = first.settle(settlement(old, 2, { settled: [ended(1), ended(2)] }))
      await until(async () => (await waitingFor(schema, 'WITH owned')) > 0)
      const claiming = claimBetween(second, schema)
      await until(async () => (await waitingFor(schema, 'SET token = o.token + 1')) > 0)
      await foreign.query('COMMIT')
      await foreign.end()
      await settling
      await claiming
      assert.equal(cursorOf(await flowState(second.read)), 2)
    }))

  it('comes back by itself after a lost connection, as long as nobody else has claimed', () =>
    withStores(async (first, second, schema) => {
      const claim = await first.claim('first')
      await first.accept(messages(1))
      await terminate(schema)
      await until(async () => (await query(`SELECT 1 FROM pg_locks WHERE ${heldBy(schema)}`)).length === 1)
      await rejectsWith('STORE-IN-USE', second.claim('second'))
      await first.settle(settlement(claim, 1, { settled: [ended(1)] }))
    }))
})

/** Takes the store from its owner, whose idle connection is cut again and again until the claim falls between. */
async function claimBetween(store: Store, schema: string) {
  let claimed = false
  const cuts = (async () => {
    while (!claimed)
      await query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE state LIKE 'idle%' AND ${heldBy(schema)}`,
      )
  })()
  const claim = await claimWhenFree(store)
  claimed = true
  await cuts
  return claim
}

async function claimWhenFree(store: Store) {
  for (;;) {
    const claim = await store.claim('next').catch(() => undefined)
    if (claim) return claim
  }
}

const heldBy = (schema: string): string =>
  `locktype = 'advisory' AND classid = ${0x69737468} AND objid = '"${schema}".owner'::regclass::oid AND granted`

async function terminate(schema: string): Promise<void> {
  await query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
    `isthmus ${schema}`,
  ])
}

/** How many of the store's statements that contain the text wait for a lock. */
async function waitingFor(schema: string, text: string): Promise<number> {
  const rows = await query(
    `SELECT 1 FROM pg_stat_activity
     WHERE application_name = $1 AND wait_event_type = 'Lock' AND position($2 IN query) > 0`,
    [`isthmus ${schema}`, text],
  )
  return rows.length
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(10)
}

async function withStores(
  use: (first: Store, second: Store, schema: string) => Promise<void>,
): Promise<void> {
  const schema = freshSchema()
  const stores = [1, 2].map(() => postgresStore({ url: testUrl, schema }))
  try {
    await use(stores[0] as Store, stores[1] as Store, schema)
  } finally {
    for (const store of stores) await store.close()
    await dropSchema(schema)
  }
}
