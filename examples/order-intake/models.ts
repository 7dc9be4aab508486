import { model, Type } from 'isthmus'

const text = Type.String({ minLength: 1, maxLength: 200 })

/** The order as the shop sends it, in XML. */
export const ShopOrder = model('ShopOrder', {
  version: 1,
  pii: ['Header.ShipTo.Name', 'Header.ShipTo.Street'],
  schema: Type.Object({
    Header: Type.Object({
      OrderId: text,
      CustomerId: text,
      OrderDate: Type.String({ format: 'date' }),
      Currency: text,
      ShipTo: Type.Optional(
        Type.Object({
          Name: Type.Optional(Type.String()),
          Street: Type.Optional(Type.String()),
          City: Type.Optional(Type.String()),
          Country: Type.Optional(Type.String()),
        }),
      ),
    }),
    Lines: Type.Object({
      Line: Type.Array(
        Type.Object({
          '@no': Type.Optional(Type.Integer()),
          Sku: text,
          Description: Type.Optional(Type.String()),
          Qty: Type.Number({ exclusiveMinimum: 0 }),
          Price: Type.Number({ minimum: 0 }),
        }),
        { minItems: 1 },
      ),
    }),
  }),
})

/** A sum of money in cents: a number where that is exact, else the text of its digits. */
const money = Type.Union([Type.Number(), Type.String()])

/** The order as the company knows it. */
export const Order = model('Order', {
  version: 1,
  key: 'orderId',
  pii: ['shipTo.name', 'shipTo.street'],
  schema: Type.Object({
    orderId: Type.String(),
    customerId: Type.String(),
    orderDate: Type.String(),
    currency: Type.String(),
    shipTo: Type.Optional(
      Type.Object({
        name: Type.Optional(Type.String()),
        street: Type.Optional(Type.String()),
        city: Type.Optional(Type.String()),
        country: Type.Optional(Type.String()),
      }),
    ),
    lines: Type.Array(
      Type.Object({
        no: Type.Integer(),
        sku: Type.String(),
        qty: Type.Number(),
        price: Type.Number(),
        amount: money,
      }),
    ),
    total: money,
  }),
})
