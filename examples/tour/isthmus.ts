// Every kind of step in one flow: web orders are booked line by line, priced, and sorted by what has to be done next.
import {
  env,
  flow,
  idempotent,
  irreversible,
  landscape,
  model,
  multiply,
  read,
  round,
  secret,
  system,
  Type,
} from 'isthmus'
import { decimal, lowerCase, trim, upperCase } from 'isthmus/clean'
import { files, jsonLines } from 'isthmus/files'
import { bearer, hmac, rest } from 'isthmus/rest'
import { sql } from 'isthmus/sql'

const Text = Type.String()
const Line = Type.Object({ sku: Text, qty: Text })
const Order = model('Order', {
  version: 1,
  key: 'no',
  pii: ['email'],
  schema: Type.Object({
    no: Text,
    email: Text,
    status: Type.Enum(['placed', 'draft']),
    lines: Type.Array(Line),
  }),
})
const Question = model('Question', { version: 1, schema: Type.Object({ sku: Text }) })
const Price = model('Price', { version: 1, schema: Type.Object({ price: Text }) })
const Booking = model('Booking', {
  version: 1,
  schema: Type.Object({ order: Text, sku: Text, qty: Text, amount: Text }),
})
const Note = model('Note', {
  version: 1,
  schema: Type.Object({ order: Text, email: Text, positions: Type.Integer() }),
})

// Who calls us proves it by a signature; its key comes from the environment, or from a file. Nothing secret stands here.
const shop = system('shop', { kind: 'other', connector: rest() })
const placed = shop.webhook('orders', Order, { verify: hmac(secret('SHOP_KEY')), validate: true })

// What we call is named with what a repeat of the call would do: that decides what happens when no answer comes.
const crm = system('crm', {
  kind: 'crm',
  allow: ['loopback', 'private'], // it is in the company's own networks
  connector: rest({ url: env('CRM_URL'), auth: bearer(secret('CRM_TOKEN')) }),
})
const price = crm.operation('price', {
  request: Question,
  response: Price,
  method: 'GET',
  path: ({ sku }) => `/prices/${encodeURIComponent(sku)}`,
  effect: read,
})
const welcome = crm.send('welcome', Note, { method: 'POST', path: '/mails', effect: irreversible })
const visits = crm.send('visits', Note, { method: 'POST', path: '/visits', effect: idempotent })

const erp = system('erp', { kind: 'erp', connector: sql({ url: env('ERP_DB') }) })
const bookings = erp.table('bookings', Booking, { table: 'bookings', mode: 'upsert', key: ['order', 'sku'] })

const archive = system('archive', { kind: 'files', connector: files({ folder: env('ARCHIVE') }) })
const copies = archive.write('copies', Order, { format: jsonLines(), file: ({ no }) => `${no}.jsonl` })

const booking = flow('booking')
  .from(placed)
  .filter('a draft', order => order.status === 'placed') // others end here, counted as filtered
  .clean({ no: [trim, upperCase], email: [trim, lowerCase] })
  .key(order => order.no) // messages of one key stay in order, and people find them by it
  .tap(copies, order => order) // a copy for inspection; its failure holds up nobody
  .split('lines', order => order.lines.map(line => ({ ...line, order: order.no }))) // what follows runs for each line
  .clean({ sku: [trim, upperCase], qty: decimal({ scale: 3 }) })
  .enrich('cost', price, line => ({ sku: line.sku })) // the answer is recorded, and asked for once
  .to(bookings, {
    order: line => line.order,
    sku: line => line.sku,
    qty: line => line.qty,
    amount: line => round(multiply(line.qty, line.cost.price), 2),
  })
  .aggregate((lines, order) => ({ order: order.no, email: order.email, positions: lines.length }))
  .route('next', routes =>
    routes
      .when(
        'large',
        order => order.positions > 10,
        branch => branch.to(visits),
      )
      // Nothing tells whether a mail was sent: unanswered, it is put in doubt and waits for a person.
      .otherwise(branch => branch.to(welcome, undefined, { unanswered: 'park' })),
  )

export default landscape({ name: 'tour', systems: [shop, crm, erp, archive], flows: [booking] })
