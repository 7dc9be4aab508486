import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IsthmusError } from '../../errors.ts'
import { sum } from '../decimal.ts'
import { allocate } from './allocate.ts'
import { minorDigits } from './currencies.ts'
import { exchange, money, roundMoney, total } from './money.ts'
import { inverse, rates } from './rates.ts'

const parked = (error: unknown) => error instanceof IsthmusError && error.code === 'MAP-VALUE'

test('amounts are rounded where it is said, to the minor unit of their currency or to a step', () => {
  assert.equal(roundMoney(money('12.345', 'CNY')).value, '12.35')
  assert.equal(roundMoney(money('12.345', 'EUR'), { rounding: 'half-even' }).value, '12.34')
  assert.equal(roundMoney(money('1234.5', 'JPY')).value, '1235')
  assert.equal(roundMoney(money('1.23456', 'KWD')).value, '1.235')
  assert.equal(roundMoney(money('12.37', 'CHF'), { step: '0.05' }).value, '12.35')
  assert.equal(minorDigits('CLF'), 4)
  assert.throws(() => money('1', 'RMB'), parked)
})

test('amounts of two currencies do not add up', () => {
  assert.equal(total([money('0.10', 'CNY'), money('0.2', 'CNY')], 'CNY').value, '0.30')
  assert.throws(() => total([money('1', 'CNY'), money('1', 'USD')] as never, 'CNY'), parked)
})

test('a rate holds from its day on; none, or one that is too old, parks', () => {
  const table = rates(
    [
      { from: 'USD', to: 'CNY', date: '2026-05-06', rate: '7.2' },
      { from: 'USD', to: 'CNY', date: '2026-05-01', rate: '7.1045' },
      { from: 'JPY', to: 'CNY', date: '2026-05-01', rate: '4.66', per: 100 },
    ],
    { days: 7 },
  )
  const cny = (value: string, from: string, date: string, options = {}) =>
    exchange(money(value, from), 'CNY', table.on(from, 'CNY', date), options).value
  assert.equal(cny('10', 'USD', '2026-05-05'), '71.045')
  assert.equal(cny('10', 'USD', '2026-05-05', { rounding: 'half-even' }), '71.04')
  assert.equal(cny('10', 'USD', '2026-05-06'), '72')
  assert.equal(cny('12345', 'JPY', '2026-05-02'), '575.277')
  assert.throws(() => cny('10', 'USD', '2026-04-30'), /no rate of USD to CNY on 2026-04-30/)
  assert.throws(() => cny('10', 'USD', '2026-05-14'), /the last one is of 2026-05-06/)
  assert.throws(() => table.on('CNY', 'USD', '2026-05-06'), parked)
  const back = inverse(table.on('USD', 'CNY', '2026-05-06'))
  assert.throws(() => exchange(money('100', 'CNY'), 'USD', back), /say a rounding/)
  assert.equal(exchange(money('100', 'CNY'), 'USD', back, { rounding: 'half-up' }).value, '13.89')
  assert.throws(() => exchange(money('1', 'EUR'), 'USD', back), parked)
})

test('shares add up to the amount to the last cent', () => {
  assert.deepEqual(allocate('100.00', [1, 1, 1], { scale: 2 }), ['33.34', '33.33', '33.33'])
  assert.deepEqual(allocate('-0.05', [1, 1], { scale: 2 }), ['-0.03', '-0.02'])
  assert.deepEqual(allocate('10', ['0.5', '0', '0.25'], { scale: 0 }), ['7', '0', '3'])
  assert.deepEqual(
    allocate(money('100', 'JPY'), [1, 2]).map(({ value }) => value),
    ['33', '67'],
  )
  assert.throws(() => allocate('1', [0, 0], { scale: 2 }), parked)
  assert.throws(() => allocate('1.005', [1], { scale: 2 }), parked)
  const cents = fc.integer({ min: -(10 ** 9), max: 10 ** 9 })
  fc.assert(
    fc.property(cents, fc.array(fc.nat(1000), { minLength: 1, maxLength: 12 }), (n, weights) => {
      fc.pre(weights.some(weight => weight > 0))
      assert.equal(sum(allocate(String(n), weights, { scale: 0 })), String(n))
    }),
  )
})
