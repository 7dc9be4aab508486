// Orders that a shop posts as XML are upserted into a table:
//   ORDERS_DB=orders.db PORT=8080 npx isthmus start examples/order-intake
import { add, type DataOf, env, flow, landscape, multiply, round, system } from 'isthmus'
import { rest, xml } from 'isthmus/rest'
import { sql, sqlText } from 'isthmus/sql'
import { Order, ShopOrder } from './models.ts'

type Line = DataOf<typeof ShopOrder>['Lines']['Line'][number]

const shop = system('shop', { kind: 'crm', connector: rest() })

/** The OrderId is the order's identity: sent again it is answered with the first one's id, or 409 if it differs. */
const posted = shop.webhook('orders', ShopOrder, {
  path: '/orders',
  verify: 'unsigned',
  codec: xml({ root: 'Order', schema: ShopOrder.jsonSchema }),
  validate: true,
  id: order => order.Header.OrderId,
  conflict: 'refuse',
})

/** PostgreSQL (`postgres://...`) or the path of an SQLite file; the statement suits both. */
const warehouse = system('warehouse', {
  kind: 'warehouse',
  connector: sql({
    url: env('ORDERS_DB'),
    setup: [
      sqlText`create table if not exists orders (
        order_id text primary key, customer_id text not null, order_date date not null, currency text not null,
        total numeric not null, doc jsonb not null, seen int not null default 1,
        at timestamp with time zone not null default current_timestamp
      )`,
    ],
  }),
})

const orders = warehouse.table('orders', Order, {
  table: 'orders',
  mode: 'upsert',
  key: ['order_id'],
  columns: {
    order_id: 'orderId',
    customer_id: 'customerId',
    order_date: 'orderDate',
    currency: 'currency',
    total: 'total',
    doc: order => order,
  },
  update: { seen: sqlText`orders.seen + 1` },
})

const orderIntake = flow('order-intake')
  .from(posted)
  .key(({ Header }) => Header.OrderId)
  .map(Order, {
    orderId: ({ Header }) => Header.OrderId,
    customerId: ({ Header }) => Header.CustomerId,
    orderDate: ({ Header }) => Header.OrderDate,
    currency: ({ Header }) => Header.Currency,
    shipTo: ({ Header: { ShipTo } }) =>
      ShipTo && { name: ShipTo.Name, street: ShipTo.Street, city: ShipTo.City, country: ShipTo.Country },
    lines: ({ Lines }) =>
      Lines.Line.map((line, index) => ({
        no: line['@no'] ?? index + 1,
        sku: line.Sku,
        qty: line.Qty,
        price: line.Price,
        amount: asNumber(amountOf(line)),
      })),
    total: ({ Lines }) => asNumber(add(...Lines.Line.map(amountOf))),
  })
  .to(orders)

export default landscape({ name: 'order-intake', systems: [shop, warehouse], flows: [orderIntake] })

function amountOf({ Qty, Price }: Line): string {
  return round(multiply(Qty, Price), 2)
}

/** A number if it says the same sum to the cent; beyond 15 digits the text. */
function asNumber(sum: string): number | string {
  return sum.length <= 16 ? Number(sum) : sum
}
