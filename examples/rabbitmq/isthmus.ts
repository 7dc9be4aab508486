import { env, flow, idempotent, landscape, model, secret, system, Type } from 'isthmus'
import { files, jsonLines } from 'isthmus/files'
import { rabbitmq } from 'isthmus/rabbitmq'
import { sql, sqlText } from 'isthmus/sql'

const Text = Type.String()
const Order = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Text, product: Text, qty: Type.Integer(), amount: Text }),
})
const Reservation = model('Reservation', {
  version: 1,
  schema: Type.Object({ no: Text, product: Text, qty: Type.Integer() }),
})
const Invoice = model('Invoice', { version: 1, schema: Type.Object({ no: Text, amount: Text }) })

const shop = system('shop', { kind: 'other', connector: files({ folder: env('SHOP', './shop') }) })
const ordered = shop.read('ordered', Order, { pattern: '*.jsonl', format: jsonLines(), every: '1s' })

const broker = system('broker', {
  kind: 'other',
  allow: ['loopback', 'private'],
  connector: rabbitmq({
    url: env('BROKER', 'amqp://127.0.0.1'),
    user: env('BROKER_USER', 'guest'),
    password: secret('BROKER_PASSWORD'),
  }),
})

// One event, published once; whoever wants it has a queue of its own.
const orders = { name: 'orders', type: 'topic' } as const
const queueOf = (name: string) => ({
  exchanges: [orders],
  queues: [{ name, arguments: { 'x-delivery-limit': 10 } }],
  bindings: [{ queue: name, exchange: orders.name, routingKey: 'order.placed' }],
})
const placed = broker.publish('placed', Order, {
  exchange: orders.name,
  routingKey: 'order.placed',
  declare: queueOf('stock.orders'), // there is a reader before the first event
  effect: idempotent, // who reads it knows the message-id
})
const stockOrders = broker.consume('stock-orders', Order, {
  queue: 'stock.orders',
  declare: queueOf('stock.orders'),
})
const financeOrders = broker.consume('finance-orders', Order, {
  queue: 'finance.orders',
  declare: queueOf('finance.orders'),
})

const books = system('books', {
  kind: 'erp',
  connector: sql({
    url: env('BOOKS', './books.db'),
    setup: [
      sqlText`create table if not exists reservations (no text primary key, product text, qty integer)`,
      sqlText`create table if not exists invoices (no text primary key, amount text)`,
    ],
  }),
})
const reserve = books.table('reserve', Reservation, { table: 'reservations', mode: 'upsert', key: ['no'] })
const invoice = books.table('invoice', Invoice, { table: 'invoices', mode: 'upsert', key: ['no'] })

const publishing = flow('publishing')
  .from(ordered)
  .key(order => order.no)
  .to(placed)
const stock = flow('stock')
  .from(stockOrders)
  .key(order => order.no)
  .map(Reservation, { no: o => o.no, product: o => o.product, qty: o => o.qty })
  .to(reserve)
const finance = flow('finance')
  .from(financeOrders)
  .key(order => order.no)
  .map(Invoice, { no: o => o.no, amount: o => o.amount })
  .to(invoice)

export default landscape({
  name: 'rabbitmq',
  systems: [shop, broker, books],
  flows: [publishing, stock, finance],
})
