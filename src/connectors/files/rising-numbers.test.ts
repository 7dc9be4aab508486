import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RisingNumbers } from './rising-numbers.ts'

test('writes each number as it is, whether it rises or not', () => {
  const numbers = [
    0,
    1,
    999,
    1000,
    1001,
    1999,
    2000,
    10_007,
    999_999,
    1_000_000,
    7,
    1000,
    2 ** 31,
    2 ** 53 - 1,
  ]
  const places = new RisingNumbers('a:')
  for (const number of numbers) assert.equal(places.text(number), `a:${number}`)
  const lines = new RisingNumbers('')
  for (let number = 1; number < 12_000; number += 7) assert.equal(lines.text(number), `${number}`)
})
