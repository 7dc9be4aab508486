import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { byteaArray, int4Array, int8Array, textArray } from './binary-array.ts'

/** As `encode(array_send(...), 'hex')` of PostgreSQL 15 gives them, without spaces. */
const hex = (text: string): string => text.replaceAll(' ', '')

describe('binary arrays', () => {
  it('are what the server itself would send', () => {
    assert.equal(
      int4Array([7, -1]).toString('hex'),
      hex('00000001 00000000 00000017 00000002 00000001 00000004 00000007 00000004 ffffffff'),
    )
    assert.equal(
      int8Array([2 ** 53 - 1, -2]).toString('hex'),
      hex('00000001 00000000 00000014 00000002 00000001 00000008 001fffffffffffff 00000008 fffffffffffffffe'),
    )
    assert.equal(
      textArray(['é', null, '']).toString('hex'),
      hex('00000001 00000001 00000019 00000003 00000001 00000002 c3a9 ffffffff 00000000'),
    )
    assert.equal(
      byteaArray([Uint8Array.of(0, 255)]).toString('hex'),
      hex('00000001 00000000 00000011 00000001 00000001 00000002 00ff'),
    )
    assert.equal(int4Array([]).toString('hex'), hex('00000000 00000000 00000017'))
  })

  it('refuse numbers that would be cut', () => {
    assert.throws(() => int8Array([1.5]), RangeError)
    assert.throws(() => int8Array([2 ** 53]), RangeError)
    assert.throws(() => int4Array([2 ** 31]), RangeError)
  })
})
