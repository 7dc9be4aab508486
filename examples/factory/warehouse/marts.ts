// What people ask: what a work order costs, what becomes of orders, what somebody gets done in an hour.
import {
  model,
  noRows,
  period,
  type Reading,
  range,
  reconciled,
  references,
  sqlModel,
  Type,
  table,
  unique,
} from 'isthmus'
import { day, dw, issueTotals, ledgerBalance, money, settled, Text } from './books.ts'
import { dimEmployee, dimMaterial, dimProduct, dimWorkOrder } from './dimensions.ts'
import {
  factCustomerEntry,
  factGoodsIssue,
  factLedgerPosting,
  factProductionReport,
  factSalesOrderLine,
  factStockMovement,
  factWorkingTime,
} from './facts.ts'

const percent = Type.String({ pattern: '^\\d+\\.\\d$' })

const Day = model('DimDate', {
  version: 1,
  key: 'day',
  schema: Type.Object({ day, year: Type.Integer(), month: Type.Integer(), weekday: Type.Integer() }),
})
/** Every day from the first fact to the last. */
export const dimDate = table(dw, 'dim_date', Day, {
  from: sqlModel`
    with days as (
      select day from ${factGoodsIssue} union select day from ${factLedgerPosting}
      union select day from ${factCustomerEntry} union select day from ${factStockMovement}
      union select day from ${factSalesOrderLine} union select day from ${factProductionReport}
      union select day from ${factWorkingTime}
    ), all_days as (
      select cast(unnest(generate_series(cast(min(day) as timestamp), cast(max(day) as timestamp), interval 1 day)) as date) as day
      from days
    )
    select day, year(day) as year, month(day) as month, isodow(day) as weekday from all_days`,
  checks: [unique(['day'])],
})

const OrderCost = model('MartWorkOrderCost', {
  version: 1,
  key: 'work_order',
  schema: Type.Object({
    work_order: Text,
    line: Text,
    issues: Type.Integer(),
    materials: Type.Integer(),
    cost: money,
    standard_cost: money,
    difference: money,
    last_day: Type.Union([day, Type.Null()]),
  }),
})

const until = ({ until }: Reading) => ({ before: settled(until) })
const settledTime = sqlModel`cast(${period.until} as timestamptz) - interval 2 second`

/** What is in the ledger, and what the material is worth at standard cost: each issue is rounded to the cent. */
export const workOrderCost = table(dw, 'mart_work_order_cost', OrderCost, {
  from: sqlModel`
    with posted as (
      select work_order, sum(amount) as cost from ${factLedgerPosting} group by work_order
    ), issued as (
      select i.work_order, count(*) as issues, count(distinct i.material) as materials, max(i.day) as last_day,
        sum(round(i.quantity * m.standard_price, 2)) as standard_cost
      from ${factGoodsIssue} i join ${dimMaterial} m on m.material = i.material group by i.work_order
    )
    select w.work_order, w.line, coalesce(i.issues, 0) as issues, coalesce(i.materials, 0) as materials,
      coalesce(p.cost, 0) as cost, coalesce(i.standard_cost, 0) as standard_cost,
      coalesce(p.cost, 0) - coalesce(i.standard_cost, 0) as difference, i.last_day
    from ${dimWorkOrder} w left join posted p on p.work_order = w.work_order
      left join issued i on i.work_order = w.work_order`,
  checks: [
    unique(['work_order']),
    range('cost', { min: '0' }),
    noRows(
      'no day is missing',
      sqlModel`select day from ${factGoodsIssue} where day not in (select day from ${dimDate})`,
    ),
    reconciled('issues as the ERP counts them', issueTotals, {
      request: until,
      says: ({ entries, quantity }) => ({ entries: String(entries), quantity }),
      query: sqlModel`select count(*) as entries, coalesce(sum(quantity), 0) as quantity from ${factGoodsIssue}
        where booked_at < ${settledTime}`,
    }),
    reconciled('the ledger as finance adds it up', ledgerBalance, {
      request: until,
      says: ({ Postings, Amount, Entries, Customers }) => ({
        postings: Postings,
        amount: Amount,
        entries: Entries,
        customers: Customers,
      }),
      query: sqlModel`
        select p.n as postings, p.amount, e.n as entries, e.amount as customers
        from (select count(*) as n, coalesce(sum(amount), 0) as amount from ${factLedgerPosting}
            where booked_at < ${settledTime}) p,
          (select count(*) as n, coalesce(sum(amount), 0) as amount from ${factCustomerEntry}
            where booked_at < ${settledTime}) e`,
    }),
  ],
})

const Funnel = model('MartSalesFunnel', {
  version: 1,
  key: 'product',
  schema: Type.Object({
    product: Text,
    won: Type.Integer(),
    reserved: Type.Integer(),
    delivered: Type.Integer(),
    billed: Type.Integer(),
    won_amount: money,
    billed_amount: money,
    reserved_rate: percent,
    delivered_rate: percent,
    billed_rate: percent,
  }),
})
/** Orders that were won, and how many of them were reserved, delivered and billed, in per cent of those won. */
export const salesFunnel = table(dw, 'mart_sales_funnel', Funnel, {
  from: sqlModel`
    with moved as (
      select order_no, sum(case kind when 'reserve' then pieces when 'release' then -pieces else 0 end) as kept,
        sum(case kind when 'ship' then pieces else 0 end) as shipped
      from ${factStockMovement} group by order_no
    ), billed as (
      select order_no, sum(amount) as amount from ${factCustomerEntry} where kind = 'invoice' group by order_no
    ), orders as (
      select o.product, o.amount, coalesce(m.kept > 0, false) as is_reserved,
        coalesce(m.shipped >= o.pieces, false) as is_delivered, b.amount as billed
      from ${factSalesOrderLine} o left join moved m on m.order_no = o.order_no
        left join billed b on b.order_no = o.order_no
    ), counted as (
      select product, count(*) as won, count(*) filter (where is_reserved) as reserved,
        count(*) filter (where is_delivered) as delivered, count(billed) as billed,
        sum(amount) as won_amount, coalesce(sum(billed), 0) as billed_amount
      from orders group by product
    )
    select product, won, reserved, delivered, billed, won_amount, billed_amount,
      round(100.0 * reserved / won, 1) as reserved_rate, round(100.0 * delivered / won, 1) as delivered_rate,
      round(100.0 * billed / won, 1) as billed_rate
    from counted`,
  checks: [unique(['product']), references(['product'], dimProduct, { severity: 'warn' })],
})

const Productivity = model('MartOperatorProductivity', {
  version: 1,
  key: 'employee',
  schema: Type.Object({
    employee: Text,
    name: Text,
    department: Text,
    reports: Type.Integer(),
    work_orders: Type.Integer(),
    value: money,
    hours: money,
    value_per_hour: Type.Union([money, Type.Null()]),
  }),
})
/** What operators report, at standard cost, and the hours of the HRM. Who has two numbers is one person. */
export const operatorProductivity = table(dw, 'mart_operator_productivity', Productivity, {
  from: sqlModel`
    with people as (
      select employee, same_as from ${dimEmployee} where is_current
    ), reported as (
      select p.same_as as employee, count(*) as reports, count(distinct r.work_order) as work_orders,
        sum(round(r.quantity * m.standard_price, 2)) as value
      from ${factProductionReport} r join people p on p.employee = r.employee
        join ${factGoodsIssue} i on i.reference = r.report join ${dimMaterial} m on m.material = i.material
      group by p.same_as
    ), worked as (
      select p.same_as as employee, sum(t.hours) as hours
      from ${factWorkingTime} t join people p on p.employee = t.employee group by p.same_as
    )
    select e.employee, e.name, e.department, coalesce(r.reports, 0) as reports,
      coalesce(r.work_orders, 0) as work_orders, coalesce(r.value, 0) as value, coalesce(w.hours, 0) as hours,
      round(r.value / nullif(w.hours, 0), 2) as value_per_hour
    from ${dimEmployee} e left join reported r on r.employee = e.employee
      left join worked w on w.employee = e.employee
    where e.is_current and e.same_as = e.employee`,
  checks: [unique(['employee'])],
})
