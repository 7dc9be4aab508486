import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { saga } from '../../src/flow/saga/saga-builder.ts'
import { sagaEvent } from '../../src/flow/saga/saga-event.ts'
import { Order, SagaWorld } from './saga-world.ts'

const many = 1_201
const keys = Array.from({ length: many }, (_, n) => `O${n}`)

test('more sagas than are taken up together wait, are taken up after a restart, and end by their events', async () => {
  const world = new SagaWorld()
  const paid = sagaEvent('paid', Order)
  const selling = saga('selling', Order)
    .step('reserve', world.requester('reserve'), s => s.input)
    .wait('payment', paid, { within: '60d' })
    .step('ship', world.requester('ship'), s => s.input)
  const count = (status: string) =>
    world.events.filter(event => event.type === 'saga' && event.status === status).length

  const first = await world.start([selling], [paid])
  for (const no of keys) await world.put(selling, { no, quantity: 1 })
  while (count('waiting') < many || first.sagas.running > 0) await turn()
  await world.stop()

  const second = await world.start([selling], [paid])
  while (second.sagas.running > 0) await turn()
  for (const no of keys) await world.put(paid, { no, quantity: 1 })
  while (count('completed') < many || second.sagas.running > 0) await turn()
  await world.stop()

  const once = (channel: string) => keys.map(no => `${channel} ${no}`).sort()
  assert.deepEqual(world.effects.toSorted(), [...once('reserve'), ...once('ship')])
  assert.deepEqual(world.calls.toSorted(), world.effects.toSorted())
})

test('sagas that wait for one lock get it one after another, in the order in which they came', async () => {
  const world = new SagaWorld()
  let inside = 0
  let most = 0
  world.behaviour.set('count', async () => {
    most = Math.max(most, ++inside)
    await turn()
    inside--
  })
  const counting = saga('counting', Order)
    .lock('shelf', () => 'shelf 1')
    .step('count', world.requester('count'), s => s.input)
  await world.start([counting])
  const some = keys.slice(0, 60)
  for (const no of some) await world.put(counting, { no, quantity: 1 })
  for (const no of some) await world.until('counting', no, 'completed')
  await world.stop()
  assert.equal(most, 1)
  assert.deepEqual(
    world.effects,
    some.map(no => `count ${no}`),
  )
})
