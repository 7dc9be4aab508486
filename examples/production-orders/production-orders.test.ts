import assert from 'node:assert/strict'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startInstance } from '../../src/server/instance.ts'
import { putFile, testFolder, until } from '../../test/integration/files-harness.ts'
import example from './isthmus.ts'

const line = (no: string, status: string, quantity: string) => `<a:OrderLine><a:LineItem><b:ID>${no}</b:ID>
<b:LineStatusCode>${status}</b:LineStatusCode><b:Quantity unitCode="C62">${quantity}</b:Quantity>
<a:Delivery><a:RequestedDeliveryPeriod><b:EndDate>2026-05-04</b:EndDate></a:RequestedDeliveryPeriod></a:Delivery>
<a:Item><b:Name>Bike ${no}</b:Name><a:SellersItemIdentification><b:ID>BIKE-${no}</b:ID></a:SellersItemIdentification></a:Item>
</a:LineItem></a:OrderLine>`

/** With other prefixes than most have: the namespaces decide. */
const order = `<o:Order xmlns:o="urn:oasis:names:specification:ubl:schema:xsd:Order-2"
 xmlns:a="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><b:ID>A-7</b:ID><b:IssueDate>2026-04-30</b:IssueDate>
<a:BuyerCustomerParty><a:Party><a:PartyName><b:Name>Bike Shop</b:Name></a:PartyName></a:Party></a:BuyerCustomerParty>
<a:SellerSupplierParty/>${line('1', 'NoStatus', '2.500')}${line('2', 'Cancelled', '1')}${line('3', 'Added', '90071992547409931')}</o:Order>`

test('orders of UBL become work orders of B2MML, line by line', { timeout: 240_000 }, async t => {
  const folder = await testFolder(t)
  const [shop, mes] = [join(folder, 'shop'), join(folder, 'mes')]
  await Promise.all([mkdir(shop), mkdir(mes)])
  await putFile(shop, 'A-7.xml', order)
  const instance = await startInstance({
    landscape: example,
    data: folder,
    port: 0,
    control: { port: 0 },
    environment: { SHOP: shop, MES: mes },
    log: () => {},
  })
  try {
    const written = async () => (await readdir(mes)).filter(name => name.endsWith('.xml')).sort()
    await until(async () => (await written()).length === 2)
    const texts = await Promise.all((await written()).map(name => readFile(join(mes, name), 'utf8')))
    assert.deepEqual(
      texts.map(text => [
        /<OperationsRequest><ID>(.*?)</.exec(text)?.[1],
        /<QuantityString>(.*?)</.exec(text)?.[1],
      ]),
      [
        ['A-7-1', '2.500'],
        ['A-7-3', '90071992547409931'],
      ],
    )
    for (const text of texts) {
      assert.match(
        text,
        /^<\?xml.*\n<OperationsSchedule xmlns="http:\/\/www.mesa.org\/xml\/B2MML"><ID>A-7<\/ID>/,
      )
      assert.match(text, /<EndTime>2026-05-04T23:59:59Z<\/EndTime>.*<UnitOfMeasure>PCE<\/UnitOfMeasure>/)
    }
  } finally {
    await instance.stop()
  }
})
