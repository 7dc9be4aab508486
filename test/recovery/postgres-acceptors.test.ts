import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { Accepted, NewMessage, Store } from '../../src/store/store.ts'
import {
  allEntries,
  ended,
  identified,
  message,
  seeded,
  seqsOf,
  settlement,
  to,
} from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, query, testUrl, withoutPostgres } from './postgres-fixture.ts'

describe('several processes that accept into one PostgreSQL store', { skip: withoutPostgres }, () => {
  it('number without gap, and commit lower numbers first', () =>
    withStores(async (first, second) => {
      const reader = first.read
      let running = true
      const accept = async (store: Store, seed: number) => {
        const random = seeded(seed)
        for (let call = 0; call < 60; call++) {
          const asked = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, lane) =>
            store.accept(batch(random, seed * 1_000_000 + call * 1000 + lane * 100)),
          )
          await Promise.all(asked)
        }
      }
      const done = Promise.all([accept(first, 1), accept(second, 2)]).finally(() => {
        running = false
      })
      let seen = 0
      while (running) {
        const seqs = (await reader.entries({ flow: 'orders', after: seen, limit: 100_000 })).map(
          entry => entry.seq,
        )
        assert.deepEqual(
          seqs,
          seqs.map((_, index) => seen + 1 + index),
          'a reader that has seen a number has seen every lower one',
        )
        seen = seqs.at(-1) ?? seen
      }
      await done
      for (const { flow, head } of await reader.flows()) {
        const entries = await allEntries(reader, flow)
        assert.deepEqual(
          entries.map(entry => entry.seq),
          Array.from({ length: head }, (_, index) => index + 1),
        )
      }
    }))

  it('accept an identity once, whatever the order in which it reaches them', () =>
    withStores(async (first, second, schema) => {
      for (let round = 0; round < 20; round++) {
        const names = Array.from({ length: 40 }, (_, n) => `round ${round} order ${n}`)
        const calls = (store: Store, base: number, order: readonly string[]) =>
          order.map((name, n) => {
            const at = { source: `${base} ${n}`, position: round, unlessConflict: true }
            return store.accept([identified(base + n, name, 'same', { flows: flowsOf(n) })], at)
          })
        const answers = await Promise.all([
          ...calls(first, 1_000_000 + round * 100, names),
          ...calls(second, 2_000_000 + round * 100, [...names].reverse()),
        ])
        checkTwins(answers.flat())
      }
      const [{ count } = {}] = await query(`SELECT count(*) FROM "${schema}".positions`)
      assert.equal(count, String(20 * 80), 'what is a duplicate holds no position back')
      const ids = (await allEntries(first.read, 'orders')).map(entry => entry.id)
      assert.equal(new Set(ids).size, ids.length)
    }))

  it('put what is asked at once into few transactions', () =>
    withStores(async (store, _, schema) => {
      const claim = await store.claim('test')
      await store.accept([message(0)])
      await store.settle(settlement(claim, 1, { settled: [ended(1)] }))
      const seqs = Array.from({ length: 900 }, (_, n) => n + 1)
      await Promise.all(seqs.map(n => store.accept([message(n)])))
      await Promise.all(seqs.map(n => store.settle(settlement(claim, n + 1, { settled: [ended(n + 1)] }))))
      const rows = await query(`SELECT last FROM "${schema}".sessions`)
      assert.deepEqual(rows, [{ last: '2' }, { last: '2' }], 'one transaction for 900 calls of each kind')
    }))

  it('accept while another one, which does not accept, owns the store', () =>
    withStores(async (first, second) => {
      await first.claim('worker')
      assert.deepEqual(seqsOf((await second.accept([message(1)]))[0]), [1])
      assert.equal((await first.read.entries({ flow: 'orders', limit: 9 })).length, 1)
    }))
})

function batch(random: () => number, base: number): NewMessage[] {
  return Array.from({ length: 1 + Math.floor(random() * 5) }, (_, n) => {
    const flows = [to('orders', 'k', n), to('stock', 'k', n), to('cost', 'k', n)]
    const some = flows.filter(() => random() < 0.5)
    const at = some.length === 0 ? flows.slice(0, 1) : random() < 0.5 ? some : some.reverse()
    return message(base + n, { at })
  })
}

/** Alternating, so that two processes lock the flows in opposite orders if they can. */
const flowsOf = (n: number) => (n % 2 === 0 ? [to('orders'), to('stock')] : [to('stock'), to('orders')])

function checkTwins(answers: readonly Accepted[]): void {
  const accepted = new Set(answers.filter(each => each.status === 'accepted').map(each => each.id))
  const duplicates = answers.filter(each => each.status === 'duplicate').map(each => each.id)
  assert.equal(accepted.size, answers.length / 2)
  assert.deepEqual(new Set(duplicates), accepted, 'each duplicate names the message that stands')
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
