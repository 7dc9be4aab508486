import assert from 'node:assert/strict'
import { test } from 'node:test'
import { products } from '../integration/sql-harness.ts'
import { accounts, bankDay, type TransferData } from './bank.ts'

/** Each account pays each other one again and again; one in five is taken back. */
const transfers: readonly TransferData[] = Array.from({ length: 24 }, (_, n) => ({
  no: `T${n}`,
  from: accounts[n % 3] as string,
  to: accounts[(n + 1 + (n % 2)) % 3] as string,
  cents: 101 + ((n * 7_919) % 4_999),
  booked: n % 5 === 0 ? 'no' : 'yes',
}))

test('where each write compares, no cent is lost and no balance forgets a movement (G26)', async t => {
  for (const { name, skip, make } of products)
    await t.test(name, { skip }, async t => {
      const database = await make()
      t.after(() => database.destroy())
      const { ended, outdated, ...books } = await bankDay(database, 'compares', transfers)
      assert.deepEqual(books, { missing: 0, wrong: [], strayed: 0 })
      assert.equal((ended.completed ?? 0) + (ended.compensated ?? 0), transfers.length)
      assert.ok((ended.compensated ?? 0) > 0, 'none was taken back')
      assert.ok(outdated > 0, 'no two transfers met')
    })
})

test('the same transfers lose money where a write overwrites what others have written (G26)', async t => {
  for (const { name, skip, make } of products)
    await t.test(name, { skip }, async t => {
      const database = await make()
      t.after(() => database.destroy())
      const { wrong, missing } = await bankDay(database, 'overwrites', transfers)
      assert.notEqual(missing, 0)
      assert.notEqual(wrong.length, 0)
    })
})
