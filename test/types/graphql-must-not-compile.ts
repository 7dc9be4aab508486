/** What the compiler must refuse about GraphQL; see must-not-compile.ts. */
import { idempotent, type irreversible, model, read, system, Type } from 'isthmus'
import type { RequesterChannel } from 'isthmus/connector'
import { graphql } from 'isthmus/graphql'

const Order = model('Order', { version: 1, schema: Type.Object({ no: Type.String(), qty: Type.Integer() }) })
const crm = system('crm', { kind: 'crm', connector: graphql({ url: 'http://localhost/graphql' }) })
const post = { document: 'mutation ($no: String!) { order(no: $no) { no } }', request: Order } as const

const order = crm.mutate('order', {
  ...post,
  response: Order,
  variables: ({ no }, { effectKey }) => ({ no, key: effectKey }),
  effect: idempotent,
})
crm.query('find', { ...post, response: Order, effect: read })

// Nobody forgets by accident to say what repeating does, and a query only reads.
// @ts-expect-error
crm.mutate('unknown', post)
// @ts-expect-error
crm.query('changing', { ...post, response: Order, effect: idempotent })
// A query without an answer asks for nothing.
// @ts-expect-error
crm.query('silent', post)

// Variables are made of the data of the model, and are those of a typed document.
// @ts-expect-error
crm.mutate('typed', { ...post, variables: data => ({ no: data.number }), effect: idempotent })
declare const typed: {
  readonly kind: 'Document'
  readonly definitions: readonly object[]
  readonly __apiType?: (variables: { no: string; qty: number }) => { order: { no: string } }
}
crm.mutate('typed', {
  document: typed,
  request: Order,
  variables: ({ no, qty }) => ({ no, qty }),
  effect: idempotent,
})
// @ts-expect-error
crm.mutate('typed', { document: typed, request: Order, variables: ({ no }) => ({ no }), effect: idempotent })

// The effect and the models stand in the channel's type.
export const ordered: RequesterChannel<Order, Order, typeof idempotent> = order
type Order = { no: string; qty: number }
// @ts-expect-error
export const other: RequesterChannel<Order, Order, typeof irreversible> = order

// A list tells its records apart, and a subscription says what becomes of what it misses.
const list = { document: '{ orders { no qty } }', at: 'orders' } as const
crm.list('orders', Order, { ...list, id: ({ no }) => no })
// @ts-expect-error
crm.list('orders', Order, list)
// @ts-expect-error
crm.list('orders', Order, { ...list, id: ({ number }) => number })
const events = { document: 'subscription { ordered { no qty } }' } as const
crm.subscribe('ordered', Order, { ...events, missed: 'lost' })
crm.subscribe('ordered', Order, { ...events, missed: list, id: ({ no }) => no })
// @ts-expect-error
crm.subscribe('ordered', Order, events)
// @ts-expect-error
crm.subscribe('ordered', Order, { ...events, missed: list })
