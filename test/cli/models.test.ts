import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ordersLandscape, Scene } from './fixture.ts'

const older = {
  type: 'object',
  properties: { no: { type: 'string' }, qty: { type: 'number' } },
  required: ['no'],
}
const newer = { ...older, properties: { no: { type: 'string' }, qty: { type: ['number', 'null'] } } }

test('versions of a model are compared, as files and as models of the landscape', async t => {
  const scene = new Scene(t)
  const [one, other] = [join(scene.folder, 'v1.json'), join(scene.folder, 'v2.yaml')]
  writeFileSync(one, JSON.stringify(older))
  writeFileSync(other, JSON.stringify(newer))
  const told = await scene.run(['models', 'compare', one, other])
  assert.equal(told.code, 1)
  assert.match(
    told.out,
    /breaking, 1 change\nbreaks readers +qty may be null now\n +null may come where a value was/,
  )
  const same = await scene.run(['models', 'compare', one, one])
  assert.deepEqual([same.code, same.out.includes('same')], [0, true])
  const json = await scene.run(['models', 'compare', one, other, '--json'])
  assert.deepEqual(JSON.parse(json.out), {
    older: one,
    newer: other,
    verdict: 'breaking',
    changes: [
      {
        path: 'qty',
        kind: 'null-allowed',
        text: 'may be null now',
        breaking: ['readers'],
        why: 'null may come where a value was',
      },
    ],
  })
  const own = await scene.run(['models', 'compare', 'Order.v1', 'Order', '-l', ordersLandscape])
  assert.deepEqual([own.code, /same/.test(own.out)], [0, true])
  const none = await scene.run(['models', 'compare', 'Order.v9', one, '-l', ordersLandscape])
  assert.equal(none.code, 2)
  assert.match(none.err, /There is no model and no file Order\.v9\. The landscape has .*Order\.v1/)
})
