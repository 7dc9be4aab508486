import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WonOrder } from '../crm/database.ts'
import type { BillEntry } from '../erp/bills.ts'
import type { Movement } from '../erp/sales.ts'
import type { ProductionOrder } from '../mes/production.ts'
import type { LoggedSaga } from '../saga-logs.ts'
import { proveOrderToCash } from './proof.ts'

const order: WonOrder = {
  ...{ no: 1, wonAt: 0, number: 'SO-1', customer: 'C1', product: 'PUMP-50', pieces: 3, price: '480.10' },
  shipTo: 'Wuxi',
}
const completed: LoggedSaga = { key: 'SO-1', ended: 'completed', turned: undefined, decisions: [] }
const rejected: LoggedSaga = {
  ...{ key: 'SO-1', ended: 'compensated', decisions: ['reject by he.min'] },
  turned: 'it is required: credit is cleared',
}

type Kinds<T extends { kind: string }> = readonly (T['kind'] | readonly [T['kind'], Partial<T>])[]

interface Case {
  readonly log?: LoggedSaga
  readonly moves?: Kinds<Movement>
  readonly bills?: Kinds<BillEntry>
  readonly demand?: number
  readonly made?: readonly ProductionOrder[]
  readonly product?: { readonly onHand?: number; readonly reserved?: number }
  readonly order?: Partial<WonOrder>
}

/** An order that went well, but for what is given. */
function problems(given: Case = {}): string {
  const { log = completed, demand = 1, made = [] } = given
  const moves = given.moves ?? ['reserve', 'ship']
  const bills = given.bills ?? ['bill', 'invoice', 'revenue']
  const entry = { number: 1, reference: 'SO-1', customer: 'C1', amount: '1440.30' }
  const move = { no: 1, order: 'SO-1', product: 'PUMP-50', pieces: 3 }
  const movements = moves.map(each =>
    typeof each === 'string' ? { ...move, kind: each } : { ...move, kind: each[0], ...each[1] },
  )
  const erp = {
    products: [{ code: 'PUMP-50', opening: 10, onHand: 7, reserved: 0, ...given.product }],
    movements,
    bills: bills.map(each =>
      typeof each === 'string' ? { ...entry, kind: each } : { ...entry, kind: each[0], ...each[1] },
    ),
    demand: Array.from({ length: demand }, () => ({ order: 'SO-1', product: 'PUMP-50', pieces: 3 })),
  }
  const crm = { orders: [{ ...order, ...given.order }] }
  return proveOrderToCash({ crm, erp, mes: { productionOrders: made } }, [log]).problems.join('; ')
}

const back = { log: rejected, demand: 0, product: { onHand: 10 } } as const
const finished = { order: 'SO-1', product: 'PUMP-50', wanted: 2, pieces: 25, state: 'finished' } as const

test('balances when an order has left and is invoiced once, or nothing is left of it', () => {
  assert.equal(problems(), '')
  assert.equal(problems({ ...back, moves: ['reserve', 'release'], bills: ['bill', 'cancellation'] }), '')
  assert.equal(problems({ ...back, moves: [], bills: [] }), '')
  const moves = [
    ['reserve', { pieces: 1 }],
    ['receive', { pieces: 25 }],
    ['reserve', { pieces: 2 }],
    'ship',
  ] as const
  assert.equal(problems({ moves, made: [finished], product: { onHand: 32 } }), '')
})

test('names what is doubled, lost, or left of an order that was taken back', () => {
  const cases: [Case, RegExp][] = [
    [{ moves: ['reserve', 'reserve', 'ship'] }, /SO-1: 6 pieces reserved and 0 released, but 3 shipped/],
    [{ moves: ['reserve', 'ship', 'ship'] }, /6 pieces shipped instead of 3/],
    [{ bills: ['bill', 'bill', 'invoice', 'revenue'] }, /2 bills and 0 cancellations/],
    [{ bills: ['bill', ['invoice', { amount: '1440.31' }], 'revenue'] }, /not 144030 cents.*144031 invoiced/],
    [{ bills: ['bill', 'invoice'] }, /0 times in the ledger/],
    [{ bills: [['bill', { customer: 'C2' }], 'invoice', 'revenue'] }, /another customer than C1/],
    [{ demand: 2 }, /planned 2 times/],
    [{ product: { onHand: 8 } }, /PUMP-50: 10 at the beginning, 0 made and 3 shipped, but 8 there/],
    [{ product: { reserved: 1 } }, /1 pieces are kept for nobody/],
    [{ made: [finished] }, /made 1 times, received 0/],
    [{ ...back, moves: ['reserve'], bills: [] }, /3 pieces reserved and 0 released, but 0 shipped/],
    [{ ...back, moves: [], bills: ['bill'] }, /1 bills and 0 cancellations.*144030 cents billed/],
    [{ log: { ...completed, ended: undefined } }, /its saga has not ended/],
    [{ order: { shipTo: '' } }, /completed, and should not have been/],
    [{ log: { ...completed, key: 'SO-2' } }, /SO-1: no saga; SO-2: nobody ordered it/],
  ]
  for (const [given, expected] of cases) assert.match(problems(given), expected)
  const needless = { ...rejected, decisions: [], turned: 'it failed' }
  assert.match(
    problems({ ...back, log: needless, moves: [], bills: [] }),
    /taken back without need: it failed/,
  )
})
