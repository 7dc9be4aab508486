import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clip, widthOf } from './text-width.ts'

test('Chinese characters take two columns, accents and colours none', () => {
  assert.equal(widthOf('订单'), 4)
  assert.equal(widthOf('e\u0301'), 1)
  assert.equal(widthOf('\u001b[31mred\u001b[39m'), 3)
})

test('what is too wide is cut, and its colours end', () => {
  assert.equal(clip('short', 10), 'short')
  assert.equal(clip('订单订单订单', 7), '订单订…')
  assert.equal(clip('\u001b[31mabcdef\u001b[39m', 4), '\u001b[31mabc\u001b[39m…')
})
