import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IsthmusError } from '../errors.ts'
import { add, multiply, round } from './decimal.ts'

test('sums and products are exact where floating point is not', () => {
  assert.equal(add('0.1', '0.2'), '0.3')
  assert.equal(add(0.1, 0.2, '-0.3'), '0.0')
  assert.equal(add(), '0')
  assert.equal(multiply('1.10', '3'), '3.30')
  assert.equal(multiply('-0.07', '100'), '-7.00')
  assert.equal(multiply('9007199254740993', '9007199254740993'), '81129638414606699710187514626049')
})

test('a half is rounded away from zero, exactly', () => {
  const rounded = {
    '1.005': '1.01',
    '2.675': '2.68',
    '-1.005': '-1.01',
    '1.004999': '1.00',
    '0.005': '0.01',
    '7': '7.00',
  }
  for (const [text, cents] of Object.entries(rounded)) assert.equal(round(text, 2), cents, text)
  assert.equal(round('0.5', 0), '1')
  assert.equal(round('-0.4', 0), '0')
})

test('a number stands for the digits it prints as, with exponents too', () => {
  assert.equal(add(1e-7), '0.0000001')
  assert.equal(add(1.5e21, 1), '1500000000000000000001')
})

test('what is no decimal is refused', () => {
  for (const text of ['', ' 1', '1,5', '.5', '5.', '1e5', 'NaN', '0x1', '9'.repeat(1001), Number.NaN, 1 / 0])
    assert.throws(
      () => add(text),
      (error: unknown) => error instanceof IsthmusError && error.code === 'CLEAN-VALUE',
    )
})

test('decimals calculate as integers of their last place', () => {
  const cents = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })
  const text = (value: bigint) => multiply(String(value), '0.01')
  fc.assert(
    fc.property(cents, cents, (a, b) => {
      assert.equal(add(text(a), text(b)), text(a + b))
      assert.equal(multiply(text(a), text(b)), multiply(String(a * b), '0.0001'))
      assert.equal(round(text(a), 2), text(a))
    }),
  )
})
