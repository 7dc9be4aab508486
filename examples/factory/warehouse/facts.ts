// What happened: one row for each entry of the books, logs and files of the systems.
import { extract, fresh, model, multiply, range, references, round, Type, table, unique } from 'isthmus'
import { decimal, halfWidth, localTime, trim, upperCase } from 'isthmus/clean'
import { carriedTimesheets } from '../systems.ts'
import { baseUnit, inBaseUnit } from '../units.ts'
import {
  added,
  day,
  dw,
  type EntryRow,
  entryBook,
  firstPage,
  type IssueRow,
  instant,
  issueBook,
  type MovementRow,
  markOf,
  money,
  movementBook,
  nextPage,
  type PostingRow,
  postingBook,
  quantity,
  Text,
} from './books.ts'
import { dimCustomer, dimEmployee, dimMaterial, dimProduct, dimWorkOrder } from './dimensions.ts'
import { orderLog, productionReports } from './sources.ts'

/** The day in Shanghai, which has had no summer time since 1991. */
const dayOf = (time: string) => new Date(Date.parse(time) + 8 * 3_600_000).toISOString().slice(0, 10)

const Issue = model('FactGoodsIssue', {
  version: 1,
  key: 'document',
  schema: Type.Object({
    document: Type.Integer(),
    reference: Text,
    work_order: Text,
    material: Text,
    quantity,
    booked_at: instant,
    day,
  }),
})
/** ERP: what has left the stock for production. */
export const factGoodsIssue = table(dw, 'fact_goods_issue', Issue, {
  from: extract(issueBook, added<Type.Static<typeof IssueRow>>()).map(Issue, {
    document: row => row.no,
    reference: row => row.reference,
    work_order: row => row.work_order,
    material: row => row.material,
    quantity: row => row.quantity,
    booked_at: row => row.booked_at,
    day: row => dayOf(row.booked_at),
  }),
  checks: [
    unique(['document']),
    unique(['reference']),
    references(['material'], dimMaterial),
    references(['work_order'], dimWorkOrder),
    range('quantity', { min: '0.001' }),
    fresh('booked_at', '3d', { severity: 'warn' }),
  ],
})

const Posting = model('FactLedgerPosting', {
  version: 1,
  key: 'document',
  schema: Type.Object({
    document: Type.Integer(),
    reference: Text,
    work_order: Text,
    debit: Text,
    credit: Text,
    amount: money,
    booked_at: instant,
    day,
  }),
})
/** Finance: what production has cost. */
export const factLedgerPosting = table(dw, 'fact_ledger_posting', Posting, {
  from: extract(postingBook, added<Type.Static<typeof PostingRow>>()).map(Posting, {
    document: row => row.no,
    reference: row => row.reference,
    work_order: row => row.work_order,
    debit: row => row.debit,
    credit: row => row.credit,
    amount: row => row.amount,
    booked_at: row => row.booked_at,
    day: row => dayOf(row.booked_at),
  }),
  checks: [
    unique(['document']),
    unique(['reference']),
    references(['work_order'], dimWorkOrder),
    range('amount', { min: '0' }),
  ],
})

const Entry = model('FactCustomerEntry', {
  version: 1,
  key: 'document',
  schema: Type.Object({
    document: Type.Integer(),
    order_no: Text,
    kind: Text,
    customer: Text,
    amount: money,
    booked_at: instant,
    day,
  }),
})
/** Finance: the accounts of customers, bills, invoices and what is taken back. */
export const factCustomerEntry = table(dw, 'fact_customer_entry', Entry, {
  from: extract(entryBook, added<Type.Static<typeof EntryRow>>()).map(Entry, {
    document: row => row.no,
    order_no: row => row.reference,
    kind: row => row.kind,
    customer: row => row.customer,
    amount: row => row.amount,
    booked_at: row => row.booked_at,
    day: row => dayOf(row.booked_at),
  }),
  checks: [unique(['document']), unique(['order_no', 'kind']), range('amount', { min: '0' })],
})

const Movement = model('FactStockMovement', {
  version: 1,
  key: 'document',
  schema: Type.Object({
    document: Type.Integer(),
    order_no: Text,
    kind: Text,
    product: Text,
    pieces: Type.Integer(),
    booked_at: instant,
    day,
  }),
})
/** ERP: products that were reserved, released, received and shipped for an order. */
export const factStockMovement = table(dw, 'fact_stock_movement', Movement, {
  from: extract(movementBook, added<Type.Static<typeof MovementRow>>()).map(Movement, {
    document: row => row.no,
    order_no: row => row.order_no,
    kind: row => row.kind,
    product: row => row.product,
    pieces: row => row.pieces,
    booked_at: row => row.booked_at,
    day: row => dayOf(row.booked_at),
  }),
  checks: [unique(['document']), references(['product'], dimProduct), range('pieces', { min: '0' })],
})

const OrderLine = model('FactSalesOrderLine', {
  version: 1,
  key: 'order_no',
  schema: Type.Object({
    order_no: Text,
    customer: Text,
    product: Text,
    pieces: Type.Integer(),
    price: money,
    amount: money,
    won_at: instant,
    day,
  }),
})
/** CRM: what sales has won. An order has one line. */
export const factSalesOrderLine = table(dw, 'fact_sales_order_line', OrderLine, {
  from: extract(orderLog, {
    request: firstPage,
    rows: answer => answer.ordersWon.nodes,
    next: answer => nextPage(answer.ordersWon.nodes.map(({ no }) => no)),
    mark: ({ no }) => markOf(no),
  }).map(OrderLine, {
    order_no: row => row.number,
    customer: row => row.customer,
    product: row => row.product,
    pieces: row => row.pieces,
    price: row => row.price,
    amount: row => round(multiply(row.price, row.pieces), 2),
    won_at: row => row.wonAt,
    day: row => dayOf(row.wonAt),
  }),
  checks: [
    unique(['order_no']),
    references(['customer'], dimCustomer, { to: ['customer'] }),
    // Sales sells now and then what the factory does not make.
    references(['product'], dimProduct, { severity: 'warn' }),
    range('pieces', { min: '1' }),
  ],
})

const Report = model('FactProductionReport', {
  version: 1,
  key: 'report',
  schema: Type.Object({
    report: Text,
    work_order: Text,
    line: Text,
    material: Text,
    quantity,
    unit: Text,
    lot: Text,
    employee: Text,
    consumed_at: instant,
    day,
  }),
})
/** MES: what stations say they have taken. The ERP may not have booked it: what it refused is here, too. */
export const factProductionReport = table(dw, 'fact_production_report', Report, {
  from: extract(productionReports, {
    request: firstPage,
    rows: answer => answer.reports,
    next: answer => nextPage(answer.reports.map(({ n }) => n)),
    mark: ({ n }) => markOf(n),
  })
    .clean({
      workOrder: trim,
      material: [trim, upperCase],
      qty: decimal({ scale: 6 }),
      uom: [trim, upperCase],
      consumedAt: localTime('Asia/Shanghai'),
    })
    .map(Report, {
      report: row => row.eventId,
      work_order: row => row.workOrder,
      line: row => row.line,
      material: row => row.material,
      quantity: row => inBaseUnit(row.qty, row.uom),
      unit: row => baseUnit(row.uom),
      lot: row => row.lot,
      employee: row => row.operatorNumber,
      consumed_at: row => row.consumedAt,
      day: row => dayOf(row.consumedAt),
    }),
  tolerance: { ratio: 0.05 },
  checks: [
    unique(['report']),
    references(['work_order'], dimWorkOrder),
    references(['material'], dimMaterial, { severity: 'warn' }),
    references(['employee'], dimEmployee, { to: ['employee'], severity: 'warn' }),
    range('quantity', { min: '0' }),
  ],
})

const Hours = model('FactWorkingTime', {
  version: 1,
  schema: Type.Object({ day, employee: Text, department: Text, hours: money }),
})
/** HRM: the hours of each day, from its files. */
export const factWorkingTime = table(dw, 'fact_working_time', Hours, {
  from: extract(carriedTimesheets)
    .clean({ 工号: [halfWidth, trim], 工时: decimal({ scale: 2 }) })
    .map(Hours, {
      day: sheet => sheet.日期,
      employee: sheet => sheet.工号,
      department: sheet => sheet.部门,
      hours: sheet => sheet.工时,
    }),
  load: { upsert: ['day', 'employee'] },
  checks: [
    unique(['day', 'employee']),
    range('hours', { min: '0', max: '24' }),
    // Who was set aside has worked all the same.
    references(['employee'], dimEmployee, { to: ['employee'], severity: 'warn' }),
  ],
})
