import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErpTruth } from './erp/database.ts'
import type { SentEvent } from './mes/database.ts'
import { prove } from './proof.ts'

const event = (eventId: string, more: Partial<SentEvent> = {}): SentEvent => ({
  eventId,
  workOrder: 'WO-1',
  line: 'L1',
  material: ' pt-bolt-m8',
  qty: 1.005,
  uom: 'pcs',
  lot: 'B1',
  consumedAt: '2026-05-01 08:00:00',
  operator: 'Li Na',
  quirk: null,
  answers: 1,
  open: 0,
  ...more,
})
const issue = (reference: string, quantity = '1.005') => ({
  number: 1,
  reference,
  material: 'PT-BOLT-M8',
  quantity,
})
const posting = (reference: string, amount = '1.01') => ({ number: 1, reference, amount })
const books = (issues: ErpTruth['issues'], postings: ErpTruth['postings'], stock: string) => ({
  materials: [{ code: 'PT-BOLT-M8', unit: 'PCS', price: '1.0000', opening: '9.000', stock }],
  issues,
  postings,
})

test('balances when every event is delivered once or parked with a reason', () => {
  const erp = books([issue('A')], [posting('A')], '7.995')
  const bad = event('B', { quirk: 'wrong-unit' })
  const proof = prove([event('A'), bad], erp, [{ eventId: 'B', reason: 'wrong unit' }])
  assert.deepEqual(proof.problems, [])
  assert.equal(proof.delivered, 1)
  assert.equal(proof.total, '1.01')
})

test('names whatever is lost, doubled, wrong, made up or half done', () => {
  const both = (events: SentEvent[], erp: ReturnType<typeof books>, parked: string[] = []) =>
    prove(
      events,
      erp,
      parked.map(eventId => ({ eventId, reason: '' })),
    ).problems.join('; ')
  const one = [posting('A')]
  assert.match(both([event('A')], books([], [], '9.000')), /A: 0 issues of stock; A: 0 postings/)
  assert.match(both([event('A')], books([issue('A'), issue('A')], one, '6.990')), /A: 2 issues of stock/)
  assert.match(both([event('A')], books([issue('A')], [...one, ...one], '7.995')), /A: 2 postings/)
  assert.match(both([event('A')], books([issue('A', '1.006')], one, '7.994')), /stock has 1.006/)
  assert.match(both([event('A')], books([issue('A')], [posting('A', '1.00')], '7.995')), /costs 101 cents/)
  assert.match(both([], books([issue('X')], [], '7.995')), /X: the MES never sent it/)
  assert.match(
    both([event('A')], books([issue('A')], [], '7.995'), ['A']),
    /parked, with nothing wrong; A: 0 postings/,
  )
  assert.match(both([event('A', { quirk: 'too-much' })], books([], [], '9.000')), /parked 0 times/)
  assert.match(both([event('A', { open: 1 })], books([issue('A')], one, '7.995')), /no good answer/)
  assert.match(both([event('A')], books([issue('A')], one, '8.000')), /do not fit what was issued/)
})
