import { existsSync, rmSync } from 'node:fs'
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
  transaction,
  type VotingChannel,
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

const Row = model('Row', { version: 1, key: 'no', schema: Type.Object({ no: Type.String() }) })
type Row = { no: string }

/** A database at which a branch stands that no log knows, for as long as the file is there. */
const database: Connector<{ rows: VotingChannel<Row> }> = {
  name: 'database',
  summary: {},
  channels: name => ({
    rows: {
      role: 'sink',
      system: name,
      name: 'rows',
      model: Row,
      effect: idempotent,
      options: undefined,
      votes: true,
    },
  }),
  connect: async context => {
    const stray = `${context.resolve(env('SHOP_OPEN'))}.stray-${context.system}`
    return {
      sink: () => ({ write: async items => items.map(() => ({ ok: true })) }),
      participant: () => ({
        prepare: async () => ({ vote: 'read only' }),
        prepared: async prefix =>
          existsSync(stray) ? [{ id: `${prefix}${'q'.repeat(26)}:0.1:0`, since: 1_790_000_000_000 }] : [],
        end: async (_id, how) => {
          rmSync(stray, { force: true })
          return how === 'commit' ? 'committed' : 'rolled back'
        },
        unfit: async () => [],
      }),
      check: async () => {},
      close: async () => {},
    }
  },
}

const north = system('north', { kind: 'other', connector: database })
const south = system('south', { kind: 'other', connector: database })

const transfer = transaction('transfer', Row)
  .write(north.rows, row => row)
  .write(south.rows, row => row)
const stock = saga('stock', Row).step('move', transfer, ({ input }) => input)

const small = saga('small', Order).pivot('book', shop.book('book'), same)

export default landscape({
  name: 'sagas',
  systems: [shop, north, south],
  flows: [],
  sagas: [orders, small, stock],
})
