import { env, flow, idempotent, landscape, model, read, secret, system, Type } from 'isthmus'
import { files, jsonLines } from 'isthmus/files'
import { soap, usernameToken } from 'isthmus/soap'

const Text = Type.String()
const Sale = model('Sale', { version: 1, schema: Type.Object({ no: Text, product: Text }) })
const Price = model('Price', { version: 1, schema: Type.Object({ amount: Text }) })
const Line = Type.Object({ product: Text, amount: Text })
const Order = model('Order', { version: 1, schema: Type.Object({ ref: Text, line: Type.Array(Line) }) })

const till = system('till', { kind: 'other', connector: files({ folder: env('TILL', './till') }) })
const sold = till.read('sold', Sale, { pattern: '*.jsonl', format: jsonLines(), every: '1s' })

const erp = system('erp', {
  kind: 'erp',
  allow: ['loopback'], // the little server of this example
  connector: soap({
    wsdl: './erp.wsdl',
    url: env('ERP_SOAP', 'http://127.0.0.1:8078/orders'),
    security: usernameToken('till', secret('ERP_PASSWORD'), { digest: true, timestamp: '5m' }),
  }),
})
const price = erp.operation('price', {
  operation: 'GetPrice',
  request: Sale,
  body: ({ product }) => ({ product }),
  response: Price, // amount is text: 12.50 keeps its zero
  effect: read,
})
const order = erp.send('order', Order, {
  operation: 'PostOrder',
  body: (data, { effectKey }) => ({ ...data, requestId: effectKey }),
  effect: idempotent, // this ERP takes a requestId once
  faults: { OrderClosed: 'refused' }, // it says Server where it means no
})

const sales = flow('sales')
  .from(sold)
  .key(sale => sale.no)
  .enrich('price', price, sale => sale)
  .map(Order, { ref: s => s.no, line: s => [{ product: s.product, amount: s.price.amount }] })
  .to(order)

export default landscape({ name: 'soap', systems: [till, erp], flows: [sales] })
