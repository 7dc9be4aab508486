import { env, flow, irreversible, landscape, model, read, secret, system, Type } from 'isthmus'
import { files, jsonLines } from 'isthmus/files'
import { rpc } from 'isthmus/rpc'

const Text = Type.String()
const Sale = model('Sale', {
  version: 1,
  schema: Type.Object({ no: Text, product: Text, qty: Type.Integer() }),
})
const Price = model('Price', { version: 1, schema: Type.Object({ amount: Text }) })
const Order = model('Order', { version: 1, schema: Type.Object({ ref: Text, product: Text, amount: Text }) })

const till = system('till', { kind: 'other', connector: files({ folder: env('TILL', './till') }) })
const sold = till.read('sold', Sale, { pattern: '*.jsonl', format: jsonLines(), every: '1s' })

const erp = system('erp', {
  kind: 'erp',
  allow: ['loopback'], // the little server of this example
  connector: rpc({
    url: env('ERP_RPC', 'http://127.0.0.1:8079/xmlrpc'),
    protocol: 'xml',
    session: {
      method: 'login',
      params: resolve => ['till', resolve(secret('ERP_PASSWORD'))],
      token: result => String(result),
      expired: ({ code }) => code === 100,
    },
    errors: { 503: 'unavailable' }, // this ERP says so while it is being upgraded
  }),
})
const price = erp.call('price', {
  method: 'product.price',
  request: Sale,
  response: Price, // amount is text: 12.50 keeps its zero
  params: ({ product }, { token }) => [token, product],
  effect: read,
})
const order = erp.send('order', Order, {
  method: 'order.create',
  params: (data, { token, effectKey }) => [token, { ...data, key: effectKey }],
  tags: { '1/amount': 'double' }, // sent digit for digit
  effect: irreversible,
})

const sales = flow('sales')
  .from(sold)
  .key(sale => sale.no)
  .enrich('price', price, sale => sale)
  .map(Order, { ref: s => s.no, product: s => s.product, amount: s => s.price.amount })
  .to(order)

export default landscape({ name: 'rpc', systems: [till, erp], flows: [sales] })
