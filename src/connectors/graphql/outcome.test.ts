import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../http/outcome.ts'
import { errorIn, textOf } from './answer.ts'
import { type Answered, outcomeOf, outcomeOfData } from './outcome.ts'

const coded = (code: string, path?: string[]) => errorIn({ message: 'm', path, extensions: { code } })
const plain = (path?: string[]) => errorIn({ message: 'm', path })

const cases: readonly [string, Partial<Answered>, Outcome][] = [
  ['no error', { errors: [] }, 'ok'],
  ['a request that was not begun', { errors: [plain()], data: undefined }, 'refused'],
  ['an error without code from within', { errors: [plain(['add'])], data: null }, 'unanswered'],
  ['a code of the application', { errors: [coded('OUT_OF_STOCK', ['add'])], data: { add: null } }, 'refused'],
  ['credentials', { errors: [coded('UNAUTHENTICATED')], data: undefined }, 'credentials'],
  ['a name that every object has', { errors: [coded('constructor')], data: undefined }, 'refused'],
  ['the worst of two', { errors: [coded('BAD_USER_INPUT'), coded('INTERNAL_SERVER_ERROR')] }, 'unanswered'],
  [
    'one of two that may pass later',
    { errors: [coded('BAD_USER_INPUT'), coded('THROTTLED')] },
    'unavailable',
  ],
  [
    'a mutation of which another field was done',
    { errors: [coded('THROTTLED', ['two'])], data: { one: { id: 1 }, two: null } },
    'unanswered',
  ],
  [
    'a mutation that was done and cannot be read',
    { errors: [coded('NOPE', ['add', 'id'])], data: null },
    'unanswered',
  ],
  [
    'a query of which a part cannot be read',
    { errors: [coded('NOPE', ['row', 'id'])], data: { row: {} }, mutation: false },
    'refused',
  ],
  [
    'an unknown error under a status',
    { errors: [plain()], data: undefined, status: 'unavailable' },
    'unavailable',
  ],
  ['a known error under a status', { errors: [coded('BAD_USER_INPUT')], status: 'unanswered' }, 'refused'],
]
for (const [what, answered, expected] of cases) {
  test(`${what}: ${expected}`, () => {
    const whole = { errors: [], data: { add: null }, mutation: true, status: undefined, ...answered }
    assert.equal(outcomeOf(whole, []), expected)
  })
}

test('what is wrong with a document is told, also where it stands among the extensions', () => {
  const errors = [{ message: 'Cannot query field "a"' }, { message: 'Unknown type "B"' }]
  const error = errorIn({ message: 'invalid', extensions: { code: 'GRAPHQL_VALIDATION', errors } })
  assert.equal(textOf(error), 'GRAPHQL_VALIDATION: invalid: Cannot query field "a": Unknown type "B"')
  assert.equal(textOf(errorIn({ message: 'm', extensions: { errors: 'none' } })), 'm')
})

test('what is declared counts first, and a function may leave it to the next', () => {
  const answered = { errors: [coded('THROTTLED')], data: undefined, mutation: true, status: undefined }
  assert.equal(outcomeOf(answered, [undefined, { THROTTLED: 'refused' }]), 'refused')
  assert.equal(outcomeOf(answered, [() => undefined, { THROTTLED: 'refused' }]), 'refused')
  assert.equal(outcomeOf(answered, [{ THROTTLED: 'contract' }, { THROTTLED: 'refused' }]), 'contract')
  assert.equal(outcomeOf(answered, [{ THROTTLED: 'ok' }]), 'ok')
})

test('a failure among the data is known by its type, or by a function', () => {
  assert.equal(outcomeOfData({ __typename: 'Rejected' }, { Rejected: 'refused' }), 'refused')
  assert.equal(outcomeOfData({ __typename: 'Order' }, { Rejected: 'refused' }), undefined)
  assert.equal(outcomeOfData({ __typename: 'toString' }, { Rejected: 'refused' }), undefined)
  assert.equal(outcomeOfData(null, { Rejected: 'refused' }), undefined)
  assert.equal(
    outcomeOfData({ ok: false }, answer => ((answer as { ok: boolean }).ok ? undefined : 'contract')),
    'contract',
  )
})
