import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { choose } from './choose.ts'
import { groupBy, matchBy } from './lists.ts'

const parked = (error: unknown) => error instanceof IsthmusError && error.code === 'MAP-VALUE'
const lines = [
  { no: 1, sku: 'A' },
  { no: 2, sku: 'B' },
  { no: 3, sku: 'C' },
]
const prices = [
  { sku: 'A', price: '1.00' },
  { sku: 'B', price: '2.00' },
  { sku: 'B', price: '2.50' },
]
const match = (none: 'park' | 'drop' | 'keep', several: 'park' | 'first' | 'all', right = prices) =>
  matchBy(
    lines,
    right,
    line => line.sku,
    price => price.sku,
    { none, several },
  ).map(([line, price]) => `${line.no}:${price?.price}`)

test('lists are matched by key, with a declared answer for none and for several', () => {
  assert.deepEqual(match('drop', 'first'), ['1:1.00', '2:2.00'])
  assert.deepEqual(match('keep', 'all'), ['1:1.00', '2:2.00', '2:2.50', '3:undefined'])
  assert.throws(() => match('park', 'first'), parked)
  assert.throws(() => match('drop', 'park'), parked)
  assert.throws(() => match('park', 'park'), /2 matches for key B/)
})

test('a key may have parts; one that lacks a part matches nothing, not even another that lacks it', () => {
  const left = [
    { plant: 'P1', no: 7 },
    { plant: undefined, no: 8 },
  ]
  const right = [
    { plant: 'P1', no: '7', found: true },
    { plant: undefined, no: '8', found: true },
  ]
  const pairs = matchBy(
    left,
    right,
    ({ plant, no }) => [plant, no],
    ({ plant, no }) => [plant, no],
    { none: 'keep', several: 'park' },
  )
  assert.deepEqual(
    pairs.map(([, found]) => found?.found),
    [true, undefined],
  )
  const tricky = matchBy(
    [['a', 'b,c']],
    [['a,b', 'c']],
    key => key,
    key => key,
    { none: 'drop', several: 'all' },
  )
  assert.deepEqual(tricky, [])
})

test('flat rows become nested records in the order of first appearance', () => {
  const rows = [
    { order: 'O2', line: 1 },
    { order: 'O1', line: 1 },
    { order: 'O2', line: 2 },
  ]
  const nested = groupBy(
    rows,
    row => row.order,
    group => ({ order: group[0].order, lines: group.map(({ line }) => line) }),
  )
  assert.deepEqual(nested, [
    { order: 'O2', lines: [1, 2] },
    { order: 'O1', lines: [1] },
  ])
})

test('a case that is missing parks; names of Object are no cases', () => {
  assert.equal(choose('a' as 'a' | 'b', { a: 1, b: 2 }), 1)
  assert.equal(choose('c' as string, { a: 1 }, 9), 9)
  assert.equal(choose(undefined as string | undefined, { a: 1 }, 9), 9)
  assert.equal(choose<string, number | undefined>('c', { a: 1 }, undefined), undefined)
  assert.throws(() => choose('toString' as string, { a: 1 }), parked)
})
