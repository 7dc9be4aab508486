import { env, flow, landscape, model, system, Type, topic } from 'isthmus'
import { files, jsonLines } from 'isthmus/files'
import { sql, sqlText } from 'isthmus/sql'

const Text = Type.String()
const Order = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Text, customer: Text, sku: Text, qty: Type.Integer(), amount: Text }),
})

// Orders arrive in a folder. What happens to them is a topic: who cares about orders subscribes.
const shop = system('shop', { kind: 'files', connector: files({ folder: env('SHOP_FOLDER', './orders') }) })
const orders = shop.read('orders', Order, {
  pattern: '*.jsonl',
  format: jsonLines(),
  settle: '0s',
  every: '1s',
})
const orderPlaced = topic('order-placed', Order)

const books = system('books', {
  kind: 'finance',
  connector: sql({
    url: env('BOOKS', './books.db'),
    setup: [
      sqlText`create table if not exists reserved ("no" text primary key, sku text, qty integer)`,
      sqlText`create table if not exists receivable ("no" text primary key, customer text, amount text)`,
    ],
  }),
})
const Reserved = model('Reserved', {
  version: 1,
  schema: Type.Object({ no: Text, sku: Text, qty: Type.Integer() }),
})
const Receivable = model('Receivable', {
  version: 1,
  schema: Type.Object({ no: Text, customer: Text, amount: Text }),
})
const reserved = books.table('reserved', Reserved, { table: 'reserved', mode: 'upsert', key: ['no'] })
const receivable = books.table('receivable', Receivable, { table: 'receivable', mode: 'upsert', key: ['no'] })

const intake = flow('intake').from(orders).to(orderPlaced)

const stock = flow('stock')
  .from(orderPlaced)
  .key(order => order.sku)
  .to(reserved, { no: order => order.no, sku: order => order.sku, qty: order => order.qty })

const finance = flow('finance')
  .from(orderPlaced)
  .key(order => order.customer)
  .to(receivable, { no: order => order.no, customer: order => order.customer, amount: order => order.amount })

export default landscape({ name: 'topics', systems: [shop, books], flows: [intake, stock, finance] })
