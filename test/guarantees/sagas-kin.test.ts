import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SagaFact } from '../../src/engine/saga/saga-fact.ts'
import { shapeOf } from '../../src/engine/saga/saga-log.ts'
import { sagaAppend } from '../../src/engine/saga/saga-run.ts'
import { foldSaga, type SagaState } from '../../src/engine/saga/saga-state.ts'
import { IsthmusError, type Saga, saga, sagaEvent } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { Order, type OrderData, refuses, SagaWorld } from './saga-world.ts'

const never = sagaEvent('never', Order)
const waits = saga('waits', Order).wait('for it', never)

function orderOf(no: string): OrderData {
  return { no, quantity: 1 }
}

/** Leaves a log as a process that has died leaves it. */
async function leave(world: SagaWorld, { definition }: Saga<OrderData>, facts: readonly SagaFact[]) {
  const store = memoryStore(world.state)
  const { token } = await store.claim('before')
  const state = foldSaga(facts.map((fact, n) => ({ fact, at: n, version: n + 1 }))) as SagaState
  const key = definition.key(state.started.input)
  await store.append([sagaAppend({ definition, key }, 0, state, facts, 0)], token)
  await store.close()
}

test('a saga that turned back while it asked for a child lets one of the same key be that is none of its own', async () => {
  const world = new SagaWorld()
  const parent = saga('parent', Order).child('its own', waits, s => s.input)
  const { version } = parent.definition
  await world.start([parent, waits])
  await world.put(waits, orderOf('A'))
  await world.until('waits', 'A', 'waiting')
  await world.stop()
  await leave(world, parent, [
    {
      type: 'started',
      input: orderOf('A'),
      startId: 'A',
      cause: 'A',
      definition: { version, shape: shapeOf(parent.definition) },
    },
    { type: 'turned', reason: 'a person', running: ['its own'] },
  ])
  await world.start([parent, waits])
  await world.until('parent', 'A', 'compensated')
  await world.stop()
  assert.equal(await world.status('waits', 'A'), 'waiting')
})

test('a saga ends only when its child has ended, though the store could not be read when the child had begun', async () => {
  const world = new SagaWorld()
  let fails = 1
  world.around = store => {
    const events: typeof store.read.streams.events = async query => {
      if (query.kind === 'saga/waits' && fails-- > 0) throw new IsthmusError('STORE-UNAVAILABLE', 'away')
      return store.read.streams.events(query)
    }
    return { ...store, read: { ...store.read, streams: { ...store.read.streams, events } } }
  }
  world.behaviour.set('book', async (item, call) => {
    while ((await world.status('waits', item.key)) === undefined) await new Promise(setImmediate)
    return refuses(item, call)
  })
  const parent = saga('parent', Order).together('both', part => ({
    book: part.step('book', world.requester('book'), s => s.input),
    child: part.child('its own', waits, s => s.input),
  }))
  await world.start([parent, waits])
  await world.put(parent, orderOf('A'))
  await world.until('parent', 'A', 'compensated')
  const child = await world.status('waits', 'A')
  await world.stop()
  assert.equal(child, 'compensated')
  assert.ok(fails <= 0)
})
