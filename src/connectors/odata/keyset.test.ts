import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EdmProperty, EdmType } from './edm.ts'
import { EntityFormat } from './entity.ts'
import { keyIn } from './key-text.ts'
import { behind, both, identityOf } from './keyset.ts'

function typeWith(keys: Readonly<Record<string, string>>): EdmType {
  const properties = Object.entries(keys).map(([name, type]): [string, EdmProperty] => [
    name,
    {
      name,
      type,
      collection: false,
      nullable: false,
      maxLength: undefined,
      scale: undefined,
      default: undefined,
      computed: false,
      description: undefined,
    },
  ])
  return {
    name: 'S.T',
    kind: 'entity',
    base: undefined,
    open: false,
    keys: Object.keys(keys),
    properties: new Map(properties),
    navigations: new Map(),
    description: undefined,
  }
}

function formatOf(type: EdmType, version: 'V2' | 'V4') {
  const none = { enums: new Map(), sets: new Map(), operations: [] }
  return new EntityFormat({ version, types: new Map([[type.name, type]]), ...none }, version, 'a channel')
}

test('what lies behind a key is told field by field, and for a boolean by what comes after it', () => {
  const pair = typeWith({ order: 'Edm.String', pos: 'Edm.Int32' })
  assert.equal(
    behind({ order: "O'1", pos: 10 }, pair, formatOf(pair, 'V4')),
    "(order gt 'O''1') or (order eq 'O''1' and pos gt 10)",
  )
  const draft = typeWith({ id: 'Edm.Guid', active: 'Edm.Boolean' })
  const id = '3f2504e0-4f89-11d3-9a0c-0305e82c3301'
  assert.equal(
    behind({ id, active: false }, draft, formatOf(draft, 'V2')),
    `(id gt guid'${id}') or (id eq guid'${id}' and active eq true)`,
  )
  assert.equal(behind({ id, active: true }, draft, formatOf(draft, 'V2')), `id gt guid'${id}'`)
  const flag = typeWith({ flag: 'Edm.Boolean' })
  assert.equal(behind({ flag: true }, flag, formatOf(flag, 'V4')), 'false')
})

test('conditions are joined so that neither changes the other', () => {
  assert.equal(both(undefined, undefined), undefined)
  assert.equal(both('a or b', undefined), 'a or b')
  assert.equal(both('a or b', 'c'), '(a or b) and (c)')
})

test('identities of different keys are different, whatever is in them', () => {
  const pair = typeWith({ a: 'Edm.String', b: 'Edm.String' })
  assert.notEqual(identityOf({ a: 'x,y', b: 'z' }, pair), identityOf({ a: 'x', b: 'y,z' }, pair))
})

test('the key in the address of a record is read as its fields have it', () => {
  const pair = typeWith({ order: 'Edm.String', pos: 'Edm.Int32' })
  assert.deepEqual(keyIn("http://h/s/Items(order='A''1,(2)',pos=10)", pair), { order: "A'1,(2)", pos: 10 })
  assert.deepEqual(keyIn("Items(order='A%2F1',pos=10)", pair), { order: 'A/1', pos: 10 })
  const single = typeWith({ no: 'Edm.Int64' })
  assert.deepEqual(keyIn('Rows(9007199254740993)', single), { no: '9007199254740993' })
  assert.equal(keyIn('Rows', single), undefined)
  assert.equal(keyIn("Items(order='A1')", pair), undefined)
})
