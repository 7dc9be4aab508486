import { env, flow, landscape, model, system, Type } from 'isthmus'
import { sql } from 'isthmus/sql'

const Order = model('Order', {
  version: 1,
  schema: Type.Object({ no: Type.String(), material: Type.String(), quantity: Type.String() }),
})

const mes = system('mes', { kind: 'mes', connector: sql({ url: env('MES_DATABASE') }) })
const copy = system('copy', { kind: 'warehouse', connector: sql({ url: env('COPY_DATABASE') }) })

const orders = mes.capture('orders', Order, { table: 'mes.orders', create: true, from: 'beginning' })
const kept = copy.table('orders', Order, { table: 'orders', mode: 'upsert', key: ['no'] })

const capture = flow('orders')
  .from(orders)
  .key(({ row, before }) => row?.no ?? before?.no ?? 'all')
  .filter(({ row }) => row !== undefined)
  .map(Order, {
    no: ({ row }) => row?.no ?? '',
    material: ({ row }) => row?.material ?? '',
    quantity: ({ row }) => row?.quantity ?? '',
  })
  .to(kept)

export default landscape({ name: 'capture', systems: [mes, copy], flows: [capture] })
