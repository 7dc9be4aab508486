import { env, flow, landscape, model, system, Type } from 'isthmus'
import { sql, sqlText } from 'isthmus/sql'

const Order = model('Order', {
  version: 1,
  schema: Type.Object({ no: Type.String(), material: Type.String(), quantity: Type.String() }),
})

const mes = system('mes', { kind: 'mes', connector: sql({ url: env('MES_DATABASE') }) })
const copy = system('copy', { kind: 'warehouse', connector: sql({ url: env('COPY_DATABASE') }) })

const orders = mes.capture('orders', Order, { table: 'orders', create: true, from: 'beginning' })
const copied = copy.statement('orders', orders.model, {
  sql: ({ row, before }) =>
    row
      ? sqlText`insert into orders_copy values (${row.no}, ${row.material}, ${row.quantity})
          on conflict (no) do update set material = excluded.material, quantity = excluded.quantity`
      : sqlText`delete from orders_copy where no = ${before?.no}`,
})

const copying = flow('orders')
  .from(orders)
  .key(({ row, before }) => before?.no ?? row?.no ?? 'all')
  .filter('all rows at once', ({ op }) => op !== 'truncate') // the copy keeps what it has
  .to(copied)

export default landscape({ name: 'sql-capture', systems: [mes, copy], flows: [copying] })
