import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exactNumber, shortDecimal } from './exact-number.ts'

test('a number is returned only where a double says the same decimal value', () => {
  const exact: readonly [string, number][] = [
    ['0', 0],
    ['-0', -0],
    ['0.1', 0.1],
    ['1.10', 1.1],
    ['007', 7],
    ['+5', 5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['0e999', 0],
    ['9007199254740992', 9007199254740992],
    ['0.30000000000000004', 0.30000000000000004],
    ['123456789012345e5', 123456789012345e5],
    ['1000000000000000000000', 1e21],
    ['5e-324', 5e-324],
  ]
  for (const [text, value] of exact) assert.ok(Object.is(exactNumber(text), value), text)
  const inexact = [
    '9007199254740993',
    '0.1234567890123456789',
    '1e400',
    '-1e400',
    '1e-400',
    '4e-324',
    '1.23456e-320',
  ]
  for (const text of inexact) assert.equal(exactNumber(text), undefined, text)
})

test('every double survives its own text', () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(double, value => Object.is(exactNumber(Object.is(value, -0) ? '-0' : String(value)), value)),
  )
})

test('what is returned, written with 15 digits, is what was read', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.nat({ max: 30 }), (digits, scale) => {
      const padded = String(digits).padStart(scale + 1, '0')
      const text = scale === 0 ? padded : `${padded.slice(0, -scale)}.${padded.slice(-scale)}`
      const value = exactNumber(text)
      const significant = String(digits).replace(/0+$/, '').length
      if (significant <= 15) assert.equal(value, Number(text))
      if (value !== undefined) assert.equal(exactNumber(String(value)), value)
      if (significant > 17) assert.equal(value, undefined)
    }),
  )
})

test('the short way is the long way', () => {
  fc.assert(
    fc.property(fc.nat({ max: 999_999_999_999_999 }), fc.nat({ max: 14 }), (digits, scale) => {
      const padded = String(digits).padStart(scale, '0')
      const text = `${padded.slice(0, padded.length - scale)}.${padded.slice(padded.length - scale)}`
      if (text.length > 1 && text.length <= 15) assert.ok(Object.is(shortDecimal(text), Number(text)), text)
    }),
    { numRuns: 5000 },
  )
  for (const text of ['', '.', '1.2.3', '-1', '+1', '1e5', ' 1', '１', '1234567890123456']) {
    assert.equal(shortDecimal(text), undefined, text)
  }
})

test('a hostile number of a million digits is read in linear time', () => {
  assert.equal(exactNumber(`1${'0'.repeat(1_000_000)}1`), undefined)
  assert.equal(exactNumber(`0.${'0'.repeat(1_000_000)}1`), undefined)
  assert.equal(exactNumber(`${'0'.repeat(1_000_000)}7`), 7)
})
