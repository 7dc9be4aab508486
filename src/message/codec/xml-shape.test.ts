import assert from 'node:assert/strict'
import { test } from 'node:test'
import { propertyOf } from './xml-shape.ts'

function kindsOf(schema: Record<string, unknown>): Record<string, string> {
  const { properties } = propertyOf({ type: 'object', properties: schema }).shape
  return Object.fromEntries(
    [...properties].map(([name, { shape, list }]) => [
      name,
      `${shape.kind}${shape.nullable ? ' or null' : ''}${list ? ' list' : ''}`,
    ]),
  )
}

const text = { type: 'string' }
const number = { type: 'number' }

test('what a property may be is read from any way to say it', () => {
  assert.deepEqual(
    kindsOf({
      integer: { type: 'integer' },
      nullable: { anyOf: [number, { type: 'null' }] },
      types: { type: ['boolean', 'null'] },
      literal: { const: 5 },
      literals: { anyOf: [{ const: 'EUR' }, { const: 'USD' }] },
      enumeration: { enum: [1, 2, null] },
      ambiguous: { oneOf: [text, number] },
      list: { type: 'array', items: number },
      optionalList: { anyOf: [{ type: 'array', items: text }, { type: 'null' }] },
      oneOrMore: { anyOf: [number, { type: 'array', items: number }] },
      object: { properties: {} },
      combined: { allOf: [{ type: 'object' }, { properties: { a: text } }] },
      anything: {},
    }),
    {
      integer: 'number',
      nullable: 'number or null',
      types: 'boolean or null',
      literal: 'number',
      literals: 'text',
      enumeration: 'number or null',
      ambiguous: 'any',
      list: 'number list',
      optionalList: 'text list',
      oneOrMore: 'number list',
      object: 'object',
      combined: 'object',
      anything: 'any',
    },
  )
})

test('references are followed, recursion included; what cannot be resolved is anything', () => {
  const part = {
    $id: 'Part',
    type: 'object',
    properties: { qty: number, parts: { type: 'array', items: { $ref: 'Part' } } },
  }
  const root = propertyOf({
    $defs: { Part: part, 'a/b': number },
    type: 'object',
    properties: {
      top: { $ref: '#/$defs/Part' },
      escaped: { $ref: '#/$defs/a~1b' },
      self: { $ref: '#' },
      lost: { $ref: '#/$defs/constructor' },
    },
  }).shape
  const top = root.properties.get('top')?.shape
  const parts = top?.properties.get('parts')
  assert.equal(parts?.list, true)
  assert.equal(parts.shape, top)
  assert.equal(root.properties.get('escaped')?.shape.kind, 'number')
  assert.equal(root.properties.get('self')?.shape, root)
  assert.equal(root.properties.get('lost')?.shape.kind, 'any')
})

test('alternatives are merged; where they differ, text stays text', () => {
  const branch = (value: object) => ({
    type: 'object',
    required: ['l'],
    properties: { v: value, l: { type: 'array' } },
  })
  const union = propertyOf({ anyOf: [branch(text), branch(number)] }).shape
  assert.equal(union.properties.get('v')?.shape.kind, 'any')
  assert.deepEqual(union.lists, ['l'])
})

test('a list is filled in only where every alternative requires it', () => {
  const list = { type: 'array', items: text }
  assert.deepEqual(propertyOf({ properties: { l: list } }).shape.lists, [])
  const either = [{ required: ['l'], properties: { l: list } }, { properties: { l: list } }]
  assert.deepEqual(propertyOf({ anyOf: either }).shape.lists, [])
})

test('properties without a name of their own follow additionalProperties', () => {
  assert.equal(propertyOf({ type: 'object', additionalProperties: number }).shape.rest?.shape.kind, 'number')
  assert.equal(propertyOf({ type: 'object', additionalProperties: false }).shape.rest, undefined)
})
