import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ParkedOrder, proveOrders } from './order-proof.ts'
import type { CustomerOrder } from './partners/database.ts'

const order: CustomerOrder = {
  number: 'PO-1',
  customer: 'C1',
  lines: [
    { article: 'PT-BOLT-M8', quantity: '2', unit: 'PCE', price: '0.3125' },
    { article: 'CB-HOSE-12', quantity: '0.125', unit: 'MTR', price: '10.3325' },
  ],
  damaged: false,
}
const damaged = { ...order, damaged: true }
// 0.625 + 1.2915625 = 1.9165625
const bill = { number: 1, reference: 'PO-1', customer: 'C1', amount: '1.92' }
const lines = [
  { document: 1, order_no: 'PO-1', material: 'PT-BOLT-M8', quantity: '2.000' },
  { document: 1, order_no: 'PO-1', material: 'CB-HOSE-12', quantity: '0.125' },
]

function problems(
  orders: CustomerOrder[],
  reservations: typeof lines,
  receivables: (typeof bill)[],
  parked: ParkedOrder[] = [],
): string {
  return proveOrders(orders, { reservations, receivables }, parked).problems.join('; ')
}

test('balances when each order is reserved and booked once, or damaged and parked', () => {
  assert.equal(problems([order], lines, [bill]), '')
  assert.equal(problems([damaged], [], [], [{ number: 'PO-1', reason: '' }]), '')
  assert.equal(proveOrders([order], { reservations: lines, receivables: [bill] }, []).delivered, 1)
})

test('names whatever is lost, doubled, wrong or made up', () => {
  const again = lines.map(line => ({ ...line, document: 2 }))
  assert.match(problems([order], [], [bill]), /PO-1: 0 reservations/)
  assert.match(problems([order], [...lines, ...again], [bill]), /PO-1: 2 reservations/)
  assert.match(problems([order], lines.slice(1), [bill]), /but 0.125 of CB-HOSE-12 reserved/)
  assert.match(problems([order], lines, []), /PO-1: 0 receivables/)
  assert.match(problems([order], lines, [bill, bill]), /PO-1: 2 receivables/)
  assert.match(problems([order], lines, [{ ...bill, amount: '1.91' }]), /comes to 192 cents/)
  assert.match(problems([order], lines, [{ ...bill, customer: 'C2' }]), /of C1, but to be paid by C2/)
  assert.match(problems([order], lines, [bill], [{ number: 'PO-1', reason: '' }]), /with nothing wrong/)
  assert.match(problems([damaged], [], []), /parked 0 times/)
  assert.match(problems([damaged], lines, [], [{ number: 'PO-1', reason: '' }]), /booked all the same/)
  assert.match(problems([], lines, [bill]), /PO-1: nobody ordered it/)
})
