import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foundBy, heldOf, passedOf, type QualityRecord } from './rates.ts'

const check = (results: { run: string; ok: boolean; found: string }[]) => {
  return { table: 'orders', check: 'unique', severity: 'stop', results } as const
}

test('what was not checked has not passed, and is no part of the rate', () => {
  const own = check([{ run: 'b', ok: true, found: 'none' }])
  const record: QualityRecord = {
    runs: ['c', 'b', 'a'].map(key => ({ key, status: 'published', until: 0 })),
    tables: [],
    checks: [],
  }
  assert.deepEqual(
    foundBy(record, own).map(({ run, found }) => `${run} ${found}`),
    ['a notChecked', 'b holds', 'c notChecked'],
  )
  assert.deepEqual(heldOf(own), { held: 1, of: 1 })
  assert.equal(heldOf(check([])), undefined)
})

test('of rows those passed that were not set aside', () => {
  const rows = [
    { run: 'a', read: 10, parked: 1 },
    { run: 'b', read: 30, parked: 0 },
  ]
  assert.deepEqual(passedOf({ table: 'orders', rows }), { passed: 39, of: 40 })
  assert.equal(passedOf({ table: 'orders', rows: [] }), undefined)
})
