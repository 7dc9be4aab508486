import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLandscape } from '../../src/flow/check.ts'
import { landscape } from '../../src/flow/landscape.ts'
import { saga } from '../../src/flow/saga/saga-builder.ts'
import { sagaEvent } from '../../src/flow/saga/saga-event.ts'
import { copyMemoryState } from '../../src/store/memory/memory-state.ts'
import { irreversible, probed } from '../../src/system/effect.ts'
import { topic } from '../../src/system/topic.ts'
import { failsWith, Order, type OrderData, refuses, SagaWorld } from './saga-world.ts'

const same = ({ input }: { readonly input: OrderData }): OrderData => input

function shop() {
  const world = new SagaWorld()
  const reserve = world.requester('reserve')
  const release = world.sink('release')
  const charge = world.requester('charge')
  const refund = world.sink('refund')
  const ship = world.requester('ship', probed(irreversible))
  const tell = world.sink('tell')
  const orders = saga('orders', Order)
    .step('reserve', reserve, same)
    .undo(release, same)
    .step('charge', charge, same)
    .undo(refund, same)
    .pivot('ship', ship, same)
    .step('tell', tell, same)
  return { world, orders, channels: { reserve, release, charge, refund, ship, tell } }
}

test('a saga runs its steps in order and ends completed', async () => {
  const { world, orders } = shop()
  await world.start([orders])
  await world.put(orders, { no: 'A1', quantity: 2 })
  await world.until('orders', 'A1', 'completed')
  assert.deepEqual(world.effects, ['reserve A1', 'charge A1', 'ship A1', 'tell A1'])
  await world.stop()
})

test('a step that is refused takes back what was done, the last first', async () => {
  const { world, orders } = shop()
  world.behaviour.set('ship', refuses)
  await world.start([orders])
  await world.put(orders, { no: 'A1', quantity: 2 })
  await world.until('orders', 'A1', 'compensated')
  assert.deepEqual(world.effects, ['reserve A1', 'charge A1', 'refund A1', 'release A1'])
  await world.stop()
})

test('the first step refused leaves nothing to be taken back', async () => {
  const { world, orders } = shop()
  world.behaviour.set('reserve', refuses)
  await world.start([orders])
  await world.put(orders, { no: 'A1', quantity: 2 })
  await world.until('orders', 'A1', 'compensated')
  assert.deepEqual(world.calls, ['reserve A1'])
  await world.stop()
})

test('trouble that passes is tried again, before the pivot and behind it', async () => {
  const { world, orders } = shop()
  for (const channel of ['reserve', 'ship', 'tell'])
    world.behaviour.set(channel, failsWith('TARGET-UNAVAILABLE'))
  await world.start([orders])
  await world.put(orders, { no: 'A1', quantity: 2 })
  await world.until('orders', 'A1', 'completed')
  assert.deepEqual(world.effects, ['reserve A1', 'charge A1', 'ship A1', 'tell A1'])
  await world.stop()
})

test('a step behind the pivot that is refused needs a person, who lets it be tried again', async () => {
  const { world, orders } = shop()
  world.behaviour.set('tell', (item, call) => (call === 1 ? refuses(item, call) : undefined))
  const engine = await world.start([orders])
  await world.put(orders, { no: 'A1', quantity: 2 })
  await world.until('orders', 'A1', 'needs person')
  const person = { by: 'ann', why: 'mended' }
  await assert.rejects(engine.sagas.resume('orders', 'A1', { ...person, how: 'undo' }), /behind its pivot/)
  await engine.sagas.resume('orders', 'A1', { ...person, how: 'retry' })
  await world.until('orders', 'A1', 'completed')
  assert.deepEqual(world.effects, ['reserve A1', 'charge A1', 'ship A1', 'tell A1'])
  await world.stop()
})

test('a compensation that is refused for good needs a person, and nothing before it is taken back meanwhile', async () => {
  const { world, orders } = shop()
  world.behaviour.set('ship', refuses)
  world.behaviour.set('refund', refuses)
  const engine = await world.start([orders])
  await world.put(orders, { no: 'A1', quantity: 2 })
  await world.until('orders', 'A1', 'needs person')
  assert.deepEqual(world.effects, ['reserve A1', 'charge A1'])
  await engine.sagas.resume('orders', 'A1', { how: 'confirm', by: 'ann', why: 'refunded by hand' })
  await world.until('orders', 'A1', 'compensated')
  assert.deepEqual(world.effects, ['reserve A1', 'charge A1', 'release A1'])
  await world.stop()
})

test('a step whose outcome is not known is asked for, or taken back where it cannot be', async () => {
  const { world } = shop()
  const once = world.requester('once', irreversible)
  const undone = world.sink('undone')
  const lost = saga('lost', Order).step('once', once, same).undo(undone, same)
  world.behaviour.set('once', failsWith('TARGET-UNANSWERED'))
  await world.start([lost])
  await world.put(lost, { no: 'A1', quantity: 2 })
  await world.until('lost', 'A1', 'compensated')
  assert.deepEqual(world.calls, ['once A1', 'undone A1'])
  await world.stop()
})

test('the same start message is one saga; another one of the same key is refused (G25)', async () => {
  const { world, orders } = shop()
  await world.start([orders])
  await world.put(orders, { no: 'A1', quantity: 2 }, 'm1')
  await world.put(orders, { no: 'A1', quantity: 2 }, 'm1')
  await world.until('orders', 'A1', 'completed')
  await world.put(orders, { no: 'A1', quantity: 3 }, 'm2')
  while (!world.events.some(event => event.type === 'setback')) await new Promise(setImmediate)
  assert.deepEqual(world.effects, ['reserve A1', 'charge A1', 'ship A1', 'tell A1'])
  await world.stop()
})

test('an event is taken whether it comes before or while a saga waits for it', async () => {
  const { world, channels } = shop()
  const made = sagaEvent('made', Order)
  const produce = saga('produce', Order)
    .step('reserve', channels.reserve, same)
    .undo(channels.release, same)
    .wait('made', made, { accept: event => event.quantity > 1 })
    .step('tell', channels.tell, s => ({ no: s.input.no, quantity: s.made.quantity }))
  await world.start([produce], [made])
  await world.put(made, { no: 'early', quantity: 5 })
  await world.put(produce, { no: 'early', quantity: 1 })
  await world.until('produce', 'early', 'completed')
  await world.put(produce, { no: 'late', quantity: 1 })
  await world.until('produce', 'late', 'waiting')
  await world.put(made, { no: 'late', quantity: 1 }, 'too few')
  await world.put(made, { no: 'late', quantity: 7 }, 'enough')
  await world.until('produce', 'late', 'completed')
  await world.stop()
})

test('what does not come in time turns the saga back, or lets it go on, as declared', async () => {
  const { world, channels } = shop()
  const made = sagaEvent('made', Order)
  const strict = saga('strict', Order)
    .step('reserve', channels.reserve, same)
    .undo(channels.release, same)
    .wait('made', made, { within: '20ms' })
  const patient = saga('patient', Order)
    .wait('made', made, { within: '20ms', late: 'go on' })
    .step('tell', channels.tell, s => ({ no: s.input.no, quantity: s.made?.quantity ?? -1 }))
  await world.start([strict, patient])
  await world.put(strict, { no: 'A1', quantity: 1 })
  await world.until('strict', 'A1', 'compensated')
  await world.put(patient, { no: 'A1', quantity: 1 })
  await world.until('patient', 'A1', 'completed')
  assert.deepEqual(world.effects, ['reserve A1', 'release A1', 'tell A1'])
  await world.stop()
})

test('a person decides, with a name and a reason', async () => {
  const { world, channels } = shop()
  const credit = saga('credit', Order)
    .step('reserve', channels.reserve, same)
    .undo(channels.release, same)
    .decide('block', { question: s => `Release ${s.input.no}?`, options: ['release', 'reject'] })
    .require('credit was released', s => s.block.choice === 'release')
    .step('tell', channels.tell, same)
  const engine = await world.start([credit])
  for (const no of ['A1', 'A2']) {
    await world.put(credit, { no, quantity: 1 })
    await world.until('credit', no, 'waiting')
  }
  const person = { stage: 'block', by: 'ann', why: 'known customer' }
  await assert.rejects(engine.sagas.decide('credit', 'A1', { ...person, choice: 'maybe' }), /release, reject/)
  await engine.sagas.decide('credit', 'A1', { ...person, choice: 'release' })
  await engine.sagas.decide('credit', 'A2', { ...person, choice: 'reject' })
  await world.until('credit', 'A1', 'completed')
  await world.until('credit', 'A2', 'compensated')
  await assert.rejects(engine.sagas.decide('credit', 'A1', { ...person, choice: 'release' }), /no saga/)
  assert.deepEqual(world.effects, ['reserve A1', 'reserve A2', 'tell A1', 'release A2'])
  await world.stop()
})

test('branches run side by side; when one fails the others are taken back, too', async () => {
  const { world, channels } = shop()
  const both = saga('both', Order)
    .together('prepare', part => ({
      stock: part.step('reserve', channels.reserve, same).undo(channels.release, same),
      money: part.step('charge', channels.charge, same).undo(channels.refund, same),
    }))
    .pivot('ship', channels.ship, s => ({
      no: s.input.no,
      quantity: s.reserve.by.length + s.charge.by.length,
    }))
  await world.start([both])
  await world.put(both, { no: 'A1', quantity: 1 })
  await world.until('both', 'A1', 'completed')
  world.behaviour.set('charge', async item => {
    while (!world.effects.includes('reserve A2')) await new Promise(setImmediate)
    return refuses(item, 1)
  })
  await world.put(both, { no: 'A2', quantity: 1 })
  await world.until('both', 'A2', 'compensated')
  assert.deepEqual(world.effects.slice(-2), ['reserve A2', 'release A2'])
  await world.stop()
})

test('a lock keeps sagas apart until the one that has it ends; a circle of them is broken (G26)', async () => {
  const { world, channels } = shop()
  const go = sagaEvent('go', Order)
  const locking = saga('locking', Order)
    .lock('first', s => (s.input.quantity > 0 ? 'a' : 'b'))
    .wait('go', go)
    .lock('second', s => (s.input.quantity > 0 ? 'b' : 'a'))
    .step('tell', channels.tell, same)
  await world.start([locking], [go])
  for (const [no, quantity] of [
    ['A1', 1],
    ['A2', -1],
  ] as const) {
    await world.put(locking, { no, quantity })
    await world.until('locking', no, 'waiting')
  }
  await world.put(go, { no: 'A1', quantity: 0 })
  await world.put(go, { no: 'A2', quantity: 0 })
  await world.until('locking', 'A2', 'compensated')
  await world.until('locking', 'A1', 'completed')
  assert.deepEqual(world.effects, ['tell A1'])
  const [deadlock] = world.events.filter(event => event.type === 'deadlock')
  assert.ok(deadlock)
  await world.stop()
})

test('a child saga runs as a part of its parent, and is taken back with it', async () => {
  const { world, channels } = shop()
  const paying = saga('paying', Order).step('charge', channels.charge, same).undo(channels.refund, same)
  const parent = saga('parent', Order)
    .step('reserve', channels.reserve, same)
    .undo(channels.release, same)
    .child('pay', paying, s => ({ no: `${s.input.no}-pay`, quantity: 1 }))
    .pivot('ship', channels.ship, s => ({ no: s.input.no, quantity: s.pay.charge.by.length }))
  await world.start([parent])
  await world.put(parent, { no: 'A1', quantity: 1 })
  await world.until('parent', 'A1', 'completed')
  world.behaviour.set('ship', refuses)
  await world.put(parent, { no: 'A2', quantity: 1 })
  await world.until('parent', 'A2', 'compensated')
  assert.equal(await world.status('paying', 'A2-pay'), 'compensated')
  world.behaviour.set('charge', refuses)
  await world.put(parent, { no: 'A3', quantity: 1 })
  await world.until('parent', 'A3', 'compensated')
  assert.deepEqual(world.effects, [
    'reserve A1',
    'charge A1-pay',
    'ship A1',
    'reserve A2',
    'charge A2-pay',
    'refund A2-pay',
    'release A2',
    'reserve A3',
    'release A3',
  ])
  await world.stop()
})

test('a saga goes on after a restart, as the version it began with (G21)', async () => {
  const { world, orders, channels } = shop()
  world.behaviour.set('ship', failsWith('TARGET-UNANSWERED', 1))
  await world.start([orders])
  await world.put(orders, { no: 'A1', quantity: 2 })
  await world.until('orders', 'A1', 'completed')
  await world.stop()

  const made = sagaEvent('made', Order)
  const first = saga('versions', Order).wait('made', made).step('tell', channels.tell, same)
  await world.start([first], [made])
  await world.put(first, { no: 'B1', quantity: 2 })
  await world.until('versions', 'B1', 'waiting')
  const killed = copyMemoryState(world.state)
  await world.stop()

  world.state = killed
  const second = saga('versions', Order, { version: 2, earlier: [first] })
    .wait('made', made)
    .step('reserve', channels.reserve, same)
  await world.start([second], [made])
  await world.put(second, { no: 'B2', quantity: 2 })
  await world.put(made, { no: 'B1', quantity: 2 })
  await world.put(made, { no: 'B2', quantity: 2 })
  await world.until('versions', 'B1', 'completed')
  await world.until('versions', 'B2', 'completed')
  assert.deepEqual(world.effects.slice(-2).sort(), ['reserve B2', 'tell B1'])
  await world.stop()
})

test('a saga whose version is not there any more is held, and told', async () => {
  const { world, channels } = shop()
  const made = sagaEvent('made', Order)
  const first = saga('versions', Order).wait('made', made).step('tell', channels.tell, same)
  await world.start([first], [made])
  await world.put(first, { no: 'B1', quantity: 2 })
  await world.until('versions', 'B1', 'waiting')
  await world.stop()
  const changed = saga('versions', Order).wait('made', made).step('reserve', channels.reserve, same)
  const engine = await world.start([changed], [made])
  assert.match(engine.sagas.held.get('versions/B1') ?? '', /earlier/)
  await world.stop()
  await world.start([first], [made])
  await world.put(made, { no: 'B1', quantity: 2 })
  await world.until('versions', 'B1', 'completed')
  await world.stop()
})

test('a saga that publishes on a topic to which no flow listens is refused', () => {
  const { channels } = shop()
  const lost = topic('lost', Order)
  const tells = saga('tells', Order)
    .step('reserve', channels.reserve, same)
    .undo(channels.release, same)
    .step('tell', lost, same)
  const found = checkLandscape(landscape({ systems: [], flows: [], sagas: [tells] }))
  assert.ok(
    found.some(({ where, reason }) => where === 'saga tells, topic lost' && /no flow begins/.test(reason)),
  )
})
