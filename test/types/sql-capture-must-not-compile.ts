/** What the compiler must refuse about captured changes; see must-not-compile.ts. */
import { env, flow, model, system, Type } from 'isthmus'
import { sql } from 'isthmus/sql'

const Order = model('Order', { version: 1, schema: Type.Object({ no: Type.String(), qty: Type.Integer() }) })
const mes = system('mes', { kind: 'mes', connector: sql({ url: env('MES_DATABASE') }) })
const orders = mes.capture('orders', Order, { table: 'orders' })

export const kept = flow('orders')
  .from(orders)
  .key(({ row, before }) => row?.no ?? before?.no ?? 'all')

const begun = flow('orders').from(orders)
// A row that is gone has no values any more.
// @ts-expect-error
begun.key(change => change.row.no)
// What is known of it need not be complete.
// @ts-expect-error
begun.key(({ row, before }): string => row?.no ?? before?.no)

// @ts-expect-error
mes.capture('orders', Order, { table: 'orders', from: 'yesterday' })
