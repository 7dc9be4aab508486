import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fixedRange, spanOf } from './range.ts'

const now = Date.parse('2026-11-30T12:00:00Z')

test('relative ranges end now, absolute ones stay', () => {
  assert.deepEqual(spanOf('15m', now), { from: now - 900_000, to: now })
  const fixed = '2026-11-30T11:00:00.000Z,2026-11-30T12:00:00.000Z'
  assert.equal(fixedRange('1h', now), fixed)
  assert.equal(fixedRange(fixed, now + 5), fixed)
})

test('what says no range is none', () => {
  for (const text of ['', 'h', '1w', 'a,b', '2026-11-30,2026-11-29', '2026-11-30'])
    assert.equal(spanOf(text, now), undefined, text)
})
