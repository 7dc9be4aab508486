import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { mapping } from './mapping.ts'
import { type DataOf, model } from './model.ts'

const Given = model('Given', {
  version: 1,
  schema: Type.Object({
    id: Type.String(),
    kind: Type.Union([Type.Literal('metal'), Type.Literal('plastic')]),
    weight: Type.Number(),
    volume: Type.Number(),
    note: Type.Optional(Type.String()),
    address: Type.Object({ city: Type.String(), street: Type.String() }),
    lines: Type.Array(Type.Object({ qty: Type.Number(), price: Type.Number(), sku: Type.String() })),
  }),
})
const Wanted = model('Wanted', {
  version: 1,
  schema: Type.Object({
    no: Type.String(),
    amount: Type.Number(),
    total: Type.Number(),
    remark: Type.Optional(Type.String()),
    address: Type.Object({ city: Type.String(), street: Type.String() }),
    constant: Type.String(),
  }),
})

test('lineage names every field that a target field is made from, on each branch, in lists and whole objects', () => {
  const translated = mapping<
    {
      id: string
      kind: 'metal' | 'plastic'
      weight: number
      volume: number
      note?: string
      address: { city: string; street: string }
      lines: { qty: number; price: number; sku: string }[]
    },
    {
      no: string
      amount: number
      total: number
      remark?: string
      address: { city: string; street: string }
      constant: string
    }
  >(Wanted, {
    no: given => given.id.trim(),
    amount: given => (given.kind === 'metal' ? given.weight : given.volume),
    total: given => given.lines.reduce((sum, { qty, price }) => sum + qty * price, 0),
    remark: given => given.note ?? given.address.city,
    address: given => given.address,
    constant: () => 'KG',
  })
  const lineage = translated.lineage(Given)
  assert.deepEqual(
    Object.fromEntries(Object.entries(lineage).map(([field, { sources }]) => [field, sources])),
    {
      no: ['id'],
      amount: ['kind', 'volume', 'weight'],
      total: ['lines[].price', 'lines[].qty'],
      remark: ['address.city', 'note'],
      address: ['address.city', 'address.street'],
      constant: [],
    },
  )
  assert.ok(Object.values(lineage).every(({ complete }) => complete))
})

test('a mapping function that fails on one of the samples says that its lineage may not be complete', () => {
  const To = model('To', { version: 1, schema: Type.Object({ a: Type.String() }) })
  const failing = mapping<{ id: string }, { a: string }>(To, {
    a: ({ id }) => {
      throw new Error(`no ${id}`)
    },
  })
  assert.deepEqual(failing.lineage(Given), { a: { sources: ['id'], complete: false } })
  // It fails before it reads the address, on the kind that one sample has and another has not.
  const halfway = mapping<{ kind: string; address: { city: string } }, { a: string }>(To, {
    a: given => {
      if (given.kind === 'plastic') throw new Error('not known yet')
      return given.kind
    },
  })
  assert.deepEqual(halfway.lineage(Given), { a: { sources: ['kind'], complete: false } })
})

test('fields of a schema that contains itself are found some levels deep', () => {
  const types = {
    Part: Type.Object({ no: Type.String(), parts: Type.Optional(Type.Array(Type.Ref('Part'))) }),
  }
  const Tree = model('Tree', { version: 1, schema: Type.Cyclic(types, 'Part') })
  const Flat = model('Flat', { version: 1, schema: Type.Object({ no: Type.String(), first: Type.String() }) })
  const flat = mapping<DataOf<typeof Tree>, DataOf<typeof Flat>>(Flat, {
    no: tree => tree.no,
    first: tree => tree.parts?.[0]?.no ?? '',
  })
  assert.deepEqual(flat.lineage(Tree).no?.sources, ['no'])
  assert.deepEqual(flat.lineage(Tree).first?.sources, ['parts[].no'])
})
