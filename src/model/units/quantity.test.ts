import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IsthmusError } from '../../errors.ts'
import { compare, divide } from '../decimal.ts'
import { quantity, toUnit } from './quantity.ts'
import { dimensions } from './unit-table.ts'

const parked = (error: unknown) => error instanceof IsthmusError && error.code === 'MAP-VALUE'
const told = (value: string, from: string, to: string, options = {}) =>
  toUnit(quantity(value, from), to, options).value

test('units of one dimension, exact', () => {
  assert.equal(compare(told('2.5', 'TNE', 'KGM'), '2500'), 0)
  assert.equal(told('1', 'GRM', 'KGM'), '0.001')
  assert.equal(told('100', 'LBR', 'KGM'), '45.35923700')
  assert.equal(compare(told('1', 'FOT', 'INH'), '12'), 0)
  assert.equal(compare(told('9', 'KMH', 'MTS'), '2.5'), 0)
  assert.equal(compare(told('1', 'KWH', 'KJO'), '3600'), 0)
  assert.equal(compare(told('24', 'EA', 'DZN'), '2'), 0)
  assert.equal(told('12345678901234567890.1', 'KGM', 'KGM'), '12345678901234567890.1')
})

test('a result without an end needs its places to be said', () => {
  assert.throws(() => told('1', 'MTR', 'FOT'), /no end as a decimal number of FOT: say its places/)
  assert.equal(told('1', 'MTR', 'FOT', { scale: 4 }), '3.2808')
  assert.equal(told('7', 'EA', 'DZN', { scale: 0, rounding: 'up' }), '1')
  assert.equal(told('1.005', 'KGM', 'KGM', { scale: 2, rounding: 'half-even' }), '1.00')
})

test('temperatures have different zero points', () => {
  assert.equal(compare(told('100', 'CEL', 'KEL'), '373.15'), 0)
  assert.equal(compare(told('212', 'FAH', 'CEL'), '100'), 0)
  assert.equal(compare(told('-40', 'CEL', 'FAH'), '-40'), 0)
  assert.equal(told('1', 'FAH', 'CEL', { scale: 2 }), '-17.22')
})

test('factors of a material join with each other and with the units; what is missing is named', () => {
  const factors = [
    { from: 'CTN', to: 'EA', factor: 12 },
    { from: 'EA', to: 'GRM', factor: '350' },
    { from: 'PAL', to: 'CTN', factor: '100', per: '3' },
  ]
  assert.equal(told('5', 'CTN', 'EA', { factors }), '60')
  assert.equal(compare(told('24', 'EA', 'CTN', { factors }), '2'), 0)
  assert.equal(compare(told('2', 'CTN', 'KGM', { factors }), '8.4'), 0)
  assert.equal(compare(told('8.4', 'KGM', 'CTN', { factors }), '2'), 0)
  assert.equal(compare(told('3', 'PAL', 'EA', { factors }), '1200'), 0)
  assert.throws(() => told('5', 'CTN', 'LTR', { factors }), parked)
  assert.throws(() => told('5', 'CTN', 'KGM'), /factor between CTN and KGM is missing; none is given/)
  assert.throws(() => told('5', 'KGM', 'MTR'), /between KGM and MTR is missing/)
})

test('there and back between any two units of a dimension is the same quantity', () => {
  const pairs = Object.values(dimensions).flatMap(units => {
    const codes = Object.keys(units)
    return codes.flatMap(from => codes.map(to => [from, to] as const))
  })
  fc.assert(
    fc.property(fc.constantFrom(...pairs), fc.integer({ min: 1, max: 10 ** 9 }), ([from, to], n) => {
      const there = told(String(n), from, to, { scale: 40 })
      assert.equal(compare(divide(told(there, to, from, { scale: 30 }), '1', { scale: 6 }), n), 0)
    }),
  )
})
