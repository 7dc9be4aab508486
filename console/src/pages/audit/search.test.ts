import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryOf } from './search.ts'

test('the last day is in the range as a whole, and what is no day says nothing', () => {
  const { from, to } = queryOf({ from: '2026-11-30', to: '2026-11-30' })
  assert.equal(Number(to) - Number(from), 24 * 60 * 60_000)
  assert.equal(new Date(Number(from)).getDate(), 30)
  assert.deepEqual(queryOf({ from: 'soon', actor: 'ann' }), { limit: 100, actor: 'ann' })
})
