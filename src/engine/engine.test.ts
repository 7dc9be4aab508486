import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Answer,
  type Connection,
  type Connector,
  flow,
  type Intake,
  IsthmusError,
  idempotent,
  irreversible,
  landscape,
  model,
  type Outgoing,
  type RequesterChannel,
  read,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
} from '../index.ts'
import { memoryStore } from '../store/memory/memory-store.ts'
import { startEngine } from './engine.ts'
import type { EngineEvent } from './events.ts'
import { realHost } from './host.ts'

const Order = model('Order', {
  version: 1,
  key: 'id',
  schema: Type.Object({ id: Type.String(), customer: Type.String(), n: Type.Number() }),
})
const Price = model('Price', { version: 1, schema: Type.Object({ price: Type.Number() }) })
const Ask = model('Ask', { version: 1, schema: Type.Object({ customer: Type.String() }) })

/** A system inside the test: what it was sent, and how it answers. */
function shop(write: (item: Outgoing) => Answer = () => ({ ok: true })) {
  const intakes: Intake[] = []
  const written: Outgoing[] = []
  const connection: Connection = {
    source: () => ({
      run: (intake, signal) => {
        intakes.push(intake)
        return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
      },
    }),
    sink: () => ({
      batch: 10,
      concurrency: 2,
      write: async items =>
        items.map(item => {
          const answer = write(item)
          if (answer.ok) written.push(item)
          return answer
        }),
    }),
    requester: () => ({ ask: async items => items.map(() => ({ ok: true, result: { price: 7 } })) }),
    check: async () => {},
    close: async () => {},
  }
  const connector: Connector<Record<never, never>> = {
    name: 'shop',
    summary: {},
    channels: () => ({}),
    connect: async () => connection,
  }
  const at = system('shop', { kind: 'other', connector })
  const base = { system: 'shop', options: {} }
  const orders: SourceChannel<{ id: string; customer: string; n: number }> = {
    ...base,
    role: 'source',
    name: 'orders',
    model: Order,
  }
  const priced: SinkChannel<{ id: string; total: number }, typeof idempotent> = {
    ...base,
    role: 'sink',
    name: 'priced',
    model: model('Priced', { version: 1, schema: Type.Object({ id: Type.String(), total: Type.Number() }) }),
    effect: idempotent,
  }
  const once: SinkChannel<{ id: string; customer: string; n: number }, typeof irreversible> = {
    ...base,
    role: 'sink',
    name: 'once',
    model: Order,
    effect: irreversible,
  }
  const price: RequesterChannel<{ customer: string }, { price: number }, typeof read> = {
    ...base,
    role: 'requester',
    name: 'price',
    model: Ask,
    answer: Price,
    effect: read,
  }
  return { at, orders, priced, once, price, written, intakes }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 1))
}

test('a message is filtered, enriched and delivered once, and every one is accounted for', async () => {
  const { at, orders, priced, price, written, intakes } = shop()
  const pricing = flow('pricing')
    .from(orders)
    .key(o => o.customer)
    .filter('nothing ordered', o => o.n > 0)
    .enrich('cost', price, o => ({ customer: o.customer }))
    .to(priced, { id: o => o.id, total: o => o.n * o.cost.price })
  const store = memoryStore()
  const events: EngineEvent[] = []
  const engine = await startEngine({
    landscape: landscape({ systems: [at], flows: [pricing] }),
    store,
    claim: await store.claim('test'),
    host: realHost(),
    connectContext: () => ({}) as never,
    watch: event => events.push(event),
    onFatal: error => assert.fail(String(error)),
  })
  await until(() => intakes.length > 0)
  const deliveries = Array.from({ length: 500 }, (_, n) => ({
    id: `o${n}`,
    data: { id: `o${n}`, customer: `c${n % 7}`, n: n % 5 },
  }))
  const receipts = await (intakes[0] as Intake).accept(deliveries)
  assert.equal(receipts.filter(({ status }) => status === 'accepted').length, 500)
  const again = await (intakes[0] as Intake).accept(deliveries.slice(0, 10))
  assert.deepEqual(
    again.map(({ status, id }) => [status, id]),
    receipts.slice(0, 10).map(({ id }) => ['duplicate', id]),
  )
  await until(() => events.filter(({ type }) => type === 'ended').length === 500)
  assert.equal(written.length, 400)
  for (let c = 0; c < 7; c++) {
    const sent = written
      .filter(({ key }) => key === `c${c}`)
      .map(({ data }) => Number((data as { id: string }).id.slice(1)))
    assert.deepEqual(
      sent,
      [...sent].sort((a, b) => a - b),
    )
  }
  await engine.stop()
})

test('what is refused is parked and holds back its key; an unanswered irreversible call is in doubt', async () => {
  const { at, orders, once, written, intakes } = shop(item => {
    const { id } = item.data as { id: string }
    if (id === 'bad') return { ok: false, error: new IsthmusError('TARGET-REFUSED', 'no such thing') }
    if (id === 'lost') return { ok: false, error: new IsthmusError('TARGET-UNANSWERED', 'reset') }
    return { ok: true }
  })
  const sending = flow('sending')
    .from(orders)
    .key(o => o.customer)
    .to(once)
  const store = memoryStore()
  const options = {
    landscape: landscape({ systems: [at], flows: [sending] }),
    host: realHost(),
    connectContext: () => ({}) as never,
    onFatal: (error: unknown) => assert.fail(String(error)),
  }
  const engine = await startEngine({ ...options, store, claim: await store.claim('test') })
  await until(() => intakes.length > 0)
  const ids = ['a', 'bad', 'b', 'c', 'lost', 'd']
  await (intakes[0] as Intake).accept(
    ids.map(id => ({ id, data: { id, customer: 'abc'.includes(id) || id === 'bad' ? 'x' : 'y', n: 1 } })),
  )
  await until(async () => (await store.read.unfinished({ flow: 'sending', limit: 10 })).length === 5)
  assert.deepEqual(
    written.map(({ data }) => (data as { id: string }).id),
    ['a'],
  )
  const rows = await store.read.unfinished({ flow: 'sending', limit: 10 })
  assert.deepEqual(
    rows.map(({ seq, status }) => [seq, status]),
    [
      [2, 'parked'],
      [3, 'held'],
      [4, 'held'],
      [5, 'doubt'],
      [6, 'held'],
    ],
  )
  const [parked, , , doubt] = rows
  assert.ok(parked && doubt)
  await engine.runner('sending')?.end(parked, { seq: parked.seq, outcome: 'discarded', at: 0, attempts: 1 })
  await until(() => written.length === 3)
  await engine.runner('sending')?.resume({
    ...doubt,
    status: 'retrying',
    due: 0,
    sent: undefined,
    edited: { data: { id: 'found', customer: 'y', n: 1 }, by: 'test', at: 0 },
  })
  await until(() => written.length === 5)
  assert.deepEqual(
    written.map(({ data }) => (data as { id: string }).id),
    ['a', 'b', 'c', 'found', 'd'],
  )
  await engine.stop()
})
