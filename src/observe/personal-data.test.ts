import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  flow,
  model,
  type RequesterChannel,
  read,
  type SinkChannel,
  type SourceChannel,
  Type,
} from '../index.ts'
import { idempotent } from '../system/effect.ts'
import { flowShapes } from './data-shape.ts'
import { hasPersonalData, hasPersonalKey, Mask } from './personal-data.ts'

const text = Type.String()
const Visit = model('Visit', {
  version: 1,
  key: 'no',
  pii: ['guest.name', 'companions.name'],
  schema: Type.Object({
    no: text,
    guest: Type.Object({ name: text, room: text }),
    companions: Type.Array(Type.Object({ name: text })),
  }),
})
const Person = model('Person', {
  version: 1,
  pii: ['phone'],
  schema: Type.Object({ phone: text, floor: text }),
})
const Bill = model('Bill', {
  version: 1,
  schema: Type.Object({ no: text, to: text, phone: text, floor: text }),
})
const Ask = model('Ask', { version: 1, schema: Type.Object({ room: text }) })

const base = { system: 'hotel', options: {} }
const visits = { ...base, role: 'source', name: 'visits', model: Visit } as SourceChannel<
  ReturnType<typeof visit>
>
const bills: SinkChannel<{ no: string; to: string; phone: string; floor: string }, typeof idempotent> = {
  ...base,
  role: 'sink',
  name: 'bills',
  model: Bill,
  effect: idempotent,
}
const people: RequesterChannel<{ room: string }, { phone: string; floor: string }, typeof read> = {
  ...base,
  role: 'requester',
  name: 'people',
  model: Ask,
  answer: Person,
  effect: read,
}

function visit() {
  return { no: 'V1', guest: { name: 'Wang Xiaoming', room: '12' }, companions: [{ name: 'Li Na' }] }
}

const billing = flow('billing')
  .from(visits)
  .enrich('person', people, v => ({ room: v.guest.room }))
  .map(Bill, {
    no: v => v.no,
    to: v => `Mr ${v.guest.name.toUpperCase()}`,
    phone: v => v.person.phone,
    floor: v => v.person.floor,
  })
  .to(bills)

test('personal is what a model says, what an answer adds, and every field that is made of these', () => {
  const shapes = flowShapes(billing)
  assert.deepEqual(shapes.get('person')?.after.personal, ['guest.name', 'companions.name', 'person.phone'])
  assert.deepEqual([...(shapes.get('map-Bill')?.after.personal ?? [])].sort(), ['phone', 'to'])
  assert.equal(hasPersonalData(billing), true)
})

test('personal fields are known inside of a split and behind it, however the items are made', () => {
  const Guest = model('Guest', {
    version: 1,
    schema: Type.Object({ no: text, label: text, room: text }),
  })
  const List = model('List', {
    version: 1,
    schema: Type.Object({ room: text, all: text, count: Type.Number() }),
  })
  const guests: SinkChannel<{ no: string; label: string; room: string }, typeof idempotent> = {
    ...bills,
    name: 'guests',
    model: Guest,
  }
  const split = flow('guests')
    .from(visits)
    .split('companions', v => v.companions.map(each => ({ visit: v.no, who: each, room: v.guest.room })))
    .map(Guest, { no: c => c.visit, label: c => c.who.name.toUpperCase(), room: c => c.room })
    .to(guests)
    .aggregate((all, v) => ({ room: v.guest.room, labels: all.map(each => each.label), head: v.guest.name }))
    .map(List, { room: a => a.room, all: a => a.labels.join(), count: a => a.labels.length })
  const shapes = flowShapes(split)
  const map = shapes.get('map-Guest')
  assert.deepEqual(map?.before.personal, ['who.name'])
  assert.deepEqual(map?.lineage?.fields.label, { sources: ['who.name'], complete: true })
  assert.deepEqual(shapes.get('hotel.guests')?.request?.personal, ['label'])
  const list = shapes.get('map-List')
  assert.deepEqual([...(list?.before.personal ?? [])].sort(), ['head', 'labels'])
  assert.deepEqual(list?.lineage?.fields.room, { sources: ['room'], complete: true })
  assert.deepEqual(list?.after.personal, ['all', 'count'])
})

test('where items cannot be foreseen, their lineage is not known and what is made of them counts as personal', () => {
  const one = model('One', { version: 1, schema: Type.Object({ name: text }) })
  const blind = flow('blind')
    .from(visits)
    .split('rare', v => (v.no === 'V-77' ? v.companions : []))
    .map(one, { name: c => c.name })
  const { lineage, after } = flowShapes(blind).get('map-One') ?? {}
  assert.deepEqual(lineage?.fields.name, { sources: [], complete: false })
  assert.deepEqual(after?.personal, ['name'])
})

test('a flow without personal data has none, and a key is personal when it is made of some', () => {
  const plain = flow('plain').from({
    ...visits,
    model: model('Plain', { version: 1, schema: Visit.jsonSchema }),
  })
  assert.equal(hasPersonalData(plain), false)
  assert.equal(hasPersonalKey(billing), false)
  assert.equal(
    hasPersonalKey(
      flow('by-name')
        .from(visits)
        .key(v => v.guest.name),
    ),
    true,
  )
})

test('values are masked at their paths, in lists, and wherever else they turn up', () => {
  const mask = new Mask()
  const paths = ['guest.name', 'companions.name']
  mask.learn(visit(), paths)
  assert.deepEqual(mask.data(visit(), paths), {
    no: 'V1',
    guest: { name: '***', room: '12' },
    companions: [{ name: '***' }],
  })
  assert.equal(mask.text('no bed for Wang Xiaoming, nor for Li Na'), 'no bed for ***, nor for ***')
  assert.deepEqual(mask.data({ elsewhere: ['Li Na', 'else'] }, []), { elsewhere: ['***', 'else'] })
})

test('a Chinese name is masked inside of a text although it is short', () => {
  const mask = new Mask()
  mask.learn({ name: '李娜' }, ['name'])
  assert.equal(mask.text('客户李娜不存在'), '客户***不存在')
})

test('short values are masked only where they stand for themselves', () => {
  const mask = new Mask()
  mask.learn({ name: 'Li', age: 37 }, ['name', 'age'])
  assert.equal(mask.text('Lisbon'), 'Lisbon')
  assert.equal(mask.text('Li'), '***')
  assert.deepEqual(mask.data({ other: 37, more: 370 }, []), { other: '***', more: 370 })
})
