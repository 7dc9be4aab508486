import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ask, type Simulated, startSimulated } from '../processes.ts'
import type { ErpTruth } from './database.ts'

const folder = mkdtempSync(join(tmpdir(), 'isthmus-erp-'))
let erp = await start()
after(async () => {
  await erp.kill()
  rmSync(folder, { recursive: true })
})

function start(): Promise<Simulated> {
  return startSimulated('erp', { port: 0, data: join(folder, 'erp.db') })
}

function issue(
  reference: string,
  fields: { material?: string; quantity?: string; unit?: string } = {},
): string {
  const { material = 'RM-STEEL-304', quantity = '1.500', unit = 'KG' } = fields
  return (
    `<StockIssue><Reference>${reference}</Reference><WorkOrder>WO-1</WorkOrder><Material>${material}</Material>` +
    `<Quantity>${quantity}</Quantity><Unit>${unit}</Unit></StockIssue>`
  )
}

async function post(path: string, key: string, body: string): Promise<{ status: number; text: string }> {
  const response = await fetch(erp.url + path, { method: 'POST', headers: { 'idempotency-key': key }, body })
  return { status: response.status, text: await response.text() }
}

const truth = () => ask<ErpTruth>(`${erp.url}/truth`)
const issues = async (reference: string) =>
  (await truth()).issues.filter(held => held.reference === reference).length

test('the same key is answered the same and booked once, also after kill -9', async () => {
  const first = await post('/stock/issues', 'k1', issue('A'))
  assert.equal(first.status, 201)
  await erp.kill()
  erp = await start()
  assert.deepEqual(await post('/stock/issues', 'k1', issue('A')), first)
  assert.equal(await issues('A'), 1)
  const { materials } = await truth()
  assert.equal(materials.find(({ code }) => code === 'RM-STEEL-304')?.stock, '4999998.500')
  assert.equal((await post('/stock/issues', 'k1', issue('B'))).status, 422)
  await post('/stock/issues', 'another key', issue('A'))
  assert.equal(await issues('A'), 2, 'only the key protects')
})

test('a refusal says what a planner can do, changes nothing and is not remembered', async () => {
  const refused: [string, RegExp][] = [
    [issue('C', { unit: 'PCS' }), /RM-STEEL-304 is kept in KG, so 1.500 PCS cannot be issued/],
    [issue('C', { material: 'RM-X' }), /RM-X is not in the material master/],
    [issue('C', { quantity: '6000000' }), /Only 4999\d+\.\d+ KG of RM-STEEL-304 are in stock/],
    [issue('C', { quantity: '1.2345' }), /at most 3 decimal places/],
  ]
  for (const [body, reason] of refused) {
    const answer = await post('/stock/issues', 'k2', body)
    assert.equal(answer.status, 422)
    assert.match(answer.text, reason)
  }
  assert.equal(await issues('C'), 0)
  assert.equal((await post('/stock/issues', 'k2', issue('C'))).status, 201)
})

test('a lost answer has had its effect', async () => {
  const posting =
    '<LedgerPosting><Reference>D</Reference><WorkOrder>WO-1</WorkOrder><Debit>5001</Debit><Credit>1403</Credit>' +
    '<Amount>27.98</Amount><Currency>CNY</Currency></LedgerPosting>'
  await ask(`${erp.url}/faults`, { kind: 'lose-answer', forSeconds: 60 })
  await assert.rejects(post('/ledger/postings', 'k3', posting))
  await ask(`${erp.url}/faults`, { kind: 'down', forSeconds: 60 })
  await assert.rejects(post('/ledger/postings', 'k4', posting))
  await ask(`${erp.url}/faults`, { kind: 'none' })
  const held = (await truth()).postings
  assert.deepEqual(
    held.map(({ reference, amount }) => ({ reference, amount })),
    [{ reference: 'D', amount: '27.98' }],
  )
  assert.equal((await post('/ledger/postings', 'k3', posting)).status, 201)
  assert.equal((await truth()).postings.length, 1)
})

test('tells the standard cost of what it knows', async () => {
  const known = await fetch(`${erp.url}/materials/CB-WIRE-2X1/standard-cost`)
  assert.match(await known.text(), /<Unit>M<\/Unit><Price>3.1450<\/Price>/)
  assert.equal((await fetch(`${erp.url}/materials/CB-WIRE-2X2/standard-cost`)).status, 404)
})
