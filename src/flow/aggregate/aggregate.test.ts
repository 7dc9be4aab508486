import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../model/model.ts'
import { checkLandscape } from '../check.ts'
import { flow } from '../flow-builder.ts'
import { landscape } from '../landscape.ts'
import { aggregate } from './aggregate.ts'
import { projection } from './projection.ts'

const State = model('State', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
const Grown = model('Grown', { version: 1, pii: ['by'], schema: Type.Object({ by: Type.String() }) })
const grown2 = model('Grown', { version: 2, schema: Type.Object({ by: Type.String() }) })
const grow = { grown: (state: { n: number }) => ({ n: state.n + 1 }) }

const problemsOf = (parts: Partial<Parameters<typeof landscape>[0]>) =>
  checkLandscape(landscape({ systems: [], flows: [], ...parts })).map(
    ({ where, reason }) => `${where}: ${reason}`,
  )

test('a sound aggregate has no problems, and its system is there by itself', () => {
  const thing = aggregate('thing', { state: State, initial: { n: 0 }, events: { grown: Grown }, apply: grow })
  const again = thing.command('grow', Grown, {
    id: c => c.by,
    decide: (_, { by }) => [{ type: 'grown', data: { by } }],
  })
  const chain = flow('chain')
    .from(thing.events)
    .to(again, event => ({ by: event.data.by }))
  const found = landscape({ systems: [], flows: [chain] })
  assert.deepEqual(found.aggregates, [thing.definition])
  assert.deepEqual(checkLandscape(found), [])
  assert.deepEqual(thing.events.model.pii, ['data.by'])
})

test('check finds versions without upcast, an initial state that does not fit, and two of one name', () => {
  const one = aggregate('thing', {
    state: State,
    initial: { n: 0.5 },
    events: { grown: grown2 },
    apply: grow,
  })
  const other = aggregate('thing', {
    state: State,
    initial: { n: 0 },
    events: { grown: grown2 },
    apply: grow,
    upcasts: { grown: { 1: data => data, 2: data => data } },
  })
  assert.deepEqual(problemsOf({ aggregates: [one, other] }), [
    'aggregate thing: two aggregates have this name',
    'aggregate thing, initial: it does not fit the state: n must be integer, and is of the type number',
    'aggregate thing, grown: its model has version 2, and what was stored as version 1 could not be read',
    'aggregate thing, grown: there is an upcast from version 2, and its model has version 2',
  ])
})

test('a declaration that cannot be is refused at once', () => {
  const parts = { state: State, initial: { n: 0 }, events: { grown: Grown }, apply: grow }
  assert.throws(() => aggregate('Thing', parts), /Rename it, for example to "thing"/)
  assert.throws(() => aggregate('thing', { ...parts, apply: {} as never }), /does not say what "grown" makes/)
  assert.throws(() => aggregate('thing', { ...parts, snapshotEvery: 0 }), /"snapshotEvery" is a whole number/)
  const thing = aggregate('thing', parts)
  const options = { id: () => 'x', decide: () => [] }
  assert.throws(() => thing.command('state', Grown, options), /name the command otherwise/)
  const rows = projection('rows', { from: thing, row: State, apply: () => {} })
  assert.throws(() => rows.query('row', Grown, State, () => ({ n: 1 })), /name the query otherwise/)
  assert.throws(
    () => projection('rows', { from: thing, row: State, apply: () => {}, version: 0.5 }),
    /"version"/,
  )
})

test('an event as flows get it is looked at by the model of its type', () => {
  const { events } = aggregate('thing', {
    state: State,
    initial: { n: 0 },
    events: { grown: Grown },
    apply: grow,
  })
  const event = { id: 'a', version: 1, type: 'grown', data: { by: 'ann' }, at: 1 }
  assert.deepEqual(events.model.validate(event), { ok: true, data: event })
  for (const [wrong, path] of [
    [{ ...event, data: { by: 1 } }, 'data.by'],
    [{ ...event, type: 'constructor' }, 'type'],
    [{ ...event, id: '' }, 'id'],
    [{ ...event, version: 'x' }, 'version'],
    [null, ''],
  ] as const) {
    const found = events.model.validate(wrong)
    assert.deepEqual(!found.ok && found.problems.map(each => each.path), [path])
  }
})
