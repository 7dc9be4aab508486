import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64Bytes } from './base64.ts'

test('a text is base64 or it is not, and never in part', () => {
  for (const [text, plain] of [
    ['', ''],
    ['QQ==', 'A'],
    ['QQ', 'A'],
    ['QUI=', 'AB'],
    ['QUJD', 'ABC'],
  ] as const)
    assert.equal(base64Bytes(text)?.toString(), plain)
  for (const text of ['Q', '=', 'QQ=', 'QUJDR', 'QUJD=', 'QQ==QQ==', 'Q Q=', 'QU_-', 'QQé='])
    assert.equal(base64Bytes(text), undefined, text)
})
