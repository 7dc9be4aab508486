import assert from 'node:assert/strict'
import { test } from 'node:test'
import { baseUnit, inBaseUnit } from './units.ts'

test('quantities are converted exactly', () => {
  const known: [string, string, string][] = [
    ['0.041234', 'T', '41.234'],
    ['250.000000', 'G', '0.250'],
    ['1.1', 'KG', '1.100'],
    ['7', 'PCS', '7.000'],
  ]
  for (const [quantity, unit, expected] of known) assert.equal(inBaseUnit(quantity, unit), expected)
  assert.equal(baseUnit('T'), 'KG')
})

test('what cannot be converted exactly is refused with a reason', () => {
  assert.throws(() => inBaseUnit('0.5', 'G'), /at most 3 decimal places/)
  assert.throws(() => inBaseUnit('1', 'DRUM'), /The unit DRUM is not known/)
})
