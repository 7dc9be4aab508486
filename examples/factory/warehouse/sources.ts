// What the warehouse reads of MES, CRM and HRM.
import { model, read, Type } from 'isthmus'
import { crm, mes } from '../systems.ts'
import { instant, money, Page, pageSize, Text } from './books.ts'

export const ReportRow = Type.Object({
  n: Type.Integer(),
  eventId: Text,
  workOrder: Text,
  line: Text,
  material: Text,
  qty: Text,
  uom: Type.String({ examples: ['KG', 'G', 'T', 'M', 'PCS'] }),
  lot: Text,
  consumedAt: Text,
  operatorNumber: Text,
})

export const productionReports = mes.operation('production-reports', {
  method: 'GET',
  path: '/production-reports',
  query: ({ after }) => ({ after: String(after), limit: String(pageSize) }),
  request: Page,
  response: model('ProductionReports', {
    version: 1,
    schema: Type.Object({ reports: Type.Array(ReportRow) }),
  }),
  effect: read,
})

export const workOrders = mes.operation('work-orders', {
  method: 'GET',
  path: '/work-orders',
  request: model('WorkOrderQuestion', { version: 1, schema: Type.Object({}) }),
  response: model('WorkOrders', {
    version: 1,
    schema: Type.Object({ workOrders: Type.Array(Type.Object({ number: Text, line: Text })) }),
  }),
  effect: read,
})

const Pages = Type.Object({ hasNextPage: Type.Boolean() })

export const ChangeRow = Type.Object({
  no: Type.Integer(),
  changedAt: instant,
  customer: Type.Object({ number: Text, name: Text, city: Text }),
})
export const customerLog = crm.query('customer-log', {
  document: `query ($first: Int!, $after: String) {
    customerChanges(first: $first, after: $after) {
      nodes { no changedAt customer { number name city } }
      pageInfo { hasNextPage }
    }
  }`,
  variables: ({ after }) => ({ first: pageSize, after: String(after) }),
  request: Page,
  response: model('CustomerLog', {
    version: 1,
    schema: Type.Object({
      customerChanges: Type.Object({ nodes: Type.Array(ChangeRow), pageInfo: Pages }),
    }),
  }),
})

export const OrderRow = Type.Object({
  no: Type.Integer(),
  wonAt: instant,
  number: Text,
  customer: Text,
  product: Text,
  pieces: Type.Integer(),
  price: money,
})
export const orderLog = crm.query('order-log', {
  document: `query ($first: Int!, $after: String) {
    ordersWon(first: $first, after: $after) {
      nodes { no wonAt number customer product pieces price }
      pageInfo { hasNextPage }
    }
  }`,
  variables: ({ after }) => ({ first: pageSize, after: String(after) }),
  request: Page,
  response: model('OrderLog', {
    version: 1,
    schema: Type.Object({ ordersWon: Type.Object({ nodes: Type.Array(OrderRow), pageInfo: Pages }) }),
  }),
})
