import {
  calendar,
  extract,
  fresh,
  landscape,
  model,
  period,
  pipeline,
  range,
  references,
  sqlModel,
  system,
  Type,
  table,
  unique,
} from 'isthmus'
import { decimal, trim, upperCase } from 'isthmus/clean'
import { duckdb } from 'isthmus/duckdb'
import { sql, sqlText } from 'isthmus/sql'

const erp = system('erp', { kind: 'erp', connector: sql({ url: './data/erp.db' }) })
const dw = system('dw', { kind: 'warehouse', connector: duckdb({ file: './data/warehouse.duckdb' }) })

const amount = Type.String({ pattern: '^-?\\d+\\.\\d{2}$' })
const SalesOrder = model('SalesOrder', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    no: Type.String(),
    customer: Type.String(),
    day: Type.String({ format: 'date' }),
    amount,
  }),
})
const Turnover = model('Turnover', {
  version: 1,
  schema: Type.Object({ day: Type.String({ format: 'date' }), customer: Type.String(), amount }),
})

const row = Type.Object({
  no: Type.String(),
  customer: Type.String(),
  day: Type.String(),
  amount: Type.String(),
  changed: Type.String(),
})
const changedOrders = erp.query('changed-orders', {
  request: model('OrderQuestion', {
    version: 1,
    schema: Type.Object({ since: Type.String(), behind: Type.String() }),
  }),
  response: model('OrderRows', { version: 1, schema: Type.Array(row) }),
  sql: ({ since, behind }) =>
    sqlText`select * from orders where changed >= ${since} and no > ${behind} order by no limit 1000`,
})

const orders = table(dw, 'sales_orders', SalesOrder, {
  from: extract(changedOrders, {
    request: ({ since = '' }) => ({ since, behind: '' }),
    rows: rows => rows,
    next: (rows, { since }) => (rows.length < 1000 ? undefined : { since, behind: rows.at(-1)?.no ?? '' }),
    mark: ({ changed }) => changed,
    overlap: '10m',
  })
    .clean({ customer: [trim, upperCase], amount: decimal({ scale: 2 }) })
    .map(SalesOrder, {
      no: order => order.no,
      customer: order => order.customer,
      day: order => order.day,
      amount: order => order.amount,
    }),
  tolerance: { ratio: 0.05 },
  checks: [unique(['no']), range('amount', { min: '0' }), fresh('day', '3d', { severity: 'warn' })],
})

const turnover = table(dw, 'turnover', Turnover, {
  from: sqlModel`
    select day, customer, sum(amount) as amount from ${orders}
    where day >= cast(${period.from} as date) group by day, customer`,
  load: { partition: 'day' },
  checks: [references(['customer'], orders, { to: ['customer'] })],
})

export const night = pipeline('night', {
  tables: [orders, turnover],
  schedule: { cron: '0 2 * * *', zone: 'Asia/Shanghai', on: calendar({ holidays: ['2026-10-01'] }) },
})

export default landscape({ systems: [erp, dw], flows: [], pipelines: [night] })
