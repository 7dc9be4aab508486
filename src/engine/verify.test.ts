import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Landscape } from '../flow/landscape.ts'
import { memoryState } from '../store/memory/memory-state.ts'
import { memoryStore } from '../store/memory/memory-store.ts'
import { verify } from './verify.ts'

/** Five messages: 1 and 2 delivered, 3 filtered, 4 parked, 5 waiting. */
async function fiveMessages() {
  const state = memoryState()
  const store = memoryStore(state)
  const { token } = await store.claim('test')
  const head = { source: 's.c', type: 'T.v1', time: 0, contentType: 'raw' }
  await store.accept(
    [1, 2, 3, 4, 5].map(n => ({
      flows: [{ flow: 'f', partition: 0, key: `k${n}` }],
      id: `id${n}`,
      head,
      body: Buffer.from(String(n)),
      acceptedAt: n,
    })),
  )
  const ended = { at: 9, attempts: 1 }
  await store.settle({
    flow: 'f',
    partition: 0,
    token,
    cursor: 4,
    settled: [
      { seq: 1, outcome: 'delivered', ...ended },
      { seq: 2, outcome: 'delivered', ...ended },
      { seq: 3, outcome: 'filtered', ...ended },
    ],
    unfinished: [{ seq: 4, key: 'k4', status: 'parked', attempts: 1, crashes: 0, since: 9 }],
  })
  const flow = state.flows.get('f')
  assert.ok(flow)
  return { flow, store }
}

test('every message is in exactly one state, and the sums say so', async () => {
  const { store } = await fiveMessages()
  const { balanced, flows } = await verify(store.read)
  assert.ok(balanced)
  const { accepted, delivered, filtered, parked, inFlight } = flows[0] ?? assert.fail()
  assert.deepEqual([accepted, delivered, filtered, parked, inFlight], [5, 2, 1, 1, 1])
})

test('a flow that has had no message is there with zeros', async () => {
  const { store } = await fiveMessages()
  const flowsOnly = { flows: [{ name: 'f' }, { name: 'g' }], aggregates: [], projections: [] }
  const known = flowsOnly as unknown as Landscape
  const all = await verify(store.read, undefined, known)
  assert.deepEqual(
    all.flows.map(({ flow, accepted }) => [flow, accepted]),
    [
      ['f', 5],
      ['g', 0],
    ],
  )
  assert.ok(all.balanced)
  const { flows } = await verify(store.read, 'g', known)
  assert.deepEqual(flows, [
    {
      flow: 'g',
      accepted: 0,
      delivered: 0,
      filtered: 0,
      discarded: 0,
      parked: 0,
      inFlight: 0,
      inDoubt: 0,
      broken: [],
    },
  ])
})

test('a lost, a doubled and an unaccounted message are found and named', async () => {
  const lost = await fiveMessages()
  lost.flow.entries.delete(2)
  const doubled = await fiveMessages()
  doubled.flow.unfinished.set(1, { ...(doubled.flow.unfinished.get(4) ?? assert.fail()), seq: 1, key: 'k1' })
  const forgotten = await fiveMessages()
  forgotten.flow.settled.delete(3)
  const gone = await fiveMessages()
  gone.flow.entries.delete(5)
  const expected = [
    [lost, /^2 .*delivered, but is not in the journal/],
    [doubled, /^1 k1 it has ended and is parked all the same/],
    [forgotten, /^3 k3 the flow has passed it, and nothing says what became of it/],
    [gone, /^0 .*5 were accepted, but 4 are kept/],
  ] as const
  for (const [{ store }, pattern] of expected) {
    const { balanced, flows } = await verify(store.read)
    assert.ok(!balanced)
    const told = flows.flatMap(({ broken }) =>
      broken.map(({ seq, key, reason }) => `${seq} ${key} ${reason}`),
    )
    assert.ok(
      told.some(text => pattern.test(text)),
      told.join('\n'),
    )
  }
})

test('counts the events of every stream, and finds one that is missing', async () => {
  const state = memoryState()
  const store = memoryStore(state)
  const { token } = await store.claim('test')
  const events = [1, 2, 3].map(n => ({ type: 't', data: n, at: n }))
  await store.append(
    ['a', 'b'].map(key => ({ kind: 'aggregate/s', key, version: 0, events })),
    token,
  )
  const whole = await verify(store.read)
  assert.deepEqual(whole.streams, {
    streams: 2,
    events: 6,
    sagas: [],
    transactions: { begun: 0, committed: 0, rolledBack: 0, open: 0, mixed: 0 },
    broken: [],
  })
  assert.equal(whole.balanced, true)
  assert.equal((await verify(store.read, 'f')).streams, undefined)
  const [id, record] = [...state.streams][0] ?? []
  assert.ok(id !== undefined && record)
  state.streams.set(id, { ...record, events: record.events.slice(0, 2) })
  const found = await verify(store.read)
  assert.equal(found.balanced, false)
  assert.deepEqual(found.streams?.broken, [
    { kind: 'aggregate/s', key: 'a', reason: 'it has 3 events, 2 are there' },
    { kind: 'aggregate/s', key: '', reason: 'its log has 5 events, its streams 6' },
  ])
})

test('folds sagas and transactions, and finds one that is not what its head says', async () => {
  const state = memoryState()
  const store = memoryStore(state)
  const { token } = await store.claim('test')
  const started = {
    type: 'started',
    at: 1,
    data: { input: {}, startId: 's', cause: 'c', definition: { version: 1, shape: '' } },
  }
  const ended = { type: 'ended', at: 2, data: { outcome: 'completed' } }
  const begun = { type: 'begun', at: 1, data: { transaction: 't', gid: 'g', branches: [] } }
  const closed = { type: 'closed', at: 2, data: { outcome: 'committed' } }
  const saga = { kind: 'saga/s', version: 0 }
  const transaction = { kind: 'transaction', version: 0 }
  await store.append(
    [
      { ...saga, key: 'a', events: [started, ended], state: 'completed', open: false },
      { ...saga, key: 'b', events: [started], state: 'running', open: true },
      { ...transaction, key: 'x', events: [begun, closed], state: 'committed', open: false },
      { ...transaction, key: 'y', events: [begun], state: 'begun', open: true },
    ],
    token,
  )
  const { streams, balanced } = await verify(store.read)
  assert.equal(balanced, true)
  assert.deepEqual(streams?.sagas, [
    { saga: 's', started: 2, completed: 1, compensated: 0, inFlight: 1, needsPerson: 0 },
  ])
  assert.deepEqual(streams?.transactions, { begun: 2, committed: 1, rolledBack: 0, open: 1, mixed: 0 })
  await store.append(
    [
      { ...saga, key: 'c', events: [started], state: 'completed', open: true },
      { ...saga, key: 'd', events: [ended], state: 'completed', open: false },
      { ...transaction, key: 'z', events: [begun, closed], state: 'committed', open: true },
    ],
    token,
  )
  const found = await verify(store.read)
  assert.equal(found.balanced, false)
  assert.deepEqual(found.streams?.broken, [
    { kind: 'saga/s', key: 'c', reason: 'it is running by its events, and listed as completed' },
    { kind: 'saga/s', key: 'd', reason: 'event 1: a saga log begins with "ended"' },
    { kind: 'transaction', key: 'z', reason: 'it is over by its events, and listed otherwise' },
  ])
})
