/** What the compiler must refuse about OData; see must-not-compile.ts. */
import { idempotent, irreversible, model, system, Type } from 'isthmus'
import type { RequesterChannel, SinkChannel } from 'isthmus/connector'
import { filter, odata } from 'isthmus/odata'

const Order = model('Order', { version: 1, schema: Type.Object({ no: Type.String() }) })
const erp = system('erp', { kind: 'erp', connector: odata({ url: 'http://localhost', version: 'V4' }) })
const set = 'Orders'

// Nobody forgets by accident to say what repeating does.
// @ts-expect-error
erp.create('orders', Order, { set })

// Functions of a channel are given the data of its model.
// @ts-expect-error
erp.update('orders', Order, { set, effect: idempotent, etag: order => order.version })
// @ts-expect-error
erp.create('orders', Order, { set, effect: irreversible, probe: order => filter`no eq ${order.number}` })

// A probe stands in the channel's type, and only where there is one.
const probed = erp.create('orders', Order, { set, effect: irreversible, probe: 'key' })
export const withProbe: SinkChannel<{ no: string }, { kind: 'irreversible'; probe: true }> = probed
const plain = erp.create('orders', Order, { set, effect: irreversible })
// @ts-expect-error
export const without: SinkChannel<{ no: string }, { kind: 'irreversible'; probe: true }> = plain

// With request and response it is a requester, which has no batch.
const asked = { request: Order, response: Order, set, effect: irreversible } as const
export const made: RequesterChannel<{ no: string }, { no: string }> = erp.create('made', asked)
// @ts-expect-error
erp.create('made', { ...asked, batch: 10 })

// What was removed becomes a record of the model.
// @ts-expect-error
erp.entities('orders', Order, { set, delta: { removed: ({ key }) => ({ number: key.no }) } })
// A text is no filter: its values would not be written as their fields want them.
// @ts-expect-error
erp.entities('orders', Order, { set, filter: 'no eq 1' })
