import { env, flow, landscape, model, system, Type } from 'isthmus'
import { kafka } from 'isthmus/kafka'
import { sql, sqlText } from 'isthmus/sql'

const Text = Type.String()
const Order = model('Order', {
  version: 1,
  schema: Type.Object({ no: Text, customer: Text, amount: Text }),
})
const Booking = model('Booking', { version: 1, schema: Type.Object({ order: Text, amount: Text }) })
const Cancelled = model('Cancelled', { version: 1, schema: Type.Object({ no: Text }) })

const bus = system('bus', {
  kind: 'other',
  allow: ['loopback'], // a broker on this machine, to try it
  connector: kafka({ brokers: env('BUS_BROKERS', '127.0.0.1:9092') }),
})
// Two subscribers of one topic: each group gets every order.
const forFinance = bus.consume('orders-for-finance', Order, {
  topic: 'orders',
  group: 'finance',
  record: ({ value }) => value ?? undefined, // a record without value says that the order is gone
})
const gone = bus.consume('orders-gone', Cancelled, {
  topic: 'orders',
  group: 'finance-gone',
  record: ({ key, value }) => (value === null ? { no: key } : undefined),
})
const bookings = bus.produce('bookings', Booking, { topic: 'bookings' })

const finance = system('finance', {
  kind: 'finance',
  connector: sql({
    url: env('FINANCE_DATABASE', './finance.db'),
    setup: [
      sqlText`create table if not exists orders (no text primary key, customer text, amount text)`,
      sqlText`create table if not exists cancelled (no text primary key)`,
    ],
  }),
})
const orders = finance.table('orders', Order, { table: 'orders', mode: 'upsert', key: ['no'] })
const cancelled = finance.table('cancelled', Cancelled, { table: 'cancelled', mode: 'upsert', key: ['no'] })

const booking = flow('booking')
  .from(forFinance)
  .key(order => order.no)
  .to(orders)
  .map(Booking, { order: o => o.no, amount: o => o.amount })
  .to(bookings)

const cancelling = flow('cancelling')
  .from(gone)
  .key(order => order.no)
  .to(cancelled)

export default landscape({ name: 'kafka', systems: [bus, finance], flows: [booking, cancelling] })
