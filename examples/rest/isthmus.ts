import { env, flow, irreversible, landscape, model, read, secret, system, Type } from 'isthmus'
import { oauth2, rest } from 'isthmus/rest'

const Text = Type.String()
const Order = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Text, sku: Text, qty: Type.Integer(), updatedAt: Text }),
})
const Stock = model('Stock', { version: 1, schema: Type.Object({ sku: Text, place: Text }) })
const Shipment = model('Shipment', {
  version: 1,
  schema: Type.Object({ order: Text, sku: Text, qty: Type.Integer(), from: Text }),
})

const shop = system('shop', {
  kind: 'crm',
  allow: ['loopback'], // the little server of this example
  connector: rest({
    url: env('SHOP_URL', 'http://127.0.0.1:8078/api'),
    auth: oauth2({
      tokenUrl: env('SHOP_TOKEN_URL', 'http://127.0.0.1:8078/token'),
      clientId: 'isthmus',
      clientSecret: secret('SHOP_SECRET'),
      scopes: ['orders'],
    }),
  }),
})
const orders = shop.list('orders', Order, {
  path: '/orders',
  query: { sort: 'updatedAt', limit: 2 },
  records: '/data',
  pages: { by: 'offset' },
  since: { parameter: 'updatedSince', time: order => Date.parse(order.updatedAt) },
  key: order => order.no,
  every: '2s',
})

const depot = system('depot', {
  kind: 'warehouse',
  allow: ['loopback'], // the little server of this example
  connector: rest({ url: env('DEPOT_URL', 'http://127.0.0.1:8078/depot') }),
})
const stock = depot.operation('stock', {
  method: 'GET',
  path: ({ sku }) => `/stock/${encodeURIComponent(sku)}`,
  request: Order,
  response: Stock,
  effect: read,
})
const ship = depot.send('ship', Shipment, {
  method: 'POST',
  path: '/shipments',
  effect: irreversible,
  // This depot answers 200 whatever happens.
  failure: answer => {
    const { status, message } = answer as { status: string; message?: string }
    if (status === 'OK') return undefined
    return { outcome: status === 'CLOSED' ? 'unavailable' : 'refused', reason: message }
  },
  // It is asked before anything is sent again.
  probe: { path: ({ data }) => `/shipments/${encodeURIComponent(data.order)}` },
})

const shipping = flow('shipping')
  .from(orders)
  .key(order => order.no)
  .enrich('stock', stock, order => order)
  .map(Shipment, { order: o => o.no, sku: o => o.sku, qty: o => o.qty, from: o => o.stock.place })
  .to(ship)

export default landscape({ name: 'rest', systems: [shop, depot], flows: [shipping] })
