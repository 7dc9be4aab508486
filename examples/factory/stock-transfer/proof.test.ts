import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TransferOrder } from '../erp/database.ts'
import { proveTransfers } from './proof.ts'
import { opening } from './warehouse.ts'

const order: TransferOrder = { number: 'TR-1', article: 'PUMP-50', pieces: 5, origin: 'north' }
const tooMuch = { ...order, pieces: opening + 1 }

interface Case {
  readonly order?: TransferOrder
  /** Pieces of each booking. */
  readonly north?: readonly number[]
  readonly south?: readonly number[]
  readonly stock?: number
  readonly promises?: number
  readonly parked?: readonly string[]
  readonly transactions?: [string, number][]
}

function problems(given: Case = {}): string {
  const { north = [-5], south = [5], promises = 0, parked = [] } = given
  const warehouse = (moved: readonly number[]) => ({
    movements: moved.map(pieces => ({ transfer: 'TR-1', article: 'PUMP-50', pieces })),
    stock: [{ article: 'PUMP-50', pieces: given.stock ?? moved.reduce((sum, each) => sum + each, opening) }],
    promises,
  })
  const truth = {
    north: warehouse(north),
    south: warehouse(south),
    transactions: new Map(given.transactions ?? [['committed', 1]]),
  }
  return proveTransfers([given.order ?? order], truth, parked).problems.join('; ')
}

test('balances when a transfer stands in both warehouses, or is parked and stands in none', () => {
  assert.equal(problems(), '')
  assert.equal(problems({ order: tooMuch, north: [], south: [], parked: ['TR-1'] }), '')
})

test('names a mixed outcome and whatever is doubled, wrong or left over', () => {
  const cases: [Case, RegExp][] = [
    [{ south: [] }, /TR-1: booked 1 times in the north and 0 times in the south/],
    [{ north: [-5, -5] }, /booked 2 times in the north/],
    [{ north: [5] }, /booked otherwise in the north/],
    [{ parked: ['TR-1'] }, /parked, with nothing wrong/],
    [{ parked: ['TR-2'] }, /TR-2: nobody ordered this transfer/],
    [
      { order: tooMuch, north: [], parked: ['TR-1'] },
      /asks for too much, and is booked 0 times in the north and 1/,
    ],
    [{ order: tooMuch, north: [], south: [] }, /asks for too much, and parked 0 times/],
    [{ stock: opening }, /PUMP-50: 100000 in the north do not fit/],
    [{ promises: 1 }, /1 promises stand in the north; 1 promises stand in the south/],
    [{ transactions: [['mixed', 1]] }, /1 transactions are mixed/],
    [{ transactions: [['committing', 2]] }, /2 transactions are committing/],
  ]
  for (const [given, expected] of cases) assert.match(problems(given), expected)
})
