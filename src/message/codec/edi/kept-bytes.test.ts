import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeptBytes } from './kept-bytes.ts'

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString()

test('a range is what was there, over several chunks', () => {
  const kept = new KeptBytes(100)
  for (const chunk of ['abc', 'def', 'ghi']) kept.add(Buffer.from(chunk))
  assert.equal(textOf(kept.range(1, 8)), 'bcdefgh')
  kept.forget(4)
  assert.equal(textOf(kept.range(0, 9)), 'defghi')
  kept.forget(9)
  kept.add(Buffer.from('jkl'))
  assert.equal(textOf(kept.range(8, 11)), 'ijk')
})

test('of more than is kept, the begin and the end remain', () => {
  const kept = new KeptBytes(10)
  for (let count = 0; count < 1000; count++) kept.add(Buffer.from(String(count).padStart(4, '0')))
  assert.equal(textOf(kept.range(2, 4000)), '000999')
})
