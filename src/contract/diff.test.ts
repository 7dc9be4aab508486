import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonSchema } from '../model/schema-validator.ts'
import { compareContracts } from './diff.ts'
import type { WrittenChannel, WrittenContract } from './written.ts'

const channel: WrittenChannel = {
  name: 'ask',
  factory: 'operation',
  role: 'requester',
  model: 'Sent',
  answer: 'Received',
  effect: 'idempotent',
  options: { method: "'PUT'" },
  origin: 'PUT /',
}

function contract(
  sent: JsonSchema,
  received: JsonSchema,
  change: Partial<WrittenChannel> = {},
): WrittenContract {
  const models = [
    { name: 'Sent', schema: sent },
    { name: 'Received', schema: received },
  ]
  return { edition: 1, title: 't', only: [], models, channels: [{ ...channel, ...change }] }
}

/** `!` before what breaks: once for the model as it is sent, once as it is received. */
function judged(before: JsonSchema, after: JsonSchema): string[] {
  const changes = compareContracts(contract(before, before), contract(after, after))
  return changes.map(({ name, path, breaking }) => `${breaking ? '!' : ' '}${name}.${path}`).sort()
}

const object = (properties: object, ...required: string[]) => ({ type: 'object', properties, required })
const text = { type: 'string' }
const cases: readonly (readonly [string, JsonSchema, JsonSchema, string[]])[] = [
  ['nothing', object({ a: text }), object({ a: text }), []],
  ['a required field more', object({}), object({ a: text }, 'a'), [' Received.a', '!Sent.a']],
  ['an optional field more', object({}), object({ a: text }), [' Received.a', ' Sent.a']],
  ['a field less', object({ a: text }), object({}), ['!Received.a', '!Sent.a']],
  ['a field required now', object({ a: text }), object({ a: text }, 'a'), [' Received.a', '!Sent.a']],
  ['a field optional now', object({ a: text }, 'a'), object({ a: text }), [' Sent.a', '!Received.a']],
  ['another type', object({ a: text }), object({ a: { type: 'number' } }), ['!Received.a', '!Sent.a']],
  [
    'a value more',
    object({ a: { enum: ['x'] } }),
    object({ a: { enum: ['x', 'y'] } }),
    [' Sent.a', '!Received.a'],
  ],
  [
    'a value less',
    object({ a: { enum: ['x', 'y'] } }),
    object({ a: { enum: ['x'] } }),
    [' Received.a', '!Sent.a'],
  ],
  [
    'null allowed',
    object({ a: text }),
    object({ a: { anyOf: [text, { type: 'null' }] } }),
    [' Sent.a', '!Received.a'],
  ],
  [
    'null refused',
    object({ a: { type: ['string', 'null'] } }),
    object({ a: text }),
    [' Received.a', '!Sent.a'],
  ],
  [
    'a limit',
    object({ a: { ...text, maxLength: 9 } }),
    object({ a: { ...text, maxLength: 5 } }),
    [' Received.a', '!Sent.a'],
  ],
  [
    'another model',
    object({ a: { $ref: '#/$defs/Sent' } }),
    object({ a: { $ref: '#/$defs/Received' } }),
    ['!Received.a', '!Sent.a'],
  ],
  [
    'a field in a list',
    object({ a: { type: 'array', items: object({ b: text }) } }),
    object({ a: { type: 'array', items: object({}) } }),
    ['!Received.a[].b', '!Sent.a[].b'],
  ],
  ['a description', object({ a: text }), object({ a: { ...text, description: 'new' } }), []],
]
for (const [what, before, after, expected] of cases)
  test(`${what}: judged by whether we send or receive it`, () =>
    assert.deepEqual(judged(before, after), expected))

/** Of every keyword: what allows more, and what allows less. Read backwards, each is the other. */
const looser: readonly (readonly [string, JsonSchema, JsonSchema])[] = [
  ['type: a whole number to any', { type: 'integer' }, { type: 'number' }],
  ['type: one more', text, { type: ['string', 'number'] }],
  ['type: any', text, {}],
  ['enum: more values', { enum: ['x'] }, { enum: ['x', 'y'] }],
  ['enum: gone', { ...text, enum: ['x'] }, text],
  ['enum without a type: gone', { enum: ['x'] }, text],
  ['const to enum', { const: 'x' }, { enum: ['x', 'y'] }],
  ['null', text, { type: ['string', 'null'] }],
  ['format: gone', { ...text, format: 'date' }, text],
  ['pattern: gone', { ...text, pattern: '^A' }, text],
  ['minLength: less', { ...text, minLength: 5 }, { ...text, minLength: 3 }],
  ['minLength: gone', { ...text, minLength: 5 }, { ...text, minLength: 0 }],
  ['maxLength: more', { ...text, maxLength: 5 }, { ...text, maxLength: 9 }],
  ['maxLength: gone', { ...text, maxLength: 5 }, text],
  ['minimum: less', { type: 'number', minimum: 5 }, { type: 'number', minimum: 3 }],
  ['minimum: no longer exclusive', { type: 'number', exclusiveMinimum: 5 }, { type: 'number', minimum: 5 }],
  [
    'exclusiveMinimum: less',
    { type: 'number', exclusiveMinimum: 5 },
    { type: 'number', exclusiveMinimum: 3 },
  ],
  ['exclusiveMinimum: gone', { type: 'number', exclusiveMinimum: 5 }, { type: 'number' }],
  ['maximum: more', { type: 'number', maximum: 5 }, { type: 'number', maximum: 9 }],
  ['maximum: no longer exclusive', { type: 'number', exclusiveMaximum: 5 }, { type: 'number', maximum: 5 }],
  [
    'exclusiveMaximum: more',
    { type: 'number', exclusiveMaximum: 5 },
    { type: 'number', exclusiveMaximum: 9 },
  ],
  ['multipleOf: a divisor', { type: 'number', multipleOf: 0.1 }, { type: 'number', multipleOf: 0.01 }],
  ['multipleOf: gone', { type: 'number', multipleOf: 5 }, { type: 'number' }],
  ['items: looser', { type: 'array', items: { ...text, maxLength: 5 } }, { type: 'array', items: text }],
  ['items: gone', { type: 'array', items: text }, { type: 'array' }],
  [
    'prefixItems: looser',
    { type: 'array', prefixItems: [{ const: 1 }] },
    { type: 'array', prefixItems: [{ enum: [1, 2] }] },
  ],
  ['prefixItems: fewer', { type: 'array', prefixItems: [text] }, { type: 'array' }],
  ['minItems: less', { type: 'array', minItems: 2 }, { type: 'array', minItems: 1 }],
  ['maxItems: more', { type: 'array', maxItems: 2 }, { type: 'array', maxItems: 3 }],
  ['uniqueItems: gone', { type: 'array', uniqueItems: true }, { type: 'array', uniqueItems: false }],
  ['contains: gone', { type: 'array', contains: { const: 1 } }, { type: 'array' }],
  ['minProperties: less', { type: 'object', minProperties: 2 }, { type: 'object', minProperties: 1 }],
  ['maxProperties: more', { type: 'object', maxProperties: 2 }, { type: 'object', maxProperties: 3 }],
  ['propertyNames: gone', { type: 'object', propertyNames: { maxLength: 3 } }, { type: 'object' }],
  ['additionalProperties: any', { type: 'object', additionalProperties: text }, { type: 'object' }],
  [
    'additionalProperties: looser',
    { type: 'object', additionalProperties: { ...text, maxLength: 5 } },
    { type: 'object', additionalProperties: text },
  ],
  ['required: fewer', object({ b: text }, 'b'), object({ b: text })],
  ['not: gone', { ...text, not: { const: 'x' } }, text],
  ['if and else: gone', { ...text, if: { const: 'x' }, else: { maxLength: 3 } }, text],
  [
    'anyOf: one more',
    { anyOf: [text, { type: 'number' }] },
    { anyOf: [text, { type: 'number' }, { type: 'boolean' }] },
  ],
  ['oneOf instead of one', text, { oneOf: [text, { type: 'number' }] }],
  ['allOf: one less', { allOf: [{ minLength: 3 }, { maxLength: 5 }] }, { allOf: [{ minLength: 3 }] }],
]
for (const [what, strict, loose] of looser) {
  const kinds = (before: JsonSchema, after: JsonSchema) =>
    [
      ...new Set(judged(object({ a: before }), object({ a: after })).map(line => line.replace(/\.a.*/, ''))),
    ].sort()
  test(`${what}: breaks for who receives it`, () =>
    assert.deepEqual(kinds(strict, loose), [' Sent', '!Received']))
  test(`${what}, the other way round: breaks for who sends it`, () =>
    assert.deepEqual(kinds(loose, strict), [' Received', '!Sent']))
}

const differing: readonly (readonly [string, JsonSchema, JsonSchema])[] = [
  ['type', text, { type: 'number' }],
  ['type: a list', text, { type: 'array', items: text }],
  ['format', { ...text, format: 'date' }, { ...text, format: 'time' }],
  ['pattern', { ...text, pattern: '^A' }, { ...text, pattern: '^B' }],
  ['multipleOf', { type: 'number', multipleOf: 3 }, { type: 'number', multipleOf: 5 }],
  ['not', { ...text, not: { const: 'x' } }, { ...text, not: { const: 'y' } }],
  ['anyOf', { anyOf: [text, { type: 'number' }] }, { anyOf: [text, { type: 'boolean' }] }],
  ['allOf', { allOf: [{ minLength: 3 }] }, { allOf: [{ maxLength: 5 }] }],
]
for (const [what, before, after] of differing)
  test(`${what}, otherwise: breaks for both`, () =>
    assert.deepEqual(judged(object({ a: before }), object({ a: after })), ['!Received.a', '!Sent.a']))

test('other fields may come, as any new field; those that were read must not go', () => {
  const only = { type: 'object', additionalProperties: false }
  const any = { type: 'object' }
  const texts = { type: 'object', additionalProperties: text }
  assert.deepEqual(judged(only, any), [' Received.{}', ' Sent.{}'])
  assert.deepEqual(judged(any, only), [' Received.{}', '!Sent.{}'])
  assert.deepEqual(judged(only, texts), [' Received.{}', ' Sent.{}'])
  assert.deepEqual(judged(texts, only), ['!Received.{}', '!Sent.{}'])
})

test('what says the same in other words is no difference', () => {
  const same: readonly (readonly [JsonSchema, JsonSchema])[] = [
    [{ type: 'array', uniqueItems: false }, { type: 'array' }],
    [{ ...text, minLength: 0 }, text],
    [{ enum: ['x'] }, { ...text, const: 'x' }],
    [
      { type: 'number', minimum: 3, exclusiveMinimum: 5 },
      { type: 'number', exclusiveMinimum: 5 },
    ],
    [
      { type: 'object', additionalProperties: false },
      { type: 'object', additionalProperties: { not: {} } },
    ],
    [
      { ...text, deprecated: true, default: 'x' },
      { ...text, title: 'A' },
    ],
  ]
  for (const [one, other] of same) assert.deepEqual(judged(object({ a: one }), object({ a: other })), [])
})

const changesOf = (change: Partial<WrittenChannel>) =>
  compareContracts(contract({}, {}), contract({}, {}, change)).map(
    ({ name, text, breaking }) => `${breaking ? '!' : ' '}${name} ${text}`,
  )

test('channels: gone, new, called otherwise, with a weaker effect', () => {
  assert.deepEqual(changesOf({}), [])
  assert.deepEqual(changesOf({ name: 'other' }), ['!ask is gone', ' other is new'])
  assert.deepEqual(changesOf({ effect: 'irreversible' }), [
    '!ask the proposed effect was idempotent, is irreversible',
  ])
  assert.deepEqual(changesOf({ effect: 'read' }), [' ask the proposed effect was idempotent, is read'])
  assert.deepEqual(changesOf({ options: { method: "'POST'" } }), [" ask method was 'PUT', is 'POST'"])
  assert.deepEqual(changesOf({ answer: undefined }), ['!ask the answer was Received, is none'])
})

test('a model that is met through another one is sent as that is', () => {
  const inner = (schema: JsonSchema): WrittenContract => {
    const { models, ...rest } = contract(object({ in: { $ref: '#/$defs/Inner' } }), {})
    return { ...rest, models: [...models, { name: 'Inner', schema }] }
  }
  const changes = compareContracts(inner(object({})), inner(object({ a: text }, 'a')))
  assert.deepEqual(
    changes.map(({ name, path, breaking }) => [name, path, breaking]),
    [['Inner', 'a', true]],
  )
})
