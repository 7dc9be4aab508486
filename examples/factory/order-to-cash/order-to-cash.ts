// From an order that sales has won to the invoice: every step happens, or all that happened is taken back. From the
// shipment on there is no way back.
import { type DataOf, flow, multiply, round, saga, sagaEvent } from 'isthmus'
import { salesOrderConfirmed } from '../events.ts'
import {
  bills,
  cancellations,
  creditCheck,
  demand,
  finishedOrders,
  invoices,
  ordersWon,
  productionCancellations,
  productionOrders,
  productReceipts,
  releaseStock,
  reserveStock,
  revenues,
  shipment,
} from './channels.ts'
import { ProductionFinished, SalesOrder } from './models.ts'

export const productionFinished = sagaEvent('production-finished', ProductionFinished)

type Scope = { readonly input: DataOf<typeof SalesOrder> }

const entry = ({ input }: Scope) => ({
  Reference: input.number,
  Customer: input.customer,
  Amount: input.amount,
  Currency: 'CNY' as const,
})

export const orderToCash = saga('order-to-cash', SalesOrder)
  .step('reserve', reserveStock, ({ input }) => ({
    order: input.number,
    product: input.product,
    pieces: input.pieces,
  }))
  .undo(releaseStock, ({ input }) => ({ order: input.number }))
  .step('credit', creditCheck, ({ input }) => ({ customer: input.customer, amount: input.amount }))
  .when(
    'blocked',
    ({ credit }) => credit.Decision === 'blocked',
    part =>
      part
        .decide('clearance', {
          question: ({ input, credit }) =>
            `${input.number} of ${input.customer} comes to CNY ${input.amount}, above the limit of CNY ${credit.Limit}. Clear it?`,
          options: ['clear', 'reject'],
        })
        .require('credit is cleared', ({ clearance }) => clearance.choice === 'clear'),
  )
  // A bill is one more entry, whatever other orders of the customer have added meanwhile.
  .step('bill', bills, entry, { commutes: true })
  .undo(cancellations, ({ input }) => ({ Reference: input.number }))
  .when(
    'short',
    ({ reserve }) => reserve.short > 0,
    part =>
      part
        .step('produce', productionOrders, ({ input, reserve }) => ({
          order: input.number,
          product: input.product,
          pieces: reserve.short,
        }))
        .undo(productionCancellations, ({ input }) => ({ order: input.number }))
        .wait('produced', productionFinished, { within: '2m' }),
  )
  .pivot('ship', shipment, ({ input }) => ({ order: input.number, shipTo: input.shipTo }))
  .step('invoice', invoices, entry, { commutes: true })
  .step('confirm', salesOrderConfirmed, ({ input }) => input)

/** CRM → order to cash. */
const wonOrders = flow('won-orders')
  .from(ordersWon)
  .key(order => order.number)
  .to(orderToCash, {
    number: order => order.number,
    customer: order => order.customer,
    product: order => order.product,
    pieces: order => order.pieces,
    amount: order => round(multiply(order.price, String(order.pieces)), 2),
    shipTo: order => order.shipTo,
  })

/** MES → ERP: what was made is in stock, for its order. Then whoever waits for it hears of it. */
const production = flow('production')
  .from(finishedOrders)
  .key(finished => finished.order)
  .to(productReceipts, {
    order: finished => finished.order,
    product: finished => finished.product,
    pieces: finished => finished.pieces,
  })
  .to(productionFinished)

// A confirmed order is published once. Planning and the ledger subscribe.

/** Confirmed orders → ERP: what customers take, for whoever plans. */
const confirmedToStock = flow('confirmed-to-stock')
  .from(salesOrderConfirmed)
  .key(order => order.product)
  .to(demand, {
    order_no: order => order.number,
    product: order => order.product,
    pieces: order => order.pieces,
  })

/** Confirmed orders → finance: revenue. */
const confirmedToLedger = flow('confirmed-to-ledger')
  .from(salesOrderConfirmed)
  .key(order => order.customer)
  .to(revenues, {
    Reference: order => order.number,
    Customer: order => order.customer,
    Amount: order => order.amount,
    Currency: () => 'CNY',
  })

export const orderToCashFlows = [wonOrders, production, confirmedToStock, confirmedToLedger]
