import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSaga } from '../../src/flow/saga/check-saga.ts'
import { IsthmusError, irreversible, read, saga } from '../../src/index.ts'
import { type Behave, Order, SagaWorld } from './saga-world.ts'

/** A record that others change: its version is read, and a write that names another one is refused. */
class Shelf {
  version = 1
  readonly written: { readonly version: number; readonly effectKey: string }[] = []

  readonly look: Behave = () => ({ version: this.version })

  /** `before`: what happens between the reading and this call. */
  change(before: (call: number) => void = () => {}): Behave {
    return ({ data, effectKey }, call) => {
      before(call)
      const { quantity } = data as { quantity: number }
      if (quantity !== this.version) throw new IsthmusError('TARGET-CHANGED', 'it has changed')
      this.version++
      this.written.push({ version: quantity, effectKey })
      return undefined
    }
  }
}

const quick = { first: '5ms', longest: '10ms' }

function writing(world: SagaWorld) {
  const look = world.requester<{ version: number }, typeof read>('look', read)
  return saga('writing', Order)
    .step('look', look, s => s.input)
    .step('change', world.sink('change'), s => ({ no: s.input.no, quantity: s.look.version }), {
      compares: 'look',
      retry: quick,
    })
    .undo(world.sink('restore'), s => s.input)
}

test('a write that met a change is made anew of what is read then, as another effect (G26)', async () => {
  const world = new SagaWorld()
  const shelf = new Shelf()
  world.behaviour.set('look', shelf.look)
  world.behaviour.set(
    'change',
    shelf.change(call => {
      if (call <= 2) shelf.version += 5
    }),
  )
  const keys = new Set<string>()
  world.behaviour.set('change', around(world, keys))
  const definition = writing(world)
  await world.start([definition])
  await world.put(definition, { no: 'A', quantity: 0 })
  await world.until('writing', 'A', 'completed')
  await world.stop()
  const facts = await world.facts('writing', 'A')
  assert.deepEqual(facts.slice(1), [
    ...['done look', 'outdated change', 'done look', 'outdated change', 'done look'],
    ...['done change', 'ended'],
  ])
  assert.deepEqual(
    shelf.written.map(({ version }) => version),
    [11],
  )
  assert.equal(keys.size, 3)
})

/** Notes the effect keys of a channel. */
function around(world: SagaWorld, keys: Set<string>): Behave {
  const inner = world.behaviour.get('change')
  return (item, call) => {
    keys.add(item.effectKey)
    return inner?.(item, call)
  }
}

test('a write that was not answered and then met a change may be that change: it is taken back, not made anew', async () => {
  const world = new SagaWorld()
  const shelf = new Shelf()
  world.behaviour.set('look', shelf.look)
  const change = shelf.change()
  world.behaviour.set('change', (item, call) => {
    change(item, call)
    throw new IsthmusError('TARGET-UNANSWERED', 'reset')
  })
  const definition = writing(world)
  await world.start([definition])
  await world.put(definition, { no: 'A', quantity: 0 })
  await world.until('writing', 'A', 'compensated')
  await world.stop()
  assert.equal(shelf.written.length, 1)
  assert.deepEqual(
    world.effects.filter(effect => effect.startsWith('restore')),
    ['restore A'],
  )
})

test('what is read anew is looked at anew: a saga to which the change matters turns back', async () => {
  const world = new SagaWorld()
  const shelf = new Shelf()
  world.behaviour.set('look', shelf.look)
  world.behaviour.set(
    'change',
    shelf.change(() => shelf.version++),
  )
  const look = world.requester<{ version: number }, typeof read>('look', read)
  const careful = saga('careful', Order)
    .step('first', look, s => s.input)
    .recheck(
      'again',
      look,
      s => s.input,
      (now, s) => now.version === s.first.version,
    )
    .step('change', world.sink('change'), s => ({ no: s.input.no, quantity: s.again.version }), {
      compares: 'again',
      retry: quick,
    })
    .undo(world.sink('restore'), s => s.input)
  await world.start([careful])
  await world.put(careful, { no: 'A', quantity: 0 })
  await world.until('careful', 'A', 'compensated')
  await world.stop()
  assert.deepEqual(shelf.written, [])
  assert.ok(!world.effects.includes('restore A'))
})

test('where a write met a change behind the pivot and may be it, a person who knows better lets it be made anew', async () => {
  const world = new SagaWorld()
  const shelf = new Shelf()
  world.behaviour.set('look', shelf.look)
  world.behaviour.set(
    'change',
    shelf.change(call => {
      if (call > 1) return
      shelf.version++
      throw new IsthmusError('TARGET-UNANSWERED', 'reset')
    }),
  )
  const look = world.requester<{ version: number }, typeof read>('look', read)
  const forward = saga('forward', Order)
    .pivot('ship', world.sink('ship', irreversible), s => s.input)
    .step('look', look, s => s.input)
    .step('change', world.sink('change'), s => ({ no: s.input.no, quantity: s.look.version }), {
      compares: 'look',
      retry: quick,
    })
  const engine = await world.start([forward])
  await world.put(forward, { no: 'A', quantity: 0 })
  await world.until('forward', 'A', 'needs person')
  await engine.sagas.resume('forward', 'A', { how: 'retry', by: 'anna', why: 'looked there: not done' })
  await world.until('forward', 'A', 'completed')
  await world.stop()
  const facts = await world.facts('forward', 'A')
  assert.deepEqual(facts.slice(-6), [
    ...['setback change', 'stuck change', 'resumed change', 'done look', 'done change', 'ended'],
  ])
  assert.deepEqual(
    shelf.written.map(({ version }) => version),
    [2],
  )
})

/** A saga whose undo names the version that its step has left, and which always turns. */
function restoring(world: SagaWorld, shelf: Shelf, before: () => void) {
  world.behaviour.set('look', shelf.look)
  world.behaviour.set('change', shelf.change())
  world.behaviour.set('restore', shelf.change(before))
  const look = world.requester<{ version: number }, typeof read>('look', read)
  return saga('restoring', Order)
    .step('look', look, s => s.input)
    .step('change', world.sink('change'), s => ({ no: s.input.no, quantity: s.look.version }), {
      compares: 'look',
    })
    .undo(world.sink('restore'), s => ({ no: s.input.no, quantity: s.look.version + 1 }))
    .require('never', () => false)
}

test('an undo that names the version its step has left takes back what nobody has changed since', async () => {
  const world = new SagaWorld()
  const shelf = new Shelf()
  const definition = restoring(world, shelf, () => {})
  await world.start([definition])
  await world.put(definition, { no: 'A', quantity: 0 })
  await world.until('restoring', 'A', 'compensated')
  await world.stop()
  assert.deepEqual(
    shelf.written.map(({ version }) => version),
    [1, 2],
  )
})

test('an undo that names the version its step has left overwrites no later change: a person is asked', async () => {
  const world = new SagaWorld()
  const shelf = new Shelf()
  const definition = restoring(world, shelf, () => shelf.version++)
  const engine = await world.start([definition])
  await world.put(definition, { no: 'A', quantity: 0 })
  await world.until('restoring', 'A', 'needs person')
  assert.deepEqual(
    shelf.written.map(({ version }) => version),
    [1],
  )
  await engine.sagas.resume('restoring', 'A', { how: 'confirm', by: 'anna', why: 'taken back by hand' })
  await world.until('restoring', 'A', 'compensated')
  await world.stop()
})

test('a write that meets a change as often as its policy allows fails as others do', async () => {
  const world = new SagaWorld()
  const shelf = new Shelf()
  world.behaviour.set('look', shelf.look)
  world.behaviour.set(
    'change',
    shelf.change(() => shelf.version++),
  )
  const look = world.requester<{ version: number }, typeof read>('look', read)
  const bounded = saga('bounded', Order)
    .step('look', look, s => s.input)
    .step('change', world.sink('change'), s => ({ no: s.input.no, quantity: s.look.version }), {
      compares: 'look',
      retry: { ...quick, attempts: 3 },
    })
    .undo(world.sink('restore'), s => s.input)
  await world.start([bounded])
  await world.put(bounded, { no: 'A', quantity: 0 })
  await world.until('bounded', 'A', 'compensated')
  await world.stop()
  const facts = await world.facts('bounded', 'A')
  assert.equal(facts.filter(fact => fact === 'outdated change').length, 2)
  assert.ok(!world.effects.includes('restore A'))
})

test('a step compares with what has been read on every way to it, else a check refuses it', () => {
  const world = new SagaWorld()
  const look = world.requester<{ version: number }, typeof read>('look', read)
  const begun = saga('blind', Order).step('reserve', world.requester('reserve'), s => s.input)
  const undone = begun.undo(world.sink('release'), s => s.input)
  const problems = (definition: { readonly definition: Parameters<typeof checkSaga>[0] }) =>
    checkSaga(definition.definition).filter(({ reason }) => reason.includes('compares'))
  const unread = undone
    .step('change', world.sink('change'), s => s.input, { compares: 'reserve' })
    .undo(world.sink('restore'), s => s.input)
  assert.equal(problems(unread).length, 1)
  const perhaps = undone
    .when(
      'perhaps',
      () => true,
      part => part.step('look', look, s => s.input),
    )
    .step('change', world.sink('change'), s => s.input, { compares: 'look' })
    .undo(world.sink('restore'), s => s.input)
  assert.equal(problems(perhaps).length, 1)
  const beside = undone
    .together('both', part => ({
      a: part.step('look', look, s => s.input),
      b: part.delay('pause', '1s'),
    }))
    .step('change', world.sink('change'), s => s.input, { compares: 'look' })
    .undo(world.sink('restore'), s => s.input)
  assert.deepEqual(problems(beside), [])
})

test('a write that compares is no blind one, though there is a wait before it', () => {
  const world = new SagaWorld()
  const look = world.requester<{ version: number }, typeof read>('look', read)
  const reading = saga('waits', Order)
    .step('look', look, s => s.input)
    .delay('pause', '1s')
  const write = (compares?: 'look') =>
    reading
      .step('change', world.sink('change'), s => s.input, { compares })
      .undo(world.sink('restore'), s => s.input)
  const blind = (definition: ReturnType<typeof write>) =>
    checkSaga(definition.definition).filter(({ reason }) => reason.includes('read before a wait'))
  assert.equal(blind(write()).length, 1)
  assert.equal(blind(write('look')).length, 0)
})
