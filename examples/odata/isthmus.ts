import { env, flow, idempotent, landscape, model, secret, system, Type } from 'isthmus'
import { basic, odata } from 'isthmus/odata'

const Text = Type.String()
const Nullable = Type.Union([Text, Type.Null()])
const PurchaseOrder = model('PurchaseOrder', {
  version: 1,
  key: 'OrderNo',
  schema: Type.Object({ OrderNo: Text, Amount: Nullable, Day: Nullable }),
})
const PortalOrder = model('PortalOrder', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Text, amount: Nullable, day: Nullable }), // amounts are text: 12.50 keeps its zero
})

const s4 = system('s4', {
  kind: 'erp',
  allow: ['loopback'], // a server on this machine, to try it
  connector: odata({
    url: env('S4_URL', 'http://127.0.0.1:8090/sap/opu/odata/sap/SHOP_SRV'),
    version: 'V2', // with an X-CSRF-Token before each change
    auth: basic(env('S4_USER', 'isthmus'), secret('S4_PASSWORD')),
    query: { 'sap-client': '100' },
  }),
})
const orders = s4.entities('orders', PurchaseOrder, { set: 'Orders', every: '5s' })

const portal = system('portal', {
  kind: 'other',
  allow: ['loopback'], // a server on this machine, to try it
  connector: odata({ url: env('PORTAL_URL', 'http://127.0.0.1:8091/shop'), version: 'V4' }),
})
const portalOrder = portal.upsert('order', PortalOrder, {
  set: 'Orders',
  effect: idempotent,
  method: 'PUT',
  batch: 50, // so many orders in one $batch, each answered for itself
})

const mirror = flow('orders')
  .from(orders)
  .key(order => order.OrderNo)
  .map(PortalOrder, {
    no: order => order.OrderNo,
    amount: order => order.Amount,
    day: order => order.Day?.slice(0, 10) ?? null, // an Edm.DateTime of midnight becomes an Edm.Date
  })
  .to(portalOrder)

export default landscape({ name: 'odata', systems: [s4, portal], flows: [mirror] })
