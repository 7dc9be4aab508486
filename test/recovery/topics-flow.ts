import { env, flow, landscape, model, system, Type, topic } from 'isthmus'
import { files, jsonLines } from 'isthmus/files'
import { sql, sqlText } from 'isthmus/sql'

// Orders in a folder are published, in the order of each customer, and two flows put them into tables that show in which order they came.
const Text = Type.String()
const Order = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Text, customer: Text, n: Type.Integer() }),
})
const shop = system('shop', { kind: 'files', connector: files({ folder: env('SHOP_FOLDER', './orders') }) })
const orders = shop.read('orders', Order, {
  pattern: '*.jsonl',
  format: jsonLines(),
  settle: '0s',
  every: '20ms',
})
const placed = topic('placed', Order)

const columns = sqlText`(at integer primary key autoincrement, "no" text, customer text, n integer)`
const books = system('books', {
  kind: 'finance',
  connector: sql({
    url: env('BOOKS', './books.db'),
    setup: [
      sqlText`create table if not exists reserved ${columns}`,
      sqlText`create table if not exists receivable ${columns}`,
    ],
  }),
})
const reserved = books.table('reserved', Order, { table: 'reserved', mode: 'insert' })
const receivable = books.table('receivable', Order, { table: 'receivable', mode: 'insert' })

const byCustomer = ({ customer }: { readonly customer: string }) => customer
const flows = [
  flow('intake').from(orders).key(byCustomer).to(placed),
  flow('stock').from(placed).key(byCustomer).to(reserved),
  flow('finance').from(placed).key(byCustomer).to(receivable),
]

export default landscape({ name: 'topics', systems: [shop, books], flows })
