import type { OrderTotal } from '../crm/database.ts'
import type { ErpTotals, Total } from '../erp/totals.ts'
import type { HoursTotal } from '../hrm/database.ts'
import type { EventTotal } from '../mes/database.ts'
import type { Truths } from '../truths.ts'

/** What the warehouse holds, added up as the systems add up what they hold. */
export interface WarehouseTotals extends ErpTotals {
  readonly orders: readonly OrderTotal[]
  /** Rows that were set aside included. */
  readonly events: readonly EventTotal[]
  readonly hours: readonly HoursTotal[]
  readonly setAside: readonly { readonly table_name: string; readonly rows: number }[]
  /** People who have two numbers. */
  readonly twice: readonly { readonly people: number }[]
}

const of = (column: string, sum: string, fact: string) =>
  `select ${column} as "of", count(*) as entries, cast(sum(${sum}) as bigint) as sum from ${fact} group by 1 order by 1`

export const totalQueries: Readonly<Record<keyof WarehouseTotals, string>> = {
  issues: of('work_order', 'quantity * 1000', 'fact_goods_issue'),
  postings: of('work_order', 'amount * 100', 'fact_ledger_posting'),
  bills: of('kind', 'amount * 100', 'fact_customer_entry'),
  movements: of('kind', 'pieces', 'fact_stock_movement'),
  orders: `select product, count(*) as orders, cast(sum(pieces) as bigint) as pieces from fact_sales_order_line
    group by product order by product`,
  events: `select "workOrder", count(*) as events from (
      select work_order as "workOrder" from fact_production_report
      union all select trim("order") from (
        select distinct data ->> '$.eventId' as event, data ->> '$.workOrder' as "order" from isthmus.parked_rows
        where pipeline = 'nightly' and table_name = 'fact_production_report' and state <> 'repaired'
      )
    ) group by 1 order by 1`,
  hours: `select employee as number, count(*) as days, cast(sum(hours * 100) as bigint) as hours from fact_working_time
    group by employee order by employee`,
  setAside: `select table_name, count(distinct coalesce(data ->> '$.eventId', data ->> '$.employeeNumber')) as rows
    from isthmus.parked_rows where pipeline = 'nightly' group by table_name order by table_name`,
  twice: 'select count(*) as people from dim_employee where is_current and same_as <> employee',
}

export interface WarehouseProof {
  readonly lines: readonly string[]
  readonly problems: readonly string[]
}

/** Compares count by count and sum by sum what the warehouse says with what the systems say of themselves. */
export function proveWarehouse({ erp, crm, mes, hrm }: Truths, held: WarehouseTotals): WarehouseProof {
  const problems = [
    ...differing('goods issues', erp.totals.issues, held.issues, byName),
    ...differing('ledger postings', erp.totals.postings, held.postings, byName),
    ...differing('accounts of customers', erp.totals.bills, held.bills, byName),
    ...differing('stock movements', erp.totals.movements, held.movements, byName),
    ...differing('sales orders', crm.totals, held.orders, ({ product }) => product),
    ...differing('production reports', mes.totals, held.events, ({ workOrder }) => workOrder),
    ...differing('working time', hrm.totals, held.hours, ({ number }) => number),
  ]
  const entries = (totals: readonly Total[]) => totals.reduce((sum, each) => sum + each.entries, 0)
  const orders = held.orders.reduce((sum, each) => sum + each.orders, 0)
  const events = held.events.reduce((sum, each) => sum + each.events, 0)
  const cents = held.postings.reduce((sum, each) => sum + BigInt(each.sum), 0n)
  const aside = held.setAside.map(({ table_name, rows }) => `${rows} of ${table_name}`).join(', ')
  return {
    lines: [
      `  The warehouse has             ${entries(held.issues)} goods issues, ${orders} orders, ${events} reports`,
      `  costs of its work orders      CNY ${cents / 100n}.${String(cents % 100n).padStart(2, '0')} on ${held.postings.length} of them`,
      `  set aside, to be mended       ${aside || 'nothing'}; ${held.twice[0]?.people ?? 0} people are known twice`,
    ],
    problems,
  }
}

const byName = ({ of }: Total) => of

function differing<T extends object>(
  what: string,
  said: readonly T[],
  held: readonly T[],
  name: (total: T) => string,
): string[] {
  const found = new Map(held.map(total => [name(total), total]))
  const problems = said.flatMap(total => {
    const other = found.get(name(total))
    found.delete(name(total))
    return textOf(total) === textOf(other) ? [] : [`${textOf(total)}, the warehouse ${textOf(other)}`]
  })
  const more = [...found.values()].map(total => `none, the warehouse ${textOf(total)}`)
  return [...problems, ...more].map(text => `${what}: the system says ${text}`)
}

/** Numbers may be texts. */
function textOf(total: object | undefined): string {
  if (!total) return 'nothing'
  const sorted = Object.entries(total).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return sorted.map(([name, value]) => `${name} ${value}`).join(', ')
}
