import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Numbers } from './numbers.ts'

test('a number is new once, however numbers follow each other', () => {
  const number = fc.oneof(
    fc.integer({ min: 0, max: 12 }).map(String),
    fc.integer({ min: 0, max: 12 }).map(each => String(each).padStart(4, '0')),
    fc.constantFrom('', 'A1', '9', '10', '0009', '0010', '9007199254740993'),
  )
  fc.assert(
    fc.property(fc.array(number, { maxLength: 30 }), numbers => {
      const found = new Numbers()
      const known = new Set<string>()
      for (const each of numbers) {
        assert.equal(found.add(each), !known.has(each), `${each} in ${numbers}`)
        known.add(each)
      }
    }),
  )
})
