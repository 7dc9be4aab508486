import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { flow } from '../flow/flow-builder.ts'
import type { SourceChannel } from '../system/channel.ts'
import { type DataOf, model } from './model.ts'
import { chained, upgrade } from './upgrade.ts'

const Text = Type.String()
const V1 = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Text, name: Text, qty: Type.Number() }),
})
const V2 = model('Order', {
  version: 2,
  key: 'no',
  schema: Type.Object({ no: Text, first: Text, last: Text, quantity: Text }),
})
const V3 = model('Order', {
  version: 3,
  key: 'no',
  schema: Type.Object({ no: Text, person: Type.Object({ first: Text, last: Text }), quantity: Text }),
})
const toV2 = upgrade(V1, V2, {
  no: o => o.no,
  first: o => o.name.split(' ')[0] ?? '',
  last: o => o.name.split(' ')[1] ?? '',
  quantity: o => String(o.qty),
})
const toV3 = upgrade(V2, V3, {
  no: o => o.no,
  person: ({ first, last }) => ({ first, last }),
  quantity: o => o.quantity,
})
const old: DataOf<typeof V1> = { no: '7', name: 'Li Wei', qty: 2 }
const new3 = { no: '7', person: { first: 'Li', last: 'Wei' }, quantity: '2' }

test('upgrades follow each other as one, with the lineage of both', () => {
  const whole = chained(toV2, toV3)
  assert.deepEqual(whole.apply(old), new3)
  assert.equal(whole.from, V1)
  assert.equal(whole.to, V3)
  const sources = Object.entries(whole.lineage(V1)).map(([field, each]) => [field, each.sources])
  assert.deepEqual(sources, [
    ['no', ['no']],
    ['person', ['name']],
    ['quantity', ['qty']],
  ])
})

test('a flow reads what still comes in the first version as the last', () => {
  const orders = { role: 'source', system: 'shop', name: 'orders', model: V1, options: {} } as SourceChannel<
    DataOf<typeof V1>
  >
  const steps = flow('reading').from(orders).upgrade(toV2).upgrade(toV3).steps
  assert.deepEqual(
    steps.map(({ id }) => id),
    ['upgrade-Order.v2', 'upgrade-Order.v3'],
  )
  const result = steps.reduce<unknown>(
    (data, step) => (step.kind === 'map' ? step.mapping.apply(data) : data),
    old,
  )
  assert.deepEqual(V3.validate(result), { ok: true, data: new3 })
})

test('an upgrade that goes back, to another model, or stands where other data are, is refused', () => {
  const Other = model('Other', { version: 2, schema: Type.Object({}) })
  for (const to of [Other, model('Order', { version: 1, schema: Type.Object({}) })])
    assert.throws(() => upgrade(V1, to, {}), { code: 'MODEL-DEFINITION' })
  assert.throws(
    () =>
      chained(
        toV2,
        upgrade(model('Order', { version: 1, schema: Type.Object({}) }), V2, {} as never) as never,
      ),
    {
      code: 'MODEL-DEFINITION',
    },
  )
  const same = { role: 'source', system: 'shop', name: 'orders', model: V3, options: {} } as never
  assert.throws(
    () =>
      flow('reading')
        .from(same)
        .upgrade(toV2 as never),
    { code: 'FLOW-DEFINITION' },
  )
})
