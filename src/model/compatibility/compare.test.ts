import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Type } from 'typebox'
import { SalesOrder } from '../canonical/index.ts'
import { model } from '../model.ts'
import { samplesOf } from '../sample.ts'
import { type JsonSchema, schemaValidator } from '../schema-validator.ts'
import { compare } from './compare.ts'

const text = { type: 'string' }
const object = (properties: object, ...required: string[]) => ({ type: 'object', properties, required })

/** What is different, and for whom it breaks: W for writers, R for readers. */
function told(older: JsonSchema, newer: JsonSchema): string[] {
  const { changes } = compare(older, newer)
  return changes.map(({ path, kind, breaking }) => {
    const parties = breaking.map(party => party.charAt(0).toUpperCase()).join('')
    return `${path} ${kind} ${parties || 'fine'}`
  })
}

const field = (schema: object) => object({ a: schema })
const cases: readonly (readonly [string, JsonSchema, JsonSchema, string[]])[] = [
  ['nothing', field(text), field({ ...text, description: 'other words' }), []],
  ['a required field more', object({}), object({ a: text }, 'a'), ['a field-added W']],
  ['an optional field more', object({}), field(text), ['a field-added fine']],
  ['a field less', field(text), object({}), ['a field-removed WR']],
  ['required', field(text), object({ a: text }, 'a'), ['a now-required W']],
  ['no longer required', object({ a: text }, 'a'), field(text), ['a now-optional R']],
  ['another type', field(text), field({ type: 'number' }), ['a type-changed WR']],
  ['a wider type', field({ type: 'integer' }), field({ type: 'number' }), ['a loosened R']],
  ['a narrower type', field({ type: ['integer', 'string'] }), field(text), ['a tightened W']],
  ['a value more', field({ enum: ['x'] }), field({ enum: ['x', 'y'] }), ['a values-added R']],
  [
    'a value less of a choice of constants',
    field({ anyOf: [{ const: 'x' }, { const: 'y' }] }),
    field({ enum: ['x'] }),
    ['a values-removed W'],
  ],
  ['null allowed', field(text), field({ type: ['string', 'null'] }), ['a null-allowed R']],
  ['null refused', field({ anyOf: [text, { type: 'null' }] }), field(text), ['a null-refused W']],
  ['a format', field(text), field({ ...text, format: 'date' }), ['a tightened W']],
  [
    'another pattern',
    field({ ...text, pattern: '^a' }),
    field({ ...text, pattern: '^b' }),
    ['a limit-changed WR'],
  ],
  ['a shorter text', field({ ...text, maxLength: 9 }), field({ ...text, maxLength: 5 }), ['a tightened W']],
  [
    'a wider range',
    field({ type: 'number', minimum: 1 }),
    field({ type: 'number', minimum: 0 }),
    ['a loosened R'],
  ],
  [
    'in lists of objects',
    field({ type: 'array', items: object({ b: text }) }),
    field({ type: 'array', minItems: 1, items: object({ b: text }, 'b') }),
    ['a tightened W', 'a[].b now-required W'],
  ],
  ['closed', object({}), { ...object({}), additionalProperties: false }, ['{} tightened W']],
  ['opened', { ...object({}), additionalProperties: false }, object({}), ['{} field-added R']],
  [
    'a field that closed readers do not know',
    { ...object({}), additionalProperties: false },
    { ...field(text), additionalProperties: false },
    ['a field-added R'],
  ],
  [
    'definitions by another name',
    { ...field({ $ref: '#/$defs/X' }), $defs: { X: text } },
    { ...field({ $ref: '#/definitions/Y' }), definitions: { Y: text } },
    [],
  ],
  [
    'within a definition',
    { ...field({ $ref: '#/$defs/X' }), $defs: { X: object({ b: text }) } },
    { ...field({ $ref: '#/$defs/X' }), $defs: { X: object({ b: { type: 'number' } }) } },
    ['a.b type-changed WR'],
  ],
  [
    'within a definition that contains itself',
    { ...field({ $ref: '#/$defs/X' }), $defs: { X: object({ b: text, x: { $ref: '#/$defs/X' } }) } },
    { ...field({ $ref: '#/$defs/X' }), $defs: { X: object({ x: { $ref: '#/$defs/X' } }) } },
    ['a.b field-removed WR'],
  ],
]

for (const [name, older, newer, expected] of cases)
  test(`${name}: ${expected.join(', ') || 'the same'}`, () => assert.deepEqual(told(older, newer), expected))

test('the verdict is that of all changes, what breaks comes first, and the key counts', () => {
  const V1 = model('Order', {
    version: 1,
    key: 'no',
    schema: Type.Object({ no: Type.String(), by: Type.String() }),
  })
  const V2 = model('Order', {
    version: 2,
    key: 'by',
    schema: Type.Object({
      no: Type.String(),
      note: Type.Optional(Type.String()),
      by: Type.Optional(Type.String()),
    }),
  })
  const { verdict, changes } = compare(V1, V2)
  assert.equal(verdict, 'breaking')
  assert.deepEqual(
    changes.map(({ kind }) => kind),
    ['key-changed', 'now-optional', 'field-added'],
  )
  assert.deepEqual(changes[1], {
    path: 'by',
    kind: 'now-optional',
    text: 'was required, is optional',
    breaking: ['readers'],
    why: 'it may not come',
  })
  assert.equal(compare(object({}), field(text)).verdict, 'compatible')
  assert.deepEqual(compare(SalesOrder, SalesOrder), { verdict: 'same', changes: [] })
})

test('a schema that refers to nothing, or over and over, is refused', () => {
  assert.throws(() => compare(field({ $ref: '#/$defs/X' }), field(text)), { code: 'MODEL-DEFINITION' })
  const $defs = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [
      `D${n}`,
      object({ a: { $ref: `#/$defs/D${n + 1}` }, b: { $ref: `#/$defs/D${n + 1}` } }),
    ]),
  )
  const wide = { ...field({ $ref: '#/$defs/D0' }), $defs: { ...$defs, D30: text } }
  assert.throws(() => compare(wide, wide), { code: 'MODEL-DEFINITION', message: /more than/ })
})

/** Schemas of a field in some variety. */
const schemas = fc.oneof(
  fc.record({ type: fc.constant('string'), maxLength: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ type: fc.constant('integer'), minimum: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ enum: fc.uniqueArray(fc.constantFrom('1', '2', '3', '4'), { minLength: 1 }) }),
  fc.constant({ type: ['string', 'null'] }),
  fc.constant({}),
)
const records = fc.record({
  type: fc.constant('object'),
  properties: fc.record({ a: schemas, b: schemas }, { requiredKeys: [] }),
  additionalProperties: fc.boolean(),
})

test('where nothing breaks for writers, what fits the older version fits the newer; for readers the other way', () => {
  const fits = (schema: object, data: unknown) => schemaValidator('X', schema, undefined).validate(data).ok
  fc.assert(
    fc.property(records, records, (one, other) => {
      const older = { ...one, required: Object.keys(one.properties).slice(0, 1) }
      const newer = { ...other, required: Object.keys(other.properties).slice(0, 1) }
      const { changes } = compare(older, newer)
      const breaksFor = (party: 'writers' | 'readers') =>
        changes.some(({ breaking }) => breaking.includes(party))
      const samples = (schema: object) => samplesOf(schema as JsonSchema).filter(data => fits(schema, data))
      if (!breaksFor('writers')) for (const data of samples(older)) assert.ok(fits(newer, data))
      if (!breaksFor('readers')) for (const data of samples(newer)) assert.ok(fits(older, data))
    }),
    { numRuns: 80 },
  )
})
