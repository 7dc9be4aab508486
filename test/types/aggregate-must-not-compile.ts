import { aggregate, flow, model, projection, refusal, type SinkChannel, Type } from 'isthmus'

const Text = Type.String()
const State = model('State', { version: 1, schema: Type.Object({ status: Text }) })
const Placed = model('Placed', { version: 1, schema: Type.Object({ by: Text }) })
const Cancelled = model('Cancelled', { version: 1, schema: Type.Object({ why: Text }) })
const Confirm = model('Confirm', { version: 1, schema: Type.Object({ no: Text }) })
const events = { placed: Placed, cancelled: Cancelled }
const initial = { status: 'new' }
const placed = (state: { status: string }) => state
const cancelled = placed

export const order = aggregate('order', {
  state: State,
  initial,
  events,
  apply: {
    placed: (state, { by }) => ({ ...state, status: by }),
    cancelled: (state, { why }, { at, id }) => ({ ...state, status: `${why} ${at.toFixed()} ${id.trim()}` }),
  },
  upcasts: { placed: { 1: data => data } },
})

// @ts-expect-error: what an event makes of the state must be said for each
aggregate('order', { state: State, initial, events, apply: { placed } })
// @ts-expect-error: and for none that is not there
aggregate('order', { state: State, initial, events, apply: { placed, cancelled, shipped: placed } })
// @ts-expect-error: the state must come out
aggregate('order', { state: State, initial, events, apply: { placed, cancelled: () => ({ state: 1 }) } })
const byWhom = (_: unknown, { by }: { by: string }) => ({ status: by })
// @ts-expect-error: an event has the data of its model
aggregate('order', { state: State, initial, events, apply: { placed, cancelled: byWhom } })
// @ts-expect-error: the initial state is a state
aggregate('order', { state: State, initial: {}, events, apply: { placed, cancelled } })
// @ts-expect-error: what is not an event has no earlier version
aggregate('order', { state: State, initial, events, apply: { placed, cancelled }, upcasts: { shipped: {} } })

const id = (command: { no: string }) => command.no
export const confirm = order.command('confirm', Confirm, {
  id,
  decide: (state, command) => {
    if (state.status === 'cancelled') throw refusal('it is cancelled')
    return [{ type: 'placed', data: { by: command.no } }]
  },
})
// @ts-expect-error: only what is declared can happen
order.command('confirm', Confirm, { id, decide: () => [{ type: 'shipped', data: { by: 'x' } }] })
// @ts-expect-error: with the data of its own model
order.command('confirm', Confirm, { id, decide: () => [{ type: 'placed', data: { why: 'x' } }] })
// @ts-expect-error: a command says which aggregate it is for
order.command('confirm', Confirm, { decide: () => [] })
// @ts-expect-error: by what it has
order.command('confirm', Confirm, { id: command => command.number, decide: () => [] })

declare const tell: SinkChannel<{ no: string; status: string; version: number }>

export const told = flow('told')
  .from(order.events)
  .filter('placed', event => event.type === 'placed')
  .enrich('order', order.state, event => ({ id: event.id }))
  .to(tell, {
    no: event => event.id,
    status: event => event.order.state.status,
    version: event => event.order.version,
  })

const begun = flow('told').from(order.events)
// @ts-expect-error: an event has data according to its type
begun.filter('by ann', event => event.data.by === 'ann')
// @ts-expect-error: a command is sent what its model says
begun.to(confirm)
// @ts-expect-error: the state is asked for by the id
begun.enrich('order', order.state, event => ({ no: event.id }))

export const open = projection('open', {
  from: order,
  row: State,
  apply: (rows, event) => {
    if (event.type === 'placed') rows.set(event.id, { status: event.data.by })
    else rows.delete(event.id)
  },
})
export const byStatus = open.query('by-status', State, Confirm, (rows, { status }) => {
  for (const [no, row] of rows) if (row.status === status) return { no }
  return { no: '' }
})
const wrongRow = (rows: Map<string, { no: string }>) => void rows.set('x', { no: 'x' })
// @ts-expect-error: a row fits its model
projection('open', { from: order, row: State, apply: wrongRow })
// @ts-expect-error: a query changes no rows
open.query('by-status', State, Confirm, rows => ({ no: String(rows.delete('x')) }))
// @ts-expect-error: it answers what it says
open.query('by-status', State, Confirm, () => ({ number: 1 }))
