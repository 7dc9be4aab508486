import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matcher } from './name-pattern.ts'

test('a pattern knows * and ? and no case, and takes everything else by the letter', () => {
  const matching = {
    'orders-*.csv': 'ORDERS-7.CSV',
    '?.txt': 'é.txt',
    '*': 'x',
    'a+(b).[c]': 'a+(b).[c]',
    '*.中': '订单.中',
  }
  for (const [pattern, name] of Object.entries(matching)) assert.ok(matcher(pattern)(name), pattern)
  const other = { '*.csv': 'a.csv.ok', 'a.c': 'abc', '?': 'ab', 'a*c': 'ab', 'a|b': 'a' }
  for (const [pattern, name] of Object.entries(other)) assert.ok(!matcher(pattern)(name), pattern)
})
