/** What the compiler must refuse about MongoDB; see must-not-compile.ts. */
import { type irreversible, model, system, Type } from 'isthmus'
import type { SinkChannel } from 'isthmus/connector'
import { type ExactlyOnce, mongodb } from 'isthmus/mongodb'

const Order = model('Order', { version: 1, schema: Type.Object({ no: Type.String() }) })
const shop = system('shop', { kind: 'other', connector: mongodb({ url: 'mongodb://localhost/shop' }) })
const orders = shop.collection('orders', Order, { collection: 'orders', mode: 'upsert', key: ['no'] })

// An upsert says which document it means, by fields of its model.
// @ts-expect-error
shop.collection('no-key', Order, { collection: 'orders', mode: 'upsert' })
// @ts-expect-error
shop.collection('other-key', Order, { collection: 'orders', mode: 'upsert', key: ['number'] })
// @ts-expect-error
shop.collection('insert-key', Order, { collection: 'orders', mode: 'insert', key: ['no'] })
// @ts-expect-error
shop.collection('type', Order, { collection: 'orders', mode: 'insert', types: { no: 'float' } })

// Filters are made of the request.
const query = { collection: 'orders', request: Order, response: Order, one: true } as const
// @ts-expect-error
shop.find('find', { ...query, filter: request => ({ no: request.number }) })

// The effect stands in the channel's type.
export const once: SinkChannel<{ no: string }, ExactlyOnce> = orders
// @ts-expect-error
export const other: SinkChannel<{ no: string }, typeof irreversible> = orders
