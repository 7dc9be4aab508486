import { env, flow, idempotent, landscape, model, system, Type } from 'isthmus'
import { rest } from 'isthmus/rest'

// A landscape for tests of workers: orders whose mapping takes time of a processor go to a target that notes them.
const Order = model('Order', {
  version: 1,
  key: 'customer',
  schema: Type.Object({ no: Type.String(), customer: Type.String(), rounds: Type.Integer() }),
})
const Booking = model('Booking', {
  version: 1,
  schema: Type.Object({ order: Type.String(), customer: Type.String(), check: Type.Integer() }),
})

const shop = system('shop', { kind: 'crm', allow: ['loopback'], connector: rest({ url: env('TARGET') }) })
const orders = shop.webhook('orders', Order, { verify: 'unsigned', id: ({ no }) => no })

const erp = system('erp', { kind: 'erp', allow: ['loopback'], connector: rest({ url: env('TARGET') }) })
const bookings = erp.send('bookings', Booking, { method: 'POST', path: '/bookings', effect: idempotent })

function work(rounds: number): number {
  let sum = 0
  for (let n = 0; n < rounds; n++) sum = (sum * 31 + n) % 1_000_003
  return sum
}

export default landscape({
  name: 'workers',
  systems: [shop, erp],
  flows: [
    flow('bookings')
      .from(orders)
      .map(Booking, {
        order: ({ no }) => no,
        customer: ({ customer }) => customer,
        check: ({ rounds }) => work(rounds),
      })
      .to(bookings),
  ],
})
