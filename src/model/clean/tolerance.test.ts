import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { countTolerance, type Tolerance } from './tolerance.ts'

/** The row, counted from 1, at which the batch stops, with the reason. */
function stop(tolerance: Tolerance, rows: readonly boolean[]) {
  const count = countTolerance(tolerance)
  for (const [n, isBad] of rows.entries()) {
    const reason = count.row(isBad)
    if (reason !== undefined) return { at: n + 1, reason }
  }
  const reason = count.end()
  return reason === undefined ? undefined : { at: 'end', reason }
}

const bad = (n: number) => Array.from({ length: n }, () => true)
const good = (n: number) => Array.from({ length: n }, () => false)

test('a batch stops at the first bad row beyond those allowed', () => {
  assert.equal(stop({ rows: 2 }, [...bad(2), ...good(9)]), undefined)
  assert.deepEqual(stop({ rows: 2 }, [...bad(2), ...good(5), ...bad(1)]), {
    at: 8,
    reason: '3 rows are bad; at most 2 may be',
  })
  assert.equal(stop({ rows: 0 }, bad(1))?.at, 1)
  assert.equal(stop({}, bad(5000)), undefined)
})

test('a batch stops when the last rows of its window hold too many bad ones, and not for bad ones long ago', () => {
  const tolerance = { ratio: 0.01, window: 100 }
  const spread = Array.from({ length: 10_000 }, (_, n) => n % 100 === 7)
  assert.equal(stop(tolerance, spread), undefined)
  assert.deepEqual(stop(tolerance, [...spread, ...bad(1)]), {
    at: 10_001,
    reason: '2 of the last 100 rows are bad; at most 1% of them may be',
  })
})

test('before a window is full only what is certain already stops the batch', () => {
  assert.equal(stop({ ratio: 0.01, window: 100 }, [...bad(1), ...good(99)]), undefined)
  assert.deepEqual(stop({ ratio: 0.01, window: 100 }, bad(2)), {
    at: 2,
    reason: '2 of the first 2 rows are bad; of 100 at most 1% may be',
  })
  assert.equal(stop({ ratio: 0.5 }, [...bad(3), ...good(2)])?.at, 'end')
  assert.equal(stop({ ratio: 0.5 }, []), undefined)
})

test('counted in a window as by hand', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 60 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 0, max: 10 }),
      (rows, window, tenths) => {
        const ratio = tenths / 10
        const byHand = rows.findIndex((_, n) => {
          const last = rows.slice(Math.max(0, n + 1 - window), n + 1)
          return last.filter(Boolean).length > window * ratio
        })
        const few = rows.length < window && rows.filter(Boolean).length > rows.length * ratio
        const wanted = byHand >= 0 ? byHand + 1 : few ? 'end' : undefined
        assert.equal(stop({ ratio, window }, rows)?.at, wanted)
      },
    ),
  )
})

test('what is no tolerance is refused', () => {
  for (const wrong of [{ rows: -1 }, { rows: 1.5 }, { ratio: 2 }, { ratio: 0.1, window: 0 }, { window: 5 }])
    assert.throws(() => countTolerance(wrong), { code: 'FLOW-DEFINITION' }, JSON.stringify(wrong))
})
