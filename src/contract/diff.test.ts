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
