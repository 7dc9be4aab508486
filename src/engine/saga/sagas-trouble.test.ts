import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saga } from '../../flow/saga/saga-builder.ts'
import { sagaEvent } from '../../flow/saga/saga-event.ts'
import { Order, type OrderData, SagaWorld } from './saga-world.ts'

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
