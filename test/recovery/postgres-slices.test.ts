import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Client } from 'pg'
import { Database } from '../../src/store/postgres/database.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { dropSlice } from '../../src/store/postgres/slices.ts'
import type { Claim, Store } from '../../src/store/store.ts'
import {
  allEntries,
  ended,
  flowState,
  message,
  messages,
  retiredOf,
  settlement,
  timeOf,
  to,
  waiting,
} from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, query, testUrl, withoutPostgres } from './postgres-fixture.ts'
import { sliceAt } from './postgres-slices.ts'

describe('the slices of a journal in PostgreSQL', { skip: withoutPostgres }, () => {
  it('are made ahead of time and hold what is accepted then', () =>
    withStore(async (store, _, schema) => {
      assert.equal(await store.retire({ before: timeOf(1) }), 0)
      const slices = await query(`SELECT no, low, high FROM "${schema}".slices ORDER BY high`)
      assert.equal(slices.length, 2)
      const [first, next] = slices as { low: string | null; high: string }[]
      assert.equal(first?.low, null)
      assert.equal(next?.low, first?.high)
      assert.ok(Number(next?.high) > Date.now() + 3_600_000)
      const at = [Date.now(), Number(next?.low), Number(next?.high) - 1, Number(next?.high)]
      await store.accept(at.map((acceptedAt, n) => message(n + 1, { acceptedAt })))
      const found = await query(
        `SELECT seq, tableoid::regclass::text AS slice FROM "${schema}".entries ORDER BY seq`,
      )
      const places = found.map(({ slice }) => String(slice).split('_').at(-1))
      assert.deepEqual(places, ['0', '1', '1', 'rest'])
      assert.equal((await allEntries(store.read, 'orders')).length, 4)
    }))

  it('go as a whole when all is due, but for what is not finished, and everything stays exact', () =>
    withStore(async (store, claim, schema) => {
      await sliceAt(schema, [5, 15, 25, 35].map(timeOf))
      const flowOf = (n: number) => (n % 2 === 0 ? 'orders' : 'stock')
      await store.accept(messages(40).map((each, n) => ({ ...each, flows: [to(flowOf(n), each.id)] })))
      const open = [3, 9, 20]
      for (const flow of ['orders', 'stock']) {
        const seqs = (await allEntries(store.read, flow)).map(({ seq }) => seq)
        const unfinished = flow === 'orders' ? open.map(seq => waiting(seq, { status: 'parked' })) : []
        const settled = seqs
          .filter(seq => flow !== 'orders' || !open.includes(seq))
          .map(seq => ended(seq, { outcome: seq % 3 === 0 ? 'filtered' : 'delivered' }))
        await store.settle(settlement(claim, seqs.length, { flow, settled, unfinished }))
      }
      // 1 to 4 in the first slice, 5 to 14 and 15 to 24 in whole ones; that of 25 is not due yet.
      assert.equal(await retireAll(store, { before: timeOf(30) }), 22)
      const left = await allIds(store)
      const kept = (n: number) => n >= 25 || [5, 17].includes(n)
      const ids = Array.from({ length: 40 }, (_, n) => n + 1).filter(kept)
      assert.deepEqual(left, ids.map(n => `id-${n}`).sort())
      const tables = await query(`SELECT no FROM "${schema}".slices WHERE no BETWEEN 1 AND 3`)
      assert.deepEqual(tables, [{ no: 3 }])
      await balanced(store)
      assert.deepEqual((await store.read.find({ keys: ['id-17'], limit: 9 })).messages.length, 1)
      assert.deepEqual((await store.read.find({ keys: ['id-18'], limit: 9 })).messages.length, 0)
      // What was left ends and goes row by row; what has gone stays away.
      const late = settlement(claim, 20, { flow: 'orders', settled: [...open, 4].map(seq => ended(seq)) })
      await store.settle(late)
      assert.equal((await store.read.settled({ flow: 'orders', from: 4, to: 4 })).length, 0)
      assert.equal(await retireAll(store, { before: timeOf(30) }), 2)
      await store.settle(late)
      await balanced(store)
      assert.equal(await retireAll(store, { before: timeOf(99) }), 16)
      assert.deepEqual(await allIds(store), [])
      await balanced(store)
      assert.deepEqual(await store.accept([message(41)]), [{ status: 'accepted', id: 'id-41', seqs: [21] }])
    }))

  it('stay while a snapshot reads, which sees one moment, and go afterwards', () =>
    withStore(async (store, claim, schema) => {
      await sliceAt(schema, [1, 9].map(timeOf))
      await store.accept(messages(8))
      await store.settle(settlement(claim, 8, { settled: [1, 2, 3, 4, 5, 6, 7, 8].map(seq => ended(seq)) }))
      await store.read.snapshot(async reader => {
        assert.equal(await store.retire({ before: timeOf(9) }), 0)
        assert.equal((await allEntries(reader, 'orders')).length, 8)
        await store.accept([message(9)])
        assert.equal((await flowState(reader)).entries, 8)
      })
      assert.equal(await retireAll(store, { before: timeOf(9) }), 8)
      await balanced(store)
    }))

  it('are gone with their counts or not at all, wherever the process is killed', () =>
    withStore(async (store, claim, schema) => {
      await sliceAt(schema, [1, 9].map(timeOf))
      await store.accept(messages(8))
      const settled = [1, 2, 3, 5, 6, 7].map(seq => ended(seq))
      await store.settle(settlement(claim, 8, { settled, unfinished: [waiting(4), waiting(8)] }))
      for (let statement = 1; ; statement++) {
        const died = await dropAndDie(schema, statement)
        await balanced(store)
        const state = await flowState(store.read)
        if (died) assert.equal(retiredOf(state), 0, `killed at statement ${statement}`)
        else {
          assert.ok(statement > 6)
          assert.equal(retiredOf(state), 6)
          return
        }
      }
    }))
})

/** Gives whether the connection was killed before its `last`-th statement, or there are not so many. */
async function dropAndDie(schema: string, last: number): Promise<boolean> {
  const database = new Database({ url: testUrl, schema, readers: 1, patience: 5000 })
  let count = 0
  const mortal = {
    options: database.options,
    async connect() {
      const client = await database.connect()
      const run = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>
      const query = (...all: unknown[]) =>
        ++count === last ? run('SELECT pg_terminate_backend(pg_backend_pid())') : run(...all)
      return Object.assign(client, { query }) as Client
    },
  }
  try {
    await dropSlice(mortal as unknown as Database, { no: 1, low: 0, high: 1, whole: true, bytes: 0 })
    return false
  } catch {
    assert.equal(count, last)
    return true
  }
}

async function allIds(store: Store): Promise<string[]> {
  const all = [...(await allEntries(store.read, 'orders')), ...(await allEntries(store.read, 'stock'))]
  return all.map(({ id }) => id).sort()
}

/** Every message is in the journal or counted as retired, and nothing is recorded of one that is gone. */
async function balanced(store: Store): Promise<void> {
  await store.read.snapshot(async reader => {
    for (const state of await reader.flows()) {
      const { flow, head } = state
      const seqs = (await allEntries(reader, flow)).map(({ seq }) => seq)
      assert.equal(state.entries, seqs.length)
      assert.equal(retiredOf(state) + seqs.length, head)
      const settled = await reader.settled({ flow, from: 1, to: head })
      assert.deepEqual(
        settled.filter(({ seq }) => !seqs.includes(seq)),
        [],
      )
    }
  })
}

async function retireAll(store: Store, limits: { before: number }): Promise<number> {
  let gone = 0
  for (let count = -1; count !== 0; gone += count) count = await store.retire(limits)
  return gone
}

async function withStore(use: (store: Store, claim: Claim, schema: string) => Promise<void>): Promise<void> {
  const schema = freshSchema()
  const store = postgresStore({ url: testUrl, schema })
  try {
    await use(store, await store.claim('test'), schema)
  } finally {
    await store.close()
    await dropSchema(schema)
  }
}
