import { env, flow, landscape, model, system, Type } from 'isthmus'
import { sql, sqlText } from 'isthmus/sql'
import { web } from 'isthmus/web'

const Text = Type.String()
const Offer = model('Offer', { version: 1, key: 'sku', schema: Type.Object({ sku: Text, price: Text }) })

// The supplier has nothing but a page with prices. Nobody asks it more often than once a second.
const supplier = system('supplier', {
  kind: 'other',
  allow: ['loopback'], // the little site of this example
  connector: web({ url: env('SUPPLIER', 'http://127.0.0.1:8090') }),
})
const offers = supplier.list('offers', Offer, {
  path: '/prices',
  records: 'table.prices tbody tr',
  fields: {
    sku: 'td.sku',
    price: { at: 'td.price', read: text => text.replace(/[^\d,]/g, '').replace(',', '.') },
  },
  // If the supplier turns its columns round or speaks of other prices, nothing is read.
  expect: { 'table.prices th.price': 'Price per piece' },
  pages: { next: 'a[rel=next]' },
  key: offer => offer.sku,
  every: '1m',
})

const erp = system('erp', {
  kind: 'erp',
  connector: sql({
    url: env('ERP', './erp.db'),
    setup: [sqlText`create table if not exists purchase_prices (sku text primary key, price text)`],
  }),
})
const prices = erp.table('prices', Offer, { table: 'purchase_prices', mode: 'upsert', key: ['sku'] })

export default landscape({
  name: 'web',
  systems: [supplier, erp],
  flows: [flow('purchase-prices').from(offers).to(prices)],
})
