import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createClientAsync, WSSecurity } from 'soap'
import { ask, type Simulated, startSimulated } from '../processes.ts'
import type { ErpTruth } from './database.ts'

const folder = mkdtempSync(join(tmpdir(), 'isthmus-erp-'))
let erp = await start()
after(async () => {
  await erp.kill()
  rmSync(folder, { recursive: true })
})

function start(): Promise<Simulated> {
  const args = { port: 0, data: join(folder, 'erp.db'), rate: 0 }
  return startSimulated('erp', args, { env: { ERP_PASSWORD: 'open' } })
}

type Answer = Readonly<Record<string, unknown>>

/** Calls an operation as the user `li.na`, by the client of the npm package `soap`. Rejects with a fault. */
async function call(operation: string, fields: object, password = 'open'): Promise<Answer> {
  const client = await createClientAsync(join(import.meta.dirname, 'erp.wsdl'), {}, `${erp.url}/soap`)
  client.setSecurity(new WSSecurity('li.na', password, { passwordType: 'PasswordDigest' }))
  const [answer] = await client[`${operation}Async`](fields)
  return answer
}

function issue(requestId: string, reference: string, fields: object = {}): Promise<Answer> {
  const usual = { material: 'RM-STEEL-304', quantity: '1.500', unit: 'KG', issuedAt: '2026-05-01T00:00:00Z' }
  return call('PostGoodsIssue', { requestId, reference, workOrder: 'WO-1', ...usual, ...fields })
}

async function post(key: string, body: string): Promise<{ status: number; text: string }> {
  const headers = { 'idempotency-key': key }
  const response = await fetch(`${erp.url}/ledger/postings`, { method: 'POST', headers, body })
  return { status: response.status, text: await response.text() }
}

const truth = () => ask<ErpTruth>(`${erp.url}/truth`)
const issues = async (reference: string) =>
  (await truth()).issues.filter(held => held.reference === reference).length
const fault = (kind: string) => ask(`${erp.url}/faults`, { kind, forSeconds: 60 })

test('the same request is answered the same and booked once, also after kill -9', async () => {
  const first = await issue('k1', 'A')
  await erp.kill()
  erp = await start()
  assert.deepEqual(await issue('k1', 'A'), first)
  assert.equal(await issues('A'), 1)
  assert.deepEqual((await call('FindDocument', { requestId: 'k1' })).document, first)
  assert.equal((await call('FindDocument', { requestId: 'k0' }))?.document, undefined)
  const { materials } = await truth()
  assert.equal(materials.find(({ code }) => code === 'RM-STEEL-304')?.stock, '4999998.500')
  await assert.rejects(issue('k1', 'B'), /KEY-REUSED/)
  await issue('another key', 'A')
  assert.equal(await issues('A'), 2, 'only the key protects')
})

test('a refusal says what a planner can do, changes nothing and is not remembered', async () => {
  const refused: [object, RegExp][] = [
    [{ unit: 'PCS' }, /WRONG-UNIT RM-STEEL-304 is kept in KG, so 1.500 PCS cannot be issued/],
    [{ material: 'RM-X' }, /RM-X is not in the material master/],
    [{ quantity: '6000000' }, /Only 4999\d+\.\d+ KG of RM-STEEL-304 are in stock/],
    [{ quantity: '1.2345' }, /at most 3 decimal places/],
  ]
  for (const [fields, reason] of refused) await assert.rejects(issue('k2', 'C', fields), reason)
  assert.equal(await issues('C'), 0)
  await issue('k2', 'C')
  assert.equal(await issues('C'), 1)
})

test('a lost answer has had its effect, a refused request has none', async () => {
  const posting =
    '<LedgerPosting><Reference>D</Reference><WorkOrder>WO-1</WorkOrder><Debit>5001</Debit><Credit>1403</Credit>' +
    '<Amount>27.98</Amount><Currency>CNY</Currency></LedgerPosting>'
  await fault('lose-answer')
  await assert.rejects(post('k3', posting))
  await assert.rejects(issue('k5', 'E'))
  await fault('down')
  await assert.rejects(post('k4', posting))
  await fault('refuse')
  assert.equal((await post('k4', posting)).status, 503)
  await assert.rejects(issue('k6', 'F'), /Maintenance/)
  await fault('none')
  assert.deepEqual([await issues('E'), await issues('F')], [1, 0])
  const held = (await truth()).postings
  assert.deepEqual(
    held.map(({ reference, amount }) => ({ reference, amount })),
    [{ reference: 'D', amount: '27.98' }],
  )
  assert.equal((await post('k3', posting)).status, 201)
  assert.equal((await truth()).postings.length, 1)
})

test('tells the standard cost of what it knows', async () => {
  const { unit, price } = await call('GetStandardCost', { material: 'CB-WIRE-2X1' })
  assert.deepEqual([unit, price], ['M', 3.145])
  await assert.rejects(call('GetStandardCost', { material: 'CB-WIRE-2X2' }), /UNKNOWN-MATERIAL/)
})

test('the log says who changed a customer, and keeps its terms; nobody gets in without the password', async () => {
  const customer = { number: 'C1', name: 'Müller & Söhne <上海>', city: '苏州' }
  await call('PutCustomer', { requestId: 'c1', ...customer })
  await call('PutCustomer', { requestId: 'c1', ...customer })
  await assert.rejects(call('PutCustomer', { requestId: 'c2', ...customer }, 'wrong'))
  const terms = { creditLimit: 0, paymentDays: 30 }
  assert.deepEqual((await truth()).customers, [{ ...customer, ...terms }])
  assert.deepEqual((await truth()).customerChanges, [{ no: 1, changedBy: 'li.na', ...customer, ...terms }])
})

test('an order is reserved with all its lines or none, and its receivable booked, once per key', async () => {
  const bolts = { material: 'PT-BOLT-M8', quantity: '12', unit: 'PCS' }
  const hose = { material: 'CB-HOSE-12', quantity: '0.125', unit: 'M' }
  const reserve = (requestId: string, line: object[]) =>
    call('ReserveGoods', { requestId, order: 'PO-1', line })
  await assert.rejects(reserve('r1', [bolts, { ...hose, unit: 'PCS' }]), /WRONG-UNIT CB-HOSE-12 is kept in M/)
  assert.deepEqual((await truth()).reservations, [])
  const first = await reserve('r1', [bolts, hose])
  assert.deepEqual(await reserve('r1', [bolts, hose]), first)
  const [one] = [await reserve('r2', [bolts])]
  assert.notDeepEqual(one, first)
  assert.deepEqual(
    (await truth()).reservations.map(({ document, material, quantity }) => [document, material, quantity]),
    [
      [1, 'PT-BOLT-M8', '12.000'],
      [1, 'CB-HOSE-12', '0.125'],
      [2, 'PT-BOLT-M8', '12.000'],
    ],
  )
  const receivable = (key: string, fields: string) =>
    fetch(`${erp.url}/ledger/receivables`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
      body: `<Receivable><Reference>PO-1</Reference>${fields}<Currency>CNY</Currency></Receivable>`,
    })
  const whole = '<Customer>C1</Customer><Amount>5.04</Amount>'
  for (const _ of ['first', 'again']) assert.equal((await receivable('b1', whole)).status, 201)
  assert.equal((await receivable('b2', '<Customer>C1</Customer><Amount>5.041</Amount>')).status, 422)
  assert.deepEqual((await truth()).receivables, [
    { number: 1, reference: 'PO-1', customer: 'C1', amount: '5.04' },
  ])
})

test('stock is reserved, released, made and shipped for an order, and what comes late is harmless', async () => {
  const pump = { product: 'PUMP-50' }
  const reserve = { requestId: 's1', order: 'SO-1', ...pump, pieces: 130 }
  assert.deepEqual(await call('ReserveStock', reserve), { reserved: 120, short: 10 })
  assert.deepEqual(await call('ReserveStock', reserve), { reserved: 120, short: 10 })
  await assert.rejects(call('ReserveStock', { ...reserve, requestId: 's2' }), /KNOWN-ORDER/)
  await assert.rejects(
    call('ShipOrder', { requestId: 's3', order: 'SO-1', shipTo: 'Wuxi' }),
    /SHORT Only 120/,
  )
  await call('ReceiveProducts', { requestId: 's4', order: 'SO-1', ...pump, pieces: 25 })
  await assert.rejects(call('ShipOrder', { requestId: 's3', order: 'SO-1', shipTo: '' }), /NO-ADDRESS/)
  const shipped = await call('ShipOrder', { requestId: 's3', order: 'SO-1', shipTo: 'Wuxi' })
  assert.deepEqual((await call('FindDocument', { requestId: 's3' })).document, shipped)
  await assert.rejects(call('ReleaseStock', { requestId: 's5', order: 'SO-1' }), /SHIPPED/)
  // Released before it was known: what comes later is refused.
  assert.deepEqual(await call('ReleaseStock', { requestId: 's6', order: 'SO-2' }), { released: 0 })
  await assert.rejects(call('ReserveStock', { ...reserve, requestId: 's7', order: 'SO-2' }), /KNOWN-ORDER/)
  const { products } = await truth()
  assert.deepEqual(
    products.find(({ code }) => code === 'PUMP-50'),
    { code: 'PUMP-50', opening: 120, onHand: 15, reserved: 0 },
  )
})

test('a bill is invoiced or cancelled, and a cancellation that comes first lets none come', async () => {
  const entry = (reference: string) =>
    `<Reference>${reference}</Reference><Customer>C1</Customer><Amount>30000.01</Amount><Currency>CNY</Currency>`
  const send = async (what: string, root: string, key: string, fields: string) => {
    const headers = { 'idempotency-key': key }
    const body = `<${root}>${fields}</${root}>`
    return (await fetch(`${erp.url}/ledger/${what}`, { method: 'POST', headers, body })).status
  }
  assert.match(await (await fetch(`${erp.url}/credit?customer=C1&amount=30000.01`)).text(), /blocked/)
  assert.match(await (await fetch(`${erp.url}/credit?customer=C1&amount=30000.00`)).text(), /approved/)
  assert.equal(await send('invoices', 'Invoice', 'f1', entry('SO-1')), 422)
  for (const _ of ['first', 'again']) assert.equal(await send('bills', 'Bill', 'f2', entry('SO-1')), 201)
  assert.equal(await send('invoices', 'Invoice', 'f1', entry('SO-1')), 201)
  assert.equal(await send('cancellations', 'Cancellation', 'f3', '<Reference>SO-1</Reference>'), 422)
  assert.equal(await send('cancellations', 'Cancellation', 'f4', '<Reference>SO-2</Reference>'), 201)
  assert.equal(await send('bills', 'Bill', 'f5', entry('SO-2')), 422)
  const kinds = (await truth()).bills.map(({ reference, kind, amount }) => [reference, kind, amount])
  assert.deepEqual(kinds, [
    ['SO-1', 'bill', '30000.01'],
    ['SO-1', 'invoice', '30000.01'],
  ])
})
