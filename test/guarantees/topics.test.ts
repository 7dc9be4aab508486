import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { verify } from '../../src/engine/verify.ts'
import { IsthmusError } from '../../src/errors.ts'
import { checkLandscape } from '../../src/flow/check.ts'
import {
  type Answer,
  type CarriedTopic,
  type Connector,
  flow,
  type Intake,
  idempotent,
  landscape,
  model,
  type Outgoing,
  type SinkChannel,
  type SourceChannel,
  system,
  type Topic,
  Type,
  topic,
} from '../../src/index.ts'
import { json } from '../../src/message/codec/json.ts'
import { copyMemoryState, type MemoryState, memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import { until } from './harness.ts'

interface Order {
  readonly no: string
  readonly customer: string
}

const OrderModel = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Type.String(), customer: Type.String() }),
})
const base = { system: 'plant', options: {}, model: OrderModel }
const orders: SourceChannel<Order> = { ...base, role: 'source', name: 'orders' }
const stock: SinkChannel<Order, typeof idempotent> = {
  ...base,
  role: 'sink',
  name: 'stock',
  effect: idempotent,
}
const ledger: SinkChannel<Order, typeof idempotent> = { ...stock, name: 'ledger' }
const placed = topic('order-placed', OrderModel)

const flows = [
  flow('intake')
    .from(orders)
    .key(({ customer }) => customer)
    .to(placed),
  flow('stock')
    .from(placed)
    .key(({ customer }) => customer)
    .to(stock, undefined, { retry: { first: '1ms', longest: '1ms' } }),
  flow('finance').from(placed).to(ledger),
]

const order = (no: number): { id: string; data: Order } => ({
  id: `o${no}`,
  data: { no: `o${no}`, customer: `c${no % 3}` },
})

/** A plant whose orders are published, and what stock and ledger got of them. */
async function startPlant(
  options: {
    readonly state?: MemoryState
    readonly store?: Store
    readonly topics?: readonly CarriedTopic<Order>[]
    readonly write?: (channel: string, item: Outgoing<Order>) => Answer | Promise<Answer>
    readonly carrier?: Connector
  } = {},
) {
  const { state = memoryState(), topics = [], write = () => ({ ok: true }), carrier } = options
  const store = options.store ?? memoryStore(state)
  const got: { channel: string; item: Outgoing<Order> }[] = []
  const opened = Promise.withResolvers<Intake>()
  const connector: Connector = {
    name: 'plant',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      source: () => ({
        run: (intake, signal) => {
          opened.resolve(intake)
          return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
        },
      }),
      sink: channel => ({
        concurrency: 4,
        write: async items =>
          Promise.all(
            items.map(async item => {
              const answer = await write(channel.name, item as Outgoing<Order>)
              if (answer.ok) got.push({ channel: channel.name, item: item as Outgoing<Order> })
              return answer
            }),
          ),
      }),
      check: async () => {},
      close: async () => {},
    }),
  }
  const systems = [system('plant', { kind: 'other', connector })]
  if (carrier) systems.push(system('events', { kind: 'other', connector: carrier }))
  const shown = landscape({ systems, flows, topics })
  assert.deepEqual(checkLandscape(shown), [])
  const engine = await startEngine({
    landscape: shown,
    store,
    claim: await store.claim('test'),
    host: realHost(),
    connectContext: () => ({}) as never,
    onFatal: error => assert.fail(String(error)),
  })
  const numbersOf = (channel: string) =>
    got.filter(each => each.channel === channel).map(({ item }) => item.data.no)
  return { engine, store, state, got, numbersOf, intake: await opened.promise }
}

test('what is published once reaches every flow that subscribes, in the order of its key', async () => {
  const { engine, intake, numbersOf, got, store } = await startPlant()
  const all = Array.from({ length: 60 }, (_, n) => order(n))
  await intake.accept(all)
  await until(() => got.length === 120)
  const published = await store.read.entries({ flow: 'stock', limit: 1 })
  await engine.stop()
  const expected = all.map(({ id }) => id).sort()
  assert.deepEqual(numbersOf('stock').sort(), expected)
  assert.deepEqual(numbersOf('ledger').sort(), expected)
  for (const customer of ['c0', 'c1', 'c2']) {
    const inOrder = got.filter(({ channel, item }) => channel === 'stock' && item.data.customer === customer)
    assert.deepEqual(
      inOrder.map(({ item }) => item.data.no),
      all.filter(({ data }) => data.customer === customer).map(({ id }) => id),
    )
  }
  const [first] = published
  const [cause] = await store.read.entries({ flow: 'intake', limit: 1 })
  assert.equal(first?.head.cause, cause?.id)
  assert.notEqual(first?.id, cause?.id)
})

test('each subscriber has its own progress: one that fails holds back neither the publisher nor the others', async () => {
  let isDown = true
  const down = new IsthmusError('TARGET-UNAVAILABLE', 'stock is away')
  const { engine, intake, numbersOf } = await startPlant({
    write: channel => (channel === 'stock' && isDown ? { ok: false, error: down } : { ok: true }),
  })
  await intake.accept(Array.from({ length: 30 }, (_, n) => order(n)))
  await until(() => numbersOf('ledger').length === 30)
  assert.equal(numbersOf('stock').length, 0)
  isDown = false
  await until(() => numbersOf('stock').length === 30)
  await engine.stop()
})

/** A store whose process dies when something is published: what is durable then, and what was accepted in that call. */
function dyingStore(state: MemoryState): { readonly store: Store; readonly died: Promise<MemoryState> } {
  const died = Promise.withResolvers<MemoryState>()
  const inner = memoryStore(state)
  const store: Store = {
    ...inner,
    read: inner.read,
    claim: owner => inner.claim(owner),
    retire: limits => inner.retire(limits),
    close: how => inner.close(how),
    accept: async (messages, position) => {
      const accepted = await inner.accept(messages, position)
      const published = messages.some(({ head }) => head.source === 'topics.order-placed')
      if (published) died.resolve(copyMemoryState(state))
      return accepted
    },
    settle: settlement => inner.settle(settlement),
  }
  return { store, died: died.promise }
}

test('a crash between publishing and recording that it was published makes no second message (F09)', async () => {
  const state = memoryState()
  const { store, died } = dyingStore(state)
  const before = await startPlant({ store })
  await before.intake.accept([order(1), order(2), order(4)])
  const after = await died
  await before.engine.stop()
  const { engine, store: again, numbersOf, got } = await startPlant({ state: after })
  await until(() => got.length >= 6)
  await until(async () =>
    (await again.read.flows()).every(({ oldestWaiting }) => oldestWaiting === undefined),
  )
  assert.deepEqual(numbersOf('stock').sort(), ['o1', 'o2', 'o4'])
  assert.deepEqual(numbersOf('ledger').sort(), ['o1', 'o2', 'o4'])
  assert.ok((await verify(again.read)).balanced)
  await engine.stop()
})

test('what was published, or may have been, when the process died twice is found so before anything else runs', {
  timeout: 240_000,
}, async () => {
  const first = dyingStore(memoryState())
  const before = await startPlant({ store: first.store })
  await before.intake.accept([order(1), order(2), order(4)])
  // The second process notes what may have killed the first one; so the third one runs it alone, before all others.
  const second = dyingStore(await first.died)
  await before.engine.stop()
  const between = await startPlant({ store: second.store })
  const state = await second.died
  await between.engine.stop()
  const [noted] = await memoryStore(copyMemoryState(state)).read.unfinished({ flow: 'intake', limit: 1 })
  assert.equal(noted?.status, 'running')
  const { engine, store: again, got, numbersOf } = await startPlant({ state })
  await until(() => got.length >= 6)
  await until(async () =>
    (await again.read.flows()).every(({ oldestWaiting }) => oldestWaiting === undefined),
  )
  assert.deepEqual(numbersOf('stock').sort(), ['o1', 'o2', 'o4'])
  assert.ok((await verify(again.read)).balanced)
  await engine.stop()
})

test('an engine that stops while a topic is full of work ends at once, and goes on where it was', async () => {
  const state = memoryState()
  const first = await startPlant({ state })
  await first.intake.accept(Array.from({ length: 500 }, (_, n) => order(n)))
  await first.engine.stop(60_000)
  const second = await startPlant({ state })
  await until(
    () =>
      new Set([...first.numbersOf('stock'), ...second.numbersOf('stock')]).size === 500 &&
      new Set([...first.numbersOf('ledger'), ...second.numbersOf('ledger')]).size === 500,
  )
  await second.engine.stop()
})

test('a topic is carried by another system without a change of flows, and its effect keys stay the same', async () => {
  const sent: Outgoing[] = []
  const carrierBase = { system: 'events', options: {}, model: OrderModel, name: 'placed' }
  const carrierSource: SourceChannel<Order> = { ...carrierBase, role: 'source' }
  const carrier: Topic<Order> = { ...carrierBase, role: 'sink', effect: idempotent, source: carrierSource }
  const opened = Promise.withResolvers<Intake>()
  const broker: Connector = {
    name: 'broker',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      source: () => ({
        run: (intake, signal) => {
          opened.resolve(intake)
          return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
        },
      }),
      sink: () => ({
        write: async items => {
          sent.push(...items)
          const intake = await opened.promise
          await intake.accept(items.map(({ effectKey, data }) => ({ id: effectKey, data })))
          return items.map(() => ({ ok: true }))
        },
      }),
      check: async () => {},
      close: async () => {},
    }),
  }
  const own = await startPlant()
  await own.intake.accept([order(7)])
  await until(() => own.got.length === 2)
  const [inStore] = await own.store.read.entries({ flow: 'stock', limit: 1 })
  await own.engine.stop()
  assert.equal(inStore?.head.source, 'topics.order-placed')

  const { engine, intake, got, store } = await startPlant({
    carrier: broker,
    topics: [{ topic: placed, carrier }],
  })
  await intake.accept([order(7)])
  await until(() => got.length === 2)
  const [carried] = await store.read.entries({ flow: 'stock', limit: 1 })
  assert.equal(carried?.head.source, 'events.placed')
  assert.deepEqual(
    engine.landscape.systems.map(({ name }) => name),
    ['plant', 'events'],
  )
  await engine.stop()
  assert.equal(sent.length, 1)
  assert.deepEqual(
    engine.landscape.flows.map(({ steps }) => steps.map(({ id }) => id)),
    flows.map(({ steps }) => steps.map(({ id }) => id)),
  )
})

test('what came while another system carried a topic keeps every digit when none carries it any more', async () => {
  const carrierBase = { system: 'events', options: {}, model: OrderModel, name: 'placed' }
  const carrierSource: SourceChannel<Order> = { ...carrierBase, role: 'source', decode: json().decode }
  const carrier: Topic<Order> = { ...carrierBase, role: 'sink', effect: idempotent, source: carrierSource }
  const opened = Promise.withResolvers<Intake>()
  const broker: Connector = {
    name: 'broker',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      source: () => ({
        run: (intake, signal) => {
          opened.resolve(intake)
          return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
        },
      }),
      sink: () => ({ write: async items => items.map(() => ({ ok: true })) }),
      check: async () => {},
      close: async () => {},
    }),
  }
  const state = memoryState()
  const error = new IsthmusError('TARGET-UNAVAILABLE', 'away')
  const before = await startPlant({
    state,
    carrier: broker,
    topics: [{ topic: placed, carrier }],
    write: () => ({ ok: false, error }),
  })
  const body = Buffer.from('{"no":"o1","customer":"c1","amount":9007199254740993}')
  await (await opened.promise).accept([{ id: 'o1', body }])
  await before.engine.stop()
  const after = await startPlant({ state })
  await until(() => after.got.length === 2)
  await after.engine.stop()
  for (const { item } of after.got)
    assert.equal((item.data as { amount?: unknown }).amount, '9007199254740993')
})

test('a topic that is published and that no flow begins with is refused, and the other way round', () => {
  const unheard = landscape({ systems: [], flows: [flow('a').from(placed).to(topic('lost', OrderModel))] })
  const problems = checkLandscape(unheard)
  assert.deepEqual(
    problems.map(({ where, reason }) => [where, reason]),
    [
      ['flow a, topic lost', 'it is published, and no flow begins with it'],
      ['flow a, topic order-placed', 'the flow begins with it, and no flow publishes it'],
    ],
  )
})
