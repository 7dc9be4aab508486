import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../src/errors.ts'
import { flow, landscape, model, Type, topic } from '../../src/index.ts'
import { inheritPersonal } from '../../src/observe/lineage/inherit-personal.ts'
import { hasPersonalData, hasPersonalKey } from '../../src/observe/personal-data.ts'
import { until } from '../control/control-scene.ts'
import { landscapeScene, order } from '../control/landscape-scene.ts'

const name = 'Wang Xiaoming'

test('what a flow made of personal data is masked in the flow that gets it, though its model does not say so', async t => {
  const scene = await landscapeScene(t)
  scene.answer = new IsthmusError('TARGET-REFUSED', `${name} owes too much`)
  await scene.accept([order('SO-1')])
  const parked = async () => scene.get<{ messages: { flow: string }[] }>('/api/v1/parked')
  await until(async () => (await parked()).messages.length === 1)
  const pages = [
    '/api/v1/parked',
    '/api/v1/trace?key=SO-1',
    '/api/v1/messages?key=SO-1',
    '/api/v1/flows/sales-to-finance/messages/1',
    '/api/v1/flows/sales-to-finance/messages/1/hop?step=source',
    '/api/v1/failures',
    '/api/v1/search?q=SO-1',
    '/api/v1/flows/sales-to-finance',
    '/api/v1/why?key=SO-1&field=Sale.v1.customer',
  ]
  for (const page of pages) {
    const text = await (await scene.ask(page)).text()
    assert.doesNotMatch(text, /Wang|Xiaoming/, page)
  }
  const { messages } = await scene.get<{ messages: { flow: string; hops: { before: unknown }[] }[] }>(
    '/api/v1/messages?key=SO-1',
  )
  const second = messages.find(each => each.flow === 'sales-to-finance')
  assert.deepEqual(second?.hops.at(-1)?.before, {
    saleNo: 'SO-1',
    customer: '***',
    item: 'BOLT-M8',
    total: '1234.50',
  })
  const shown = await (await scene.ask('/api/v1/messages?key=SO-1&showPii=true')).text()
  assert.match(shown, /Wang Xiaoming/)
})

test('a key that is made of personal data is personal over several topics', () => {
  const Person = model('Person', {
    version: 1,
    key: 'mail',
    pii: ['mail'],
    schema: Type.Object({ mail: Type.String(), size: Type.Integer() }),
  })
  const Note = model('Note', {
    version: 1,
    key: 'who',
    schema: Type.Object({ who: Type.String(), size: Type.Integer() }),
  })
  const Size = model('Size', { version: 1, schema: Type.Object({ size: Type.Integer() }) })
  const [people, notes, copies, sizes] = [
    topic('people', Person),
    topic('notes', Note),
    topic('copies', Note),
    topic('sizes', Size),
  ]
  const flows = [
    flow('last')
      .from(copies)
      .to(sizes, { size: note => note.size }),
    flow('first')
      .from(people)
      .to(notes, { who: person => person.mail, size: person => person.size }),
    flow('second').from(notes).to(copies),
    flow('plain').from(sizes).to(topic('ends', Size)),
  ]
  const personal = () => flows.map(each => [each.name, hasPersonalData(each), hasPersonalKey(each)])
  inheritPersonal(landscape({ name: 'people', systems: [], flows }))
  assert.deepEqual(personal(), [
    ['last', true, true],
    ['first', true, true],
    ['second', true, true],
    ['plain', false, false],
  ])
})
