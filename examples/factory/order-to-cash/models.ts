import { model, Type } from 'isthmus'

const pieces = Type.Integer({ minimum: 1 })
const amount = Type.String({ pattern: '^\\d+\\.\\d{2}$' })

/** What the CRM tells of an order that sales has won. */
export const WonOrder = model('WonOrder', {
  version: 1,
  key: 'number',
  schema: Type.Object({
    no: Type.Integer(),
    wonAt: Type.String({ format: 'date-time' }),
    number: Type.String(),
    customer: Type.String(),
    product: Type.String(),
    pieces,
    price: amount,
    shipTo: Type.String(),
  }),
})

/** An order for a product of the factory, as everybody knows it. */
export const SalesOrder = model('SalesOrder', {
  version: 1,
  key: 'number',
  schema: Type.Object({
    number: Type.String(),
    customer: Type.String(),
    product: Type.String(),
    pieces,
    amount: Type.String({ description: 'CNY', pattern: '^\\d+\\.\\d{2}$' }),
    shipTo: Type.String({ description: 'Empty if nobody knows' }),
  }),
})

export const StockQuestion = model('StockQuestion', {
  version: 1,
  key: 'order',
  schema: Type.Object({ order: Type.String(), product: Type.String(), pieces }),
})

export const Reserved = model('Reserved', {
  version: 1,
  schema: Type.Object({ reserved: Type.Integer(), short: Type.Integer() }),
})

export const OrderNumber = model('OrderNumber', {
  version: 1,
  key: 'order',
  schema: Type.Object({ order: Type.String() }),
})

export const ShippingOrder = model('ShippingOrder', {
  version: 1,
  key: 'order',
  schema: Type.Object({ order: Type.String(), shipTo: Type.String() }),
})

export const ErpDocument = model('ErpDocument', {
  version: 1,
  schema: Type.Object({ number: Type.Integer() }),
})

export const CreditQuestion = model('CreditQuestion', {
  version: 1,
  schema: Type.Object({ customer: Type.String(), amount }),
})

export const Credit = model('Credit', {
  version: 1,
  schema: Type.Object({ Decision: Type.Enum(['approved', 'blocked']), Limit: Type.String() }),
})

/** An entry of a customer's account: a bill, an invoice, revenue. */
export const AccountEntry = model('AccountEntry', {
  version: 1,
  key: 'Reference',
  schema: Type.Object({
    Reference: Type.String(),
    Customer: Type.String(),
    Amount: amount,
    Currency: Type.Literal('CNY'),
  }),
})

export const Cancellation = model('Cancellation', {
  version: 1,
  key: 'Reference',
  schema: Type.Object({ Reference: Type.String() }),
})

export const ProductionOrder = model('ProductionOrder', {
  version: 1,
  key: 'order',
  schema: Type.Object({ order: Type.String(), product: Type.String(), pieces }),
})

/** What the MES tells when a production order is finished. */
export const ProductionFinished = model('ProductionFinished', {
  version: 1,
  key: 'order',
  schema: Type.Object({
    eventId: Type.String(),
    order: Type.String(),
    product: Type.String(),
    pieces,
  }),
})

/** The ERP's table of what customers have taken. */
export const Demand = model('Demand', {
  version: 1,
  schema: Type.Object({ order_no: Type.String(), product: Type.String(), pieces }),
})
