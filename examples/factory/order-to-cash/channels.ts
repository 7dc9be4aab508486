// What order to cash asks the systems to do, and what a repeated call does to them.
import { idempotent, irreversible, read, secret } from 'isthmus'
import { hmac, xml } from 'isthmus/rest'
import { crm, erp, erpDatabase, finance, mes } from '../systems.ts'
import * as models from './models.ts'

export const ordersWon = crm.list('orders-won', models.WonOrder, {
  document: `query ($first: Int!, $after: String, $since: DateTime) {
    ordersWon(first: $first, after: $after, since: $since) {
      nodes { no wonAt number customer product pieces price shipTo }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  at: 'ordersWon',
  id: ({ number }) => number,
  changed: ({ wonAt }) => wonAt,
  every: '1s',
})

export const reserveStock = erp.operation('reserve-stock', {
  operation: 'ReserveStock',
  request: models.StockQuestion,
  response: models.Reserved,
  body: (question, { effectKey }) => ({ requestId: effectKey, ...question }),
  effect: idempotent,
})
export const releaseStock = erp.send('release-stock', models.OrderNumber, {
  operation: 'ReleaseStock',
  body: (order, { effectKey }) => ({ requestId: effectKey, ...order }),
  effect: idempotent, // it leaves an order that it does not know yet without stock, too
})
export const productReceipts = erp.send('product-receipts', models.ProductionOrder, {
  operation: 'ReceiveProducts',
  body: (receipt, { effectKey }) => ({ requestId: effectKey, ...receipt }),
  effect: idempotent,
})
export const shipment = erp.operation('shipment', {
  operation: 'ShipOrder',
  request: models.ShippingOrder,
  response: models.ErpDocument,
  body: (order, { effectKey }) => ({ requestId: effectKey, ...order }),
  effect: irreversible, // what has left does not come back
  probe: {
    operation: 'FindDocument',
    body: (_, { effectKey }) => ({ requestId: effectKey }),
    done: answer => (answer as { document?: object }).document !== undefined,
    result: answer => (answer as { document: { number: number } }).document,
  },
})
export const demand = erpDatabase.table('demand', models.Demand, { table: 'demand', mode: 'insert' })

export const creditCheck = finance.operation('credit', {
  method: 'GET',
  path: '/credit',
  query: question => question,
  request: models.CreditQuestion,
  response: models.Credit,
  responseCodec: xml({ root: 'Credit' }),
  effect: read,
})
export const bills = accountEntry('bills', 'Bill')
export const invoices = accountEntry('invoices', 'Invoice')
export const revenues = accountEntry('revenues', 'Revenue')
export const cancellations = finance.send('cancellations', models.Cancellation, {
  method: 'POST',
  path: '/ledger/cancellations',
  codec: xml({ root: 'Cancellation' }),
  effect: idempotent, // where there is no bill yet, there will be none
})

function accountEntry(name: string, root: string) {
  return finance.send(name, models.AccountEntry, {
    method: 'POST',
    path: `/ledger/${name}`,
    codec: xml({ root }),
    effect: idempotent,
  })
}

export const productionOrders = mes.send('production-orders', models.ProductionOrder, {
  method: 'PUT',
  path: ({ order }) => `/production-orders/${encodeURIComponent(order)}`,
  body: ({ data: { product, pieces } }) => ({ product, pieces }),
  effect: idempotent, // an order of one name is one order
})
export const productionCancellations = mes.send('production-cancellations', models.OrderNumber, {
  method: 'PUT',
  path: ({ order }) => `/production-orders/${encodeURIComponent(order)}/cancellation`,
  effect: idempotent,
})
export const finishedOrders = mes.webhook('finished', models.ProductionFinished, {
  verify: hmac(secret('MES_HOOK_SECRET')),
})
