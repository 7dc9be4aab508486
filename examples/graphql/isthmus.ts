import { env, flow, idempotent, landscape, model, system, Type } from 'isthmus'
import { files, jsonLines } from 'isthmus/files'
import { graphql } from 'isthmus/graphql'

const Text = Type.String()
const Sale = model('Sale', { version: 1, schema: Type.Object({ no: Text, customer: Text }) })
const Customer = model('Customer', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Text, name: Text, discount: Text, updatedAt: Text }),
})
const Order = model('Order', {
  version: 1,
  schema: Type.Object({ no: Text, customer: Text, discount: Text }),
})

const shop = system('shop', { kind: 'other', connector: files({ folder: env('SHOP', './shop') }) })
const sold = shop.read('sold', Sale, { pattern: '*.jsonl', format: jsonLines(), every: '1s' })
const known = shop.write('known', Customer, {
  folder: 'customers',
  format: jsonLines(),
  file: ({ no }) => `${no}.jsonl`,
})

const crm = system('crm', {
  kind: 'crm',
  allow: ['loopback'], // the little server of this example
  connector: graphql({
    url: env('CRM_URL', 'http://127.0.0.1:8079/graphql'),
    schema: `${import.meta.dirname}/crm.graphql`, // a wrong field is found at the start
    errors: { MAINTENANCE: 'unavailable' }, // this CRM says so, and then has done nothing
  }),
})
const customers = crm.list('customers', Customer, {
  document: `query ($first: Int!, $after: String, $since: DateTime) {
    customers(first: $first, after: $after, since: $since) {
      nodes { no name discount updatedAt }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  at: 'customers',
  id: ({ no }) => no,
  changed: ({ updatedAt }) => updatedAt,
  every: '1s',
})
const customer = crm.query('customer', {
  document: 'query Customer($no: ID!) { customer(no: $no) { no name discount updatedAt } }',
  at: 'customer',
  request: Sale,
  response: Customer, // discount is text: no digit is lost
  variables: ({ customer }) => ({ no: customer }),
})
const order = crm.send('order', Order, {
  document: `mutation PlaceOrder($order: OrderInput!, $key: String!) {
    placeOrder(order: $order, key: $key) { __typename ... on OrderRejected { message } }
  }`,
  variables: (order, { effectKey }) => ({ order, key: effectKey }),
  at: 'placeOrder',
  failures: { OrderRejected: 'refused' },
  effect: idempotent, // this CRM looks at the key
})

const sales = flow('sales')
  .from(sold)
  .key(sale => sale.no)
  .enrich('customer', customer, sale => sale)
  .map(Order, { no: s => s.no, customer: s => s.customer.no, discount: s => s.customer.discount })
  .to(order)
const knowing = flow('knowing-customers')
  .from(customers)
  .key(({ no }) => no)
  .to(known)

export default landscape({ name: 'graphql', systems: [shop, crm], flows: [sales, knowing] })
