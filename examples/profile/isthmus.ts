import { env, flow, landscape, model, sentinel, system, Type } from 'isthmus'
import { csv, files } from 'isthmus/files'
import { sql, sqlText } from 'isthmus/sql'
import known from './orders.profile.json' with { type: 'json' }

const Text = Type.String()
const Order = model('Order', {
  version: 1,
  key: 'no',
  pii: ['customer'],
  schema: Type.Object({ no: Text, customer: Text, state: Text, amount: Text, day: Text }),
})
const shop = system('shop', { kind: 'files', connector: files({ folder: env('SHOP_FOLDER', './orders') }) })
const orders = shop.read('orders', Order, { pattern: '*.csv', format: csv(), settle: '0s', every: '1s' })

const Receivable = model('Receivable', {
  version: 1,
  schema: Type.Object({ no: Text, debtor: Text, amount: Text, open: Type.Boolean() }),
})
const books = system('books', {
  kind: 'finance',
  connector: sql({
    url: env('BOOKS', './books.db'),
    setup: [
      sqlText`create table if not exists receivable ("no" text primary key, debtor text, amount text, open integer)`,
    ],
  }),
})
const receivable = books.table('receivable', Receivable, { table: 'receivable', mode: 'upsert', key: ['no'] })

const finance = flow('finance')
  .from(orders)
  .to(receivable, {
    no: order => order.no,
    debtor: order => order.customer,
    amount: order => order.amount,
    open: order => order.state !== 'closed',
  })

export default landscape({
  name: 'profile',
  systems: [shop, books],
  flows: [finance],
  // Each hundred orders are compared with what orders were like; a new state is told whenever one comes.
  sentinels: [sentinel(orders, known, { sample: 100, unknown: 0 })],
})
