import { env, flow, landscape, model, schedule, system, Type } from 'isthmus'
import { csv, files } from 'isthmus/files'
import { rest } from 'isthmus/rest'
import { sql, sqlText } from 'isthmus/sql'
import orderIntake from '../../examples/order-intake/landscape.ts'

// The intake of orders, and beside it visits of customers who come often: `place` shows in which order they were written.
const Visit = model('Visit', {
  version: 1,
  schema: Type.Object({ id: Type.String(), customer: Type.String(), no: Type.Integer() }),
})

const door = system('door', { kind: 'mes', connector: rest() })
const visits = door.webhook('visits', Visit, { path: '/visits', verify: 'unsigned', id: ({ id }) => id })

const book = system('book', {
  kind: 'mes',
  connector: sql({
    url: env('ORDERS_DB'),
    setup: [
      sqlText`create table if not exists visits (
        id text primary key, customer text not null, no int not null, seen int not null default 1,
        place bigint generated always as identity
      )`,
      sqlText`create table if not exists lines (line text not null)`,
      sqlText`create table if not exists ticks (at timestamptz not null)`,
    ],
  }),
})
const written = book.table('visits', Visit, {
  table: 'visits',
  mode: 'upsert',
  key: ['id'],
  update: { seen: sqlText`visits.seen + 1` },
})

// Lines of files that everybody sees: `line` and the place within its file are one line's identity.
const Line = model('Line', { version: 1, schema: Type.Object({ line: Type.String() }) })
const tray = system('tray', { kind: 'other', connector: files({ folder: env('TRAY') }) })
const lines = tray.read('lines', Line, { pattern: '*.csv', format: csv(), every: '500ms' })
const copied = book.table('lines', Line, { table: 'lines', mode: 'insert' })

// Every second, whoever of the members has the schedule.
const Tick = model('Tick', {
  version: 1,
  key: 'at',
  schema: Type.Object({ at: Type.String({ format: 'date-time' }) }),
})
const ticked = book.table('ticks', Tick, { table: 'ticks', mode: 'insert' })

export default landscape({
  name: 'cluster',
  systems: [...orderIntake.systems, door, book, tray],
  flows: [
    ...orderIntake.flows,
    flow('visits')
      .from(visits)
      .key(({ customer }) => customer)
      .to(written),
    flow('lines').from(lines).to(copied),
    flow('ticks')
      .from(schedule('second', { every: '1s' }))
      .to(ticked),
  ],
})
