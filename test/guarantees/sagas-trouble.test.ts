import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../src/errors.ts'
import { saga } from '../../src/flow/saga/saga-builder.ts'
import { sagaEvent } from '../../src/flow/saga/saga-event.ts'
import type { Outgoing } from '../../src/index.ts'
import { copyMemoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { idempotent, irreversible, probed } from '../../src/system/effect.ts'
import { Order, type OrderData, refuses, SagaWorld } from './saga-world.ts'

const same = ({ input }: { readonly input: OrderData }): OrderData => input
const order: OrderData = { no: 'A1', quantity: 2 }
const by = { by: 'ann', why: 'no longer wanted' }

test('a child that still waits is taken back with its parent', async () => {
  const world = new SagaWorld()
  const made = sagaEvent('made', Order)
  const inner = saga('inner', Order)
    .step('reserve', world.requester('reserve'), same)
    .undo(world.sink('release'), same)
    .wait('made', made)
  const outer = saga('outer', Order).child('inner', inner, ({ input }) => ({ ...input, no: 'A1-inner' }))
  const engine = await world.start([inner, outer], [made])
  await world.put(outer, order)
  await world.until('inner', 'A1-inner', 'waiting')
  await world.until('outer', 'A1', 'waiting')
  await engine.sagas.resume('outer', 'A1', { how: 'undo', ...by })
  await world.until('outer', 'A1', 'compensated')
  assert.equal(await world.status('inner', 'A1-inner'), 'compensated')
  assert.deepEqual(world.effects, ['reserve A1-inner', 'release A1-inner'])
  await world.stop()
})

test('branches that wait for the same event each take their own', async () => {
  const world = new SagaWorld()
  const made = sagaEvent('made', Order)
  const twice = saga('twice', Order).together('both', part => ({
    few: part.wait('few', made, { accept: ({ quantity }) => quantity < 5 }),
    any: part.wait('any', made),
    many: part.wait('many', made, { accept: ({ quantity }) => quantity >= 5 }),
  }))
  await world.start([twice], [made])
  for (const quantity of [7, 1, 9]) await world.put(made, { no: 'A1', quantity }, `e${quantity}`)
  await world.put(twice, order)
  await world.until('twice', 'A1', 'completed')
  const taken = (await world.log('twice', 'A1')).flatMap(({ fact }) =>
    fact.type === 'received' ? [[fact.stage, fact.place]] : [],
  )
  assert.deepEqual(taken.map(([, place]) => place).sort(), [1, 2, 3])
  await world.stop()
})

test('an event that came in time is taken, though the process was away when the time was over', async () => {
  const world = new SagaWorld()
  const made = sagaEvent('made', Order)
  const waits = saga('waits', Order).wait('made', made, { within: '1h' })
  const engine = await world.start([waits], [made])
  await world.put(waits, order)
  await world.until('waits', 'A1', 'waiting')
  await engine.stop()
  const kept = { type: 'received', data: { id: 'e1', data: order as never }, at: Date.now() }
  const store = memoryStore(world.state)
  const { token } = await store.claim('test')
  const stream = { kind: 'saga-event/made', key: 'A1' }
  await store.append([{ ...stream, version: 0, events: [kept], state: 'kept', open: false }], token)
  await store.close()
  world.ahead = 2 * 3_600_000
  await world.start([waits], [made])
  await world.until('waits', 'A1', 'completed')
  await world.stop()
})

test('a saga that was woken for two things comes to rest when neither has come', async () => {
  const world = new SagaWorld()
  const [made, paid] = [sagaEvent('made', Order), sagaEvent('paid', Order)]
  const both = saga('both', Order).together('waits', part => ({
    made: part.wait('made', made),
    paid: part.wait('paid', paid),
  }))
  const engine = await world.start([both], [made, paid])
  await world.put(both, order)
  await world.until('both', 'A1', 'waiting')
  for (let n = 0; n < 60; n++) {
    engine.sagas.poke('both', 'A1')
    for (let m = 0; m < n % 7; m++) await undefined
  }
  for (let n = 0; n < 50; n++) await new Promise(resolve => setImmediate(resolve))
  assert.equal(engine.sagas.running, 0)
  await world.stop()
})

test('an answer that nobody understands may hide an effect: it is taken back', async () => {
  const world = new SagaWorld()
  world.behaviour.set('reserve', (_, call) => {
    if (call === 1) throw new Error('something odd')
    return refuses(undefined as never, call)
  })
  const orders = saga('orders', Order)
    .step('reserve', world.requester('reserve'), same)
    .undo(world.sink('release'), same)
  await world.start([orders])
  await world.put(orders, order)
  await world.until('orders', 'A1', 'compensated')
  assert.deepEqual(world.effects, ['release A1'])
  await world.stop()
})

test('nobody takes a saga back while its pivot is under way, or when it has ended', async () => {
  const world = new SagaWorld()
  let finish = () => {}
  world.behaviour.set('ship', () => new Promise<void>(resolve => (finish = resolve)))
  const orders = saga('orders', Order)
    .step('reserve', world.requester('reserve'), same)
    .undo(world.sink('release'), same)
    .pivot('ship', world.requester('ship'), same)
  const engine = await world.start([orders])
  await world.put(orders, order)
  while (!world.calls.includes('ship A1')) await new Promise(resolve => setImmediate(resolve))
  const undo = () => engine.sagas.resume('orders', 'A1', { how: 'undo', ...by })
  await assert.rejects(undo(), /may have happened already/)
  finish()
  await world.until('orders', 'A1', 'completed')
  await assert.rejects(undo(), { code: 'CONTROL-REFUSED' })
  assert.deepEqual(world.effects, ['reserve A1', 'ship A1'])
  await world.stop()
})

test('a saga that is held for want of its version keeps its locks', async () => {
  const world = new SagaWorld()
  const made = sagaEvent('made', Order)
  const locks = (name: string) => saga(name, Order).lock('stock', () => 'stock')
  const first = locks('versions').wait('made', made)
  const other = locks('other').step('reserve', world.requester('reserve'), same)
  await world.start([first, other], [made])
  await world.put(first, order)
  await world.until('versions', 'A1', 'waiting')
  await world.stop()
  await world.start([locks('versions'), other], [made])
  await world.put(other, { no: 'A2', quantity: 1 })
  await world.until('other', 'A2', 'waiting')
  await world.stop()
  await world.start([first, other], [made])
  await world.put(made, order)
  await world.until('other', 'A2', 'completed')
  await world.stop()
})

test('a child that waits for a lock of its parent closes a circle', async () => {
  const world = new SagaWorld()
  const inner = saga('inner', Order).lock('inner stock', () => 'stock')
  const outer = saga('outer', Order)
    .lock('stock', () => 'stock')
    .child('inner', inner, ({ input }) => ({ ...input, no: 'A1-inner' }))
  await world.start([inner, outer])
  await world.put(outer, order)
  await world.until('outer', 'A1', 'compensated')
  assert.ok(world.events.some(({ type }) => type === 'deadlock'))
  await world.stop()
})

test('what a process that died may have called is taken back, though the saga turns before it is called again', async () => {
  const world = new SagaWorld()
  const orders = saga('orders', Order).together('both', part => ({
    reserve: part.step('reserve', world.requester('reserve'), same).undo(world.sink('release'), same),
    answer: part.decide('go', {
      question: () => 'go on?',
      options: ['yes'],
      within: '50ms',
      late: 'undo',
    }),
  }))
  let item: Outgoing | undefined
  let finish = () => {}
  world.behaviour.set('reserve', called => {
    item = called
    return new Promise<void>(resolve => {
      finish = resolve
    })
  })
  const first = await world.start([orders])
  await world.put(orders, order)
  while (!item) await new Promise(resolve => setImmediate(resolve))
  const died = copyMemoryState(world.state)
  world.happen('reserve', item)
  await new Promise(resolve => setTimeout(resolve, 60))
  world.state = died
  await world.start([orders])
  await world.until('orders', 'A1', 'compensated')
  assert.deepEqual(world.effects, ['reserve A1', 'release A1'])
  await world.stop()
  finish()
  await first.stop()
})

test('a call of a process that died may have happened, whatever the next one is answered', async () => {
  const world = new SagaWorld()
  const orders = saga('orders', Order)
    .step('reserve', world.requester('reserve'), same)
    .undo(world.sink('release'), same)
  let item: Outgoing | undefined
  let finish = () => {}
  world.behaviour.set('reserve', (called, call) => {
    if (call > 1) return refuses(called, call)
    item = called
    return new Promise<void>(resolve => {
      finish = resolve
    })
  })
  const first = await world.start([orders])
  await world.put(orders, order)
  while (!item) await new Promise(resolve => setImmediate(resolve))
  const died = copyMemoryState(world.state)
  world.happen('reserve', item)
  world.state = died
  await world.start([orders])
  await world.until('orders', 'A1', 'compensated')
  assert.deepEqual(world.effects, ['reserve A1', 'release A1'])
  await world.stop()
  finish()
  await first.stop()
})

test('a pivot that was lost, asked for and then refused turns the saga back: nobody doubts that it did not happen', async () => {
  const world = new SagaWorld()
  world.behaviour.set('ship', (item, call) => {
    if (call === 1) throw new IsthmusError('TARGET-UNANSWERED', 'lost')
    return refuses(item, call)
  })
  const ships = saga('ships', Order)
    .step('reserve', world.requester('reserve'), same)
    .undo(world.sink('release'), same)
    .pivot('ship', world.requester('ship', probed(irreversible)), same)
  await world.start([ships])
  await world.put(ships, order)
  await world.until('ships', 'A1', 'compensated')
  assert.deepEqual(world.effects, ['reserve A1', 'release A1'])
  await world.stop()
})

/** A saga whose pivot may be repeated, and whose target can be asked; the process dies while `pay` is called first. */
async function dyingAtPivot(world: SagaWorld, happens: boolean): Promise<void> {
  const shops = saga('shops', Order)
    .step('reserve', world.requester('reserve'), same)
    .undo(world.sink('release'), same)
    .pivot('pay', world.requester('pay', probed(idempotent)), same)
    .step('tell', world.requester('tell'), ({ input, pay }) => ({ ...input, no: `${input.no} by ${pay.by}` }))
  let item: Outgoing | undefined
  let finish = () => {}
  world.behaviour.set('pay', (called, call) => {
    if (call > 1) return refuses(called, call)
    item = called
    return new Promise<void>((_, reject) => {
      finish = () => reject(new Error('it has died'))
    })
  })
  const first = await world.start([shops])
  await world.put(shops, order)
  while (!item) await new Promise(resolve => setImmediate(resolve))
  const died = copyMemoryState(world.state)
  if (happens) world.happen('pay', item)
  world.state = died
  await world.start([shops])
  await world.until('shops', 'A1', happens ? 'completed' : 'compensated')
  await world.stop()
  finish()
  await first.stop()
}

test('a pivot that a process died in, and that is refused when repeated, turns the saga back where its target has not done it', async () => {
  const world = new SagaWorld()
  await dyingAtPivot(world, false)
  assert.deepEqual(world.effects, ['reserve A1', 'release A1'])
  const failed = (await world.log('shops', 'A1')).find(({ fact }) => fact.type === 'failed')?.fact
  assert.deepEqual(failed, {
    ...{ type: 'failed', stage: 'pay', attempts: 1, unsure: false, code: 'TARGET-REFUSED', reason: 'no' },
    absent: true,
  })
})

test('a pivot that a process died in, and that is refused when repeated, is done where its target has done it', async () => {
  const world = new SagaWorld()
  await dyingAtPivot(world, true)
  assert.deepEqual(world.effects, ['reserve A1', 'pay A1', 'tell A1'])
})
