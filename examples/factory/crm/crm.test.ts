import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { temporaryFolder } from '../../../test/temporary-folder.ts'
import { ask, startSimulated } from '../processes.ts'
import type { CrmTruth } from './database.ts'

test('a CRM that is killed forgets no change, does a request once, and says who changed what', async t => {
  const folder = temporaryFolder('crm')
  const args = { port: 0, data: join(folder, 'crm.db'), rate: 0, orders: 5 }
  const start = async () => {
    const crm = await startSimulated('crm', args, { env: { CRM_TOKEN: 'open' } })
    t.after(crm.kill)
    return crm
  }
  const killed = await start()
  const put = `mutation ($terms: CreditTerms!) { putCreditTerms(requestId: "r1", terms: $terms) { creditLimit } }`
  const variables = { terms: { number: 'C1001', creditLimit: 20_000, paymentDays: 14 } }
  const answer = await query(killed.url, put, variables)
  await killed.kill()
  const crm = await start()
  assert.deepEqual(await query(crm.url, put, variables), answer)
  assert.deepEqual(answer, { data: { putCreditTerms: { creditLimit: 20_000 } } })
  assert.match(JSON.stringify(await ask(`${crm.url}/graphql`, { query: put, variables })), /UNAUTHENTICATED/)

  const { customers, changes } = await ask<CrmTruth>(`${crm.url}/truth`)
  assert.equal(customers.length, 8)
  assert.equal(customers[0]?.creditLimit, 20_000)
  assert.deepEqual(
    changes.map(({ changedBy }) => changedBy === 'isthmus'),
    [...Array(8).fill(false), true],
  )

  const list = `query ($after: String) {
    customerChanges(first: 5, after: $after) { nodes { no } pageInfo { hasNextPage endCursor } }
  }`
  const pages = [await query(crm.url, list), await query(crm.url, list, { after: '5' })]
  assert.deepEqual(
    pages.map(({ data }) => data.customerChanges.nodes.map(({ no }: { no: number }) => no)),
    [
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9],
    ],
  )
  const won = () => ask<CrmTruth>(`${crm.url}/truth`).then(({ orders }) => orders.length)
  while ((await won()) === 0) await delay(20)
  const orders = `{ ordersWon(first: 1) { nodes { number customer pieces price } pageInfo { endCursor } } }`
  assert.match(
    JSON.stringify(await query(crm.url, orders)),
    /"number":"SO-000001","customer":"C100\d","pieces":\d+,"price":"\d+\.\d\d"}],"pageInfo":{"endCursor":"1"}/,
  )
  assert.deepEqual(pages[0]?.data.customerChanges.pageInfo, { hasNextPage: true, endCursor: '5' })
})

async function query(url: string, document: string, variables = {}) {
  return await ask<{ data: Record<string, never> & { customerChanges: Page } }>(
    `${url}/graphql`,
    { query: document, variables },
    'open',
  )
}

interface Page {
  readonly nodes: { readonly no: number }[]
  readonly pageInfo: object
}
