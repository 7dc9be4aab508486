import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Answer,
  type Connector,
  env,
  flow,
  IsthmusError,
  irreversible,
  landscape,
  model,
  type Outgoing,
  type SinkChannel,
  secret,
  system,
  Type,
} from 'isthmus'
import { files, jsonLines } from 'isthmus/files'

// A landscape for tests: orders from INBOX go to a target that does as each order says, and notes them in TARGET.
const Order = model('Order', {
  version: 1,
  key: 'no',
  pii: ['customer'],
  schema: Type.Object({ no: Type.String(), customer: Type.String(), ask: Type.String() }),
})

const Booking = model('Booking', {
  version: 1,
  schema: Type.Object({ order: Type.String(), name: Type.String(), ask: Type.String() }),
})
type Booking = { order: string; name: string; ask: string }

const inbox = system('inbox', { kind: 'files', connector: files({ folder: env('INBOX') }) })
const orders = inbox.read('orders', Order, {
  pattern: '*.jsonl',
  format: jsonLines(),
  every: '20ms',
  settle: '0s',
})

const target: Connector<{ bookings: SinkChannel<Booking, typeof irreversible> }> = {
  name: 'target',
  summary: {},
  channels: name => ({
    bookings: {
      role: 'sink',
      system: name,
      name: 'bookings',
      model: Booking,
      effect: irreversible,
      options: undefined,
    },
  }),
  connect: async context => {
    const token = context.resolve(secret('TARGET_TOKEN'))
    const notes = context.resolve(env('TARGET'))
    context.log('info', `logged in with ${token}`)
    return {
      sink: () => ({
        write: items => Promise.all(items.map(item => book(item as Outgoing<Booking>, token, notes))),
      }),
      check: async () => {},
      close: async () => {},
    }
  },
}

async function book({ data, effectKey }: Outgoing<Booking>, token: string, notes: string): Promise<Answer> {
  const { ask, name, order } = data
  if (ask === 'refuse')
    return { ok: false, error: new IsthmusError('TARGET-REFUSED', `${name} is not known, said ${token}`) }
  if (ask === 'lose') return { ok: false, error: new IsthmusError('TARGET-UNANSWERED', 'no answer') }
  if (ask === 'throw')
    setTimeout(() => {
      throw new Error(`a careless connector with ${token}`)
    }, 1)
  if (ask === 'wait') appendFileSync(`${notes}.waiting`, '')
  while (ask === 'wait' && !existsSync(`${notes}.go`)) await delay(20)
  appendFileSync(notes, `${JSON.stringify({ order, effectKey })}\n`)
  return { ok: true }
}

const erp = system('erp', { kind: 'erp', connector: target })

if (process.env.BROKEN_OUTSIDE) setTimeout(() => Promise.reject(new Error('nobody expected this')), 100)

export default landscape({
  name: 'orders',
  systems: [inbox, erp],
  flows: [
    flow('booking')
      .from(orders)
      .map(Booking, { order: o => o.no, name: o => o.customer, ask: o => o.ask })
      .to(erp.bookings),
  ],
})
