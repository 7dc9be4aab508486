import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IsthmusError } from '../errors.ts'
import {
  add,
  compare,
  divide,
  max,
  min,
  multiply,
  quotient,
  type Rounding,
  round,
  roundTo,
  subtract,
  sum,
} from './decimal.ts'

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

test('differences, lists, order', () => {
  assert.equal(subtract('10', '0.05'), '9.95')
  assert.equal(subtract('9007199254740993', '1.5'), '9007199254740991.5')
  assert.equal(sum(['0.1', 0.2, '-0.30', '9007199254740993']), '9007199254740993.00')
  assert.equal(sum([]), '0')
  assert.equal(compare('1.0', '1'), 0)
  assert.equal(compare('-2', '-10'), 1)
  assert.equal(min('2', '1.50', '1.5'), '1.50')
  assert.equal(max('9007199254740993', '9007199254740992.9', '3'), '9007199254740993')
})

test('every rule of rounding, at a half, beside it and below zero', () => {
  const values = ['2.5', '-2.5', '3.5', '2.51', '-2.49', '2.0']
  const rounded: Record<Rounding, string[]> = {
    'half-up': ['3', '-3', '4', '3', '-2', '2'],
    'half-even': ['2', '-2', '4', '3', '-2', '2'],
    'half-down': ['2', '-2', '3', '3', '-2', '2'],
    up: ['3', '-3', '4', '3', '-3', '2'],
    down: ['2', '-2', '3', '2', '-2', '2'],
    ceiling: ['3', '-2', '4', '3', '-2', '2'],
    floor: ['2', '-3', '3', '2', '-3', '2'],
  }
  for (const [rule, wanted] of Object.entries(rounded)) {
    assert.deepEqual(
      values.map(value => round(value, 0, rule as Rounding)),
      wanted,
      rule,
    )
    assert.deepEqual(
      values.map(value => divide(value, '1', { scale: 0, rounding: rule as Rounding })),
      wanted,
      rule,
    )
  }
  assert.equal(roundTo('12.37', '0.05'), '12.35')
  assert.equal(roundTo('12.375', '0.05'), '12.40')
  assert.equal(roundTo('1.025', '0.05', 'half-even'), '1.00')
})

test('a division says its places, and is exact where it has an end', () => {
  assert.equal(divide('10', '3', { scale: 4 }), '3.3333')
  assert.equal(divide('-2', '3', { scale: 2 }), '-0.67')
  assert.equal(divide('1', '-8', { scale: 2, rounding: 'half-even' }), '-0.12')
  assert.equal(quotient('1', '8'), '0.125')
  assert.equal(quotient('-1.2', '0.4'), '-3')
  assert.equal(quotient('1', '3'), undefined)
  assert.equal(quotient('0', '7'), '0')
  assert.throws(() => divide('1', '0.00', { scale: 2 }), /divided by zero/)
})

test('a quotient times its divisor is what was divided, but for less than the last place', () => {
  const numbers = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n })
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      fc.pre(b !== 0n)
      const back = multiply(divide(String(a), String(b), { scale: 6 }), String(b))
      const off = subtract(back, String(a)).replace('-', '')
      assert.ok(compare(off, multiply(String(b).replace('-', ''), '0.0000005')) <= 0)
    }),
  )
})
