import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { Type } from 'typebox'
import { model, modelId } from './model.ts'

test('a model by TypeBox is its JSON Schema, and names every problem by its path', () => {
  const schema = Type.Object({
    id: Type.String(),
    lines: Type.Array(Type.Object({ qty: Type.Number({ exclusiveMinimum: 0 }) }), { minItems: 1 }),
  })
  const Order = model('Order', { version: 2, key: 'id', schema })
  assert.equal(modelId(Order), 'Order.v2')
  assert.deepEqual(JSON.parse(JSON.stringify(Order.jsonSchema)).required, ['id', 'lines'])
  assert.deepEqual(Order.validate({ id: 'a', lines: [{ qty: 1 }] }), {
    ok: true,
    data: { id: 'a', lines: [{ qty: 1 }] },
  })
  const wrong = Order.validate({ lines: [{ qty: 1 }, { qty: 0 }] })
  assert.ok(!wrong.ok)
  assert.deepEqual(wrong.problems.map(({ path }) => path).sort(), ['id', 'lines[1].qty'])
})

/** A validator as any library may bring it: trims, and refuses what is empty. */
const trimmed: StandardSchemaV1<string, string> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: value =>
      typeof value === 'string' && value.trim() !== ''
        ? { value: value.trim() }
        : { issues: [{ message: 'must not be empty', path: ['name', { key: 0 }] }] },
  },
}

test('any Standard Schema validator makes a model, with its conversions and its JSON Schema given beside it', () => {
  const Name = model('Name', { version: 1, schema: trimmed, jsonSchema: { type: 'string' } })
  assert.deepEqual(Name.validate(' Li '), { ok: true, data: 'Li' })
  assert.deepEqual(Name.validate(''), {
    ok: false,
    problems: [{ path: 'name[0]', problem: 'must not be empty' }],
  })
  assert.deepEqual(Name.jsonSchema, { type: 'string' })
})

test('a validator that fails refuses the data', () => {
  const validate = () => {
    throw new Error('no table')
  }
  const failing: StandardSchemaV1<string> = { '~standard': { version: 1, vendor: 'test', validate } }
  const Name = model('Name', { version: 1, schema: failing, jsonSchema: { type: 'string' } })
  assert.deepEqual(Name.validate('Li'), {
    ok: false,
    problems: [{ path: '', problem: 'cannot be validated: no table' }],
  })
})

test('a model without a JSON Schema, with a key it has not, or with a wrong version is refused', () => {
  const code = { code: 'MODEL-DEFINITION' }
  assert.throws(() => model('Name', { version: 1, schema: trimmed }), code)
  assert.throws(() => model('Name', { version: 0, schema: Type.Object({}) }), code)
  const options = { version: 1, key: 'no', schema: Type.Object({ id: Type.String() }) }
  assert.throws(() => (model as (name: string, options: object) => unknown)('Order', options), code)
})

test('a personal field that the model does not have is refused; paths go through objects and lists', () => {
  const line = Type.Object({ who: Type.String() })
  const schema = Type.Object({ mail: Type.String(), lines: Type.Array(line), rest: Type.Unknown() })
  for (const path of ['emial', 'lines.whom', 'mail2'])
    assert.throws(() => model('Order', { version: 1, schema, pii: [path] }), { code: 'MODEL-DEFINITION' })
  for (const path of ['mail', 'lines.who', 'lines[].who', 'lines', 'rest.anything'])
    assert.deepEqual(model('Order', { version: 1, schema, pii: [path] }).pii, [path])
})
