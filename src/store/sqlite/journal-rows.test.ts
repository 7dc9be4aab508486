import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Claim, NewMessage, Settled, Store } from '../store.ts'
import { packedRows, unpacked } from './settled-rows.ts'
import { sqliteStore } from './sqlite-store.ts'
import { verifySqliteStore } from './verify.ts'

const message = (n: number, body: Uint8Array = Buffer.from(`body ${n}`)): NewMessage => ({
  flows: ['orders', 'stock'].map(flow => ({ flow, partition: 0, key: `${flow}-${n % 7}` })),
  id: `id-${n}`,
  head: { source: 'mes', type: 'made', time: n, contentType: 'text/plain' },
  body,
  acceptedAt: n,
  identity: `mes/${n}`,
})
const messages = (first: number, count: number) => Array.from({ length: count }, (_, n) => message(first + n))

async function withStore(use: (store: Store, claim: Claim, path: string) => Promise<void>): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'isthmus-rows-'))
  const store = sqliteStore({ path, ballastBytes: 4096 })
  try {
    await use(store, await store.claim('test'), path)
    assert.deepEqual(verifySqliteStore(path), [])
  } finally {
    await store.close()
    rmSync(path, { recursive: true, force: true })
  }
}

function rowsOf(path: string): number {
  const db = new DatabaseSync(join(path, 'journal.db'), { readOnly: true })
  const count = Number(db.prepare('select count(*) as n from journal').get()?.n)
  db.close()
  return count
}

test('what a call repeats is left out of its rows, in every flow, wherever it stands', () =>
  withStore(async (store, _, path) => {
    await store.accept(messages(1, 3))
    const sent = [2, 10, 11, 1, 12, 10, 3].map(n => message(n))
    const accepted = await store.accept(sent)
    assert.deepEqual(
      accepted.map(each => (each.status === 'accepted' ? each.seqs : each.id)),
      ['id-2', [4, 4], [5, 5], 'id-1', [6, 6], 'id-10', 'id-3'],
    )
    for (const flow of ['orders', 'stock']) {
      const entries = await store.read.entries({ flow, limit: 99 })
      assert.deepEqual(
        entries.map(({ seq, id, key }) => [seq, id, key]),
        [1, 2, 3, 10, 11, 12].map((n, at) => [at + 1, `id-${n}`, `${flow}-${n % 7}`]),
      )
    }
    assert.equal(rowsOf(path), 2 * 3)
  }))

test('a row holds no more than it may, but a large message alone', () =>
  withStore(async (store, _, path) => {
    const bodies = [1, 20_000, 20_000, 300_000, 1].map(size => new Uint8Array(size).fill(size % 251))
    await store.accept(bodies.map((body, n) => message(n, body)))
    const entries = await store.read.entries({ flow: 'orders', limit: 99 })
    assert.deepEqual(
      entries.map(({ body }) => Buffer.from(body)),
      bodies.map(body => Buffer.from(body)),
    )
    assert.equal(rowsOf(path), 2 * 4)
    await store.accept(messages(100, 600))
    assert.equal(rowsOf(path), 2 * 4 + 2 * 3)
  }))

test('of a row whose messages go in part, the others stay and are found', () =>
  withStore(async (store, { token }) => {
    await store.accept(messages(1, 300))
    const kept = [1, 77, 256, 257, 300]
    const settled = Array.from({ length: 300 }, (_, n): Settled => {
      return { seq: n + 1, outcome: 'delivered', at: n, attempts: 1 }
    }).filter(({ seq }) => !kept.includes(seq))
    await store.settle({ flow: 'orders', partition: 0, token, cursor: 0, settled, unfinished: [] })
    assert.equal(await store.retire({ before: 10_000 }), 295)
    const left = await store.read.entries({ flow: 'orders', limit: 999 })
    assert.deepEqual(
      left.map(({ seq }) => seq),
      kept,
    )
    for (const seq of kept) {
      const found = await store.read.entries({ flow: 'orders', id: `id-${seq}`, limit: 9 })
      assert.deepEqual(
        found.map(each => each.seq),
        [seq],
      )
    }
    assert.equal((await store.read.entries({ flow: 'stock', limit: 999 })).length, 300)
  }))

test('what is packed as one is given back for each', () => {
  const settled: Settled[] = [
    { seq: 5, outcome: 'delivered', at: 10, attempts: 1 },
    { seq: 6, outcome: 'delivered', at: 10, attempts: 1 },
    { seq: 8, outcome: 'delivered', at: 10, attempts: 1 },
    { seq: 9, outcome: 'delivered', at: 10, attempts: 2 },
    { seq: 10, outcome: 'filtered', at: 9, attempts: 2, note: 'no' },
    { seq: 11, outcome: 'filtered', at: 9, attempts: 2, note: 'no' },
    { seq: 12, outcome: 'delivered', at: 9, attempts: 2, results: { ask: { a: 1 } } },
    { seq: 1029, outcome: 'discarded', at: 0, attempts: 1 },
  ]
  const rows = packedRows(settled.toReversed())
  assert.deepEqual(
    rows.map(({ first, last, count }) => [first, last, count]),
    [
      [5, 12, 7],
      [1029, 1029, 1],
    ],
  )
  assert.deepEqual(
    rows.flatMap(({ first, data }) => unpacked(first, data)),
    settled,
  )
})
