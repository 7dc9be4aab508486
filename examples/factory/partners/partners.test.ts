import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/temporary-folder.ts'
import { ask, startSimulated } from '../processes.ts'
import { PartnersDatabase, type PartnersTruth } from './database.ts'
import { ediOf, order } from './ordering.ts'

const folder = temporaryFolder('partners')
const orders = join(folder, 'orders')
mkdirSync(orders)

test('an order is a file of EDIFACT, which says a wrong count if it was damaged', () => {
  const line = { article: 'PT-BOLT-M8', quantity: '12', unit: 'PCE', price: '0.3125' }
  const made = { number: 'PO-1', customer: 'C1', lines: [line], damaged: false }
  const at = new Date('2026-11-30T08:05:00Z')
  assert.equal(
    ediOf(made, 7, at).replaceAll('\r\n', ''),
    "UNA:+.? 'UNB+UNOC:3+CUSTOMERS:ZZ+FACTORY:ZZ+261130:0805+000000007'UNH+7+ORDERS:D:96A:UN'BGM+220+PO-1+9'" +
      "DTM+137:20261130:102'NAD+BY+C1::92'LIN+1++PT-BOLT-M8:SA'QTY+21:12:PCE'PRI+AAA:0.3125'UNS+S'UNT+9+7'" +
      "UNZ+1+000000007'",
  )
  assert.match(ediOf({ ...made, damaged: true }, 7, at), /UNT\+12\+7/)
})

test('orders that a killed program left behind are sent; prices are pages in GBK, which can be remade', async t => {
  const data = join(folder, 'partners.db')
  const { number, edi } = order(new PartnersDatabase(data))
  const partners = await startSimulated('partners', { port: 0, data, orders, rate: 0 })
  t.after(partners.kill)
  assert.deepEqual(readdirSync(orders), [`${number}.edi`])
  assert.equal(readFileSync(join(orders, `${number}.edi`), 'utf8'), edi)

  const page = async (path: string) => {
    const response = await fetch(partners.url + path)
    assert.equal(response.headers.get('content-type'), 'text/html; charset=gbk')
    return new TextDecoder('gbk').decode(await response.arrayBuffer())
  }
  const [first, last] = [await page('/prices'), await page('/prices?page=3')]
  assert.match(first, /<th>货号<\/th> <th>名称<\/th> <th>单价<\/th> <th>版本<\/th>/)
  assert.match(first, /<a class="next" href="\/prices\?page=2">/)
  assert.doesNotMatch(last, /class="next"/)
  const { prices } = await ask<PartnersTruth>(`${partners.url}/truth`)
  const steel = prices.find(({ article }) => article === 'RM-STEEL-304')
  assert.ok(
    last.includes(`<td>RM-STEEL-304</td> <td>${steel?.name}</td> <td>￥${steel?.price}</td> <td>1</td>`),
  )
  await ask(`${partners.url}/layout`, { remade: true })
  assert.match(await page('/prices'), /<th>名称<\/th> <th>起订量<\/th> <th>单价<\/th>/)
})
