/** What the compiler must refuse about canonical models, their upgrades and documents; see must-not-compile.ts. */
import { type DataOf, flow, model, system, Type } from 'isthmus'
import { document, files, jsonLines } from 'isthmus/files'
import { chained, SalesOrder, upgrade, WorkOrder } from 'isthmus/models'
import * as ubl from 'isthmus/ubl'

const Text = Type.String()
const V1 = model('Order', { version: 1, key: 'no', schema: Type.Object({ no: Text, name: Text }) })
const V2 = model('Order', { version: 2, key: 'no', schema: Type.Object({ no: Text, by: Text }) })
const V3 = model('Order', { version: 3, key: 'no', schema: Type.Object({ no: Text, who: Text }) })
const toV2 = upgrade(V1, V2, { no: o => o.no, by: () => 'nobody' })
const toV3 = upgrade(V2, V3, { no: o => o.no, who: o => o.by })
export const whole = chained(toV2, toV3)

// A field that the later version needs.
// @ts-expect-error
upgrade(V1, V2, { no: o => o.no })
// What the earlier version does not have.
// @ts-expect-error
upgrade(V1, V2, { no: o => o.no, by: o => o.by })
// The second goes on where the first ended.
// @ts-expect-error
chained(toV3, toV2)

const shop = system('shop', { kind: 'crm', connector: files({ folder: '.' }) })
const orders = shop.read('orders', V1, { pattern: '*', format: jsonLines() })
flow('reads').from(orders).upgrade(toV2).upgrade(toV3)
// The channel delivers the first version.
// @ts-expect-error
flow('skips').from(orders).upgrade(toV3)

const sales = shop.read('sales', SalesOrder, { pattern: '*', format: document(ubl.order()) })
flow('plans')
  .from(sales)
  .map(WorkOrder, {
    workOrderNo: order => order.orderNo,
    // A state that B2MML does not know.
    // @ts-expect-error
    state: () => 'Dreaming',
    segments: () => [],
  })
const first = (order: DataOf<typeof SalesOrder>) => order.lines[0]?.quantity.value ?? '0'
// A quantity has a value in text, never a number.
// @ts-expect-error
export const value: number = first({} as DataOf<typeof SalesOrder>)
