import { aggregate, env, flow, landscape, model, projection, refusal, system, Type } from 'isthmus'
import { files, jsonLines } from 'isthmus/files'
import { sql, sqlText } from 'isthmus/sql'

const Text = Type.String()

// The life of an order: what can happen to it, and what each makes of it.
const Placed = model('Placed', {
  version: 1,
  pii: ['customer'],
  schema: Type.Object({ customer: Text, pieces: Type.Integer() }),
})
const Confirmed = model('Confirmed', { version: 1, schema: Type.Object({ by: Text }) })
const Cancelled = model('Cancelled', { version: 1, schema: Type.Object({ why: Text }) })
const OrderState = model('OrderState', {
  version: 1,
  schema: Type.Object({ status: Text, pieces: Type.Integer() }),
})

export const order = aggregate('order', {
  state: OrderState,
  initial: { status: 'unknown', pieces: 0 },
  events: { placed: Placed, confirmed: Confirmed, cancelled: Cancelled },
  apply: {
    placed: (_, { pieces }) => ({ status: 'placed', pieces }),
    confirmed: state => ({ ...state, status: 'confirmed' }),
    cancelled: state => ({ ...state, status: 'cancelled' }),
  },
})

// What may be done to it. A command looks at the order as it is, and says what happens, or why nothing can.
const Place = model('Place', {
  version: 1,
  pii: ['customer'],
  schema: Type.Object({ no: Text, customer: Text, pieces: Type.Integer({ minimum: 1 }) }),
})
const Confirm = model('Confirm', { version: 1, schema: Type.Object({ no: Text, by: Text }) })
const Cancel = model('Cancel', { version: 1, schema: Type.Object({ no: Text, why: Text }) })

const place = order.command('place', Place, {
  id: command => command.no,
  decide: (state, { customer, pieces }) => {
    if (state.status !== 'unknown') throw refusal(`the order is ${state.status} already`)
    return [{ type: 'placed', data: { customer, pieces } }]
  },
})
const confirm = order.command('confirm', Confirm, {
  id: command => command.no,
  decide: (state, { by }) => {
    if (state.status !== 'placed') throw refusal(`the order is ${state.status}`)
    return [{ type: 'confirmed', data: { by } }]
  },
})
const cancel = order.command('cancel', Cancel, {
  id: command => command.no,
  decide: (state, { why }) => (state.status === 'cancelled' ? [] : [{ type: 'cancelled', data: { why } }]),
})

// A question that crosses orders: which are open?
const openOrders = projection('open-orders', {
  from: order,
  row: model('OpenOrder', { version: 1, schema: Type.Object({ status: Text, since: Type.Integer() }) }),
  apply: (rows, event) => {
    if (event.type === 'cancelled') rows.delete(event.id)
    else rows.set(event.id, { status: event.type, since: rows.get(event.id)?.since ?? event.at })
  },
})

const desk = system('desk', { kind: 'files', connector: files({ folder: env('DESK_FOLDER', './requests') }) })
const Request = model('Request', {
  version: 1,
  key: 'id',
  pii: ['who'],
  schema: Type.Object({
    id: Text,
    no: Text,
    do: Type.Enum(['place', 'confirm', 'cancel']),
    who: Text,
    pieces: Type.Optional(Type.Integer()),
  }),
})
const requests = desk.read('requests', Request, {
  pattern: '*.jsonl',
  format: jsonLines(),
  settle: '0s',
  every: '1s',
})

const books = system('books', {
  kind: 'finance',
  connector: sql({
    url: env('BOOKS', './books.db'),
    setup: [
      sqlText`create table if not exists history ("no" text, version integer, status text, pieces integer, primary key ("no", version))`,
    ],
  }),
})
const Entry = model('Entry', {
  version: 1,
  schema: Type.Object({ no: Text, version: Type.Integer(), status: Text, pieces: Type.Integer() }),
})
const history = books.table('history', Entry, { table: 'history', mode: 'upsert', key: ['no', 'version'] })

const handling = flow('handling')
  .from(requests)
  .key(request => request.no, { afterPark: 'continue' })
  .route('what', routes =>
    routes
      .when(
        'place',
        r => r.do === 'place',
        to => to.to(place, { no: r => r.no, customer: r => r.who, pieces: r => r.pieces ?? 0 }),
      )
      .when(
        'confirm',
        r => r.do === 'confirm',
        to => to.to(confirm, { no: r => r.no, by: r => r.who }),
      )
      .otherwise(to => to.to(cancel, { no: r => r.no, why: () => 'asked for' })),
  )

// What happened, in order for each order, exactly once.
const bookkeeping = flow('bookkeeping')
  .from(order.events)
  .enrich('now', order.state, event => ({ id: event.id }))
  .to(history, {
    no: event => event.id,
    version: event => event.version,
    status: event => event.type,
    pieces: event => event.now.state.pieces,
  })

export default landscape({
  name: 'aggregates',
  systems: [desk, books],
  flows: [handling, bookkeeping],
  projections: [openOrders],
})
