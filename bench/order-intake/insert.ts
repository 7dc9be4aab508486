import type pg from 'pg'
import type { OrderRecord } from './order.ts'

export const createTable = `create table if not exists orders (
  order_id text primary key, customer_id text, order_date date, currency text, total numeric, doc jsonb,
  seen int not null default 1, at timestamptz not null default now())`

/** One statement for all orders. */
export async function insertOrders(
  db: Pick<pg.Pool, 'query'>,
  orders: readonly OrderRecord[],
): Promise<void> {
  const values: unknown[] = []
  const rows = orders.map(order => {
    const at = values.push(
      order.orderId,
      order.customerId,
      order.orderDate,
      order.currency,
      order.total,
      JSON.stringify(order),
    )
    return `($${at - 5}, $${at - 4}, $${at - 3}, $${at - 2}, $${at - 1}, $${at})`
  })
  await db.query(
    `insert into orders (order_id, customer_id, order_date, currency, total, doc) values ${rows.join(', ')}
     on conflict (order_id) do update set seen = orders.seen + 1`,
    values,
  )
}
