import { existsSync } from 'node:fs'
import {
  type Answer,
  type Connector,
  env,
  IsthmusError,
  idempotent,
  landscape,
  model,
  type Outgoing,
  type SinkChannel,
  saga,
  system,
  Type,
} from 'isthmus'

// A landscape for tests: a saga over a shop that refuses to tell the customer until a file is there.
const Order = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Type.String(), pieces: Type.Integer() }),
})
type Order = { no: string; pieces: number }

interface Shop {
  book(name: string): SinkChannel<Order, typeof idempotent>
}

const target: Connector<Shop> = {
  name: 'shop',
  summary: {},
  channels: name => ({
    book: what => ({
      role: 'sink',
      system: name,
      name: what,
      model: Order,
      effect: idempotent,
      options: undefined,
    }),
  }),
  connect: async context => {
    const opened = context.resolve(env('SHOP_OPEN'))
    const take = (channel: string, _item: Outgoing): Answer => {
      if (channel !== 'tell' || existsSync(opened)) return { ok: true }
      return { ok: false, error: new IsthmusError('TARGET-REFUSED', 'the shop is closed') }
    }
    return {
      sink: ({ name }) => ({ write: async items => items.map(item => take(name, item)) }),
      check: async () => {
        if (process.env.SHOP_GONE) throw new IsthmusError('TARGET-UNAVAILABLE', 'nobody answers')
      },
      close: async () => {},
    }
  },
}

const shop = system('shop', { kind: 'other', connector: target })

const same = ({ input }: { readonly input: Order }): Order => input

const orders = saga('orders', Order)
  .step('reserve', shop.book('reserve'), same)
  .undo(shop.book('release'), same)
  .decide('credit', { question: ({ input }) => `Are ${input.pieces} pieces paid?`, options: ['yes', 'no'] })
  .require('it is paid', ({ credit }) => credit.choice === 'yes')
  .pivot('ship', shop.book('ship'), same)
  .step('tell', shop.book('tell'), same)

const small = saga('small', Order).pivot('book', shop.book('book'), same)

export default landscape({ name: 'sagas', systems: [shop], flows: [], sagas: [orders, small] })
