import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Actor, can, canSomewhere, type Grant, seesAll, whole } from './permissions.ts'

const actor = (grants: readonly Grant[], within?: readonly Grant[]): Actor => ({
  name: 'ann',
  grants,
  within,
  by: within ? 'token' : 'session',
})

test('what names nothing needs a grant without scope, but for lists', () => {
  const scoped = actor([{ role: 'admin', scope: { flows: ['*'] } }])
  assert.ok(can(scoped, 'view').allowed)
  assert.deepEqual(can(scoped, 'operate'), { allowed: false, missing: 'operate' })
  assert.ok(!can(scoped, 'people', whole).allowed)
  assert.ok(canSomewhere(scoped, 'people'))
  assert.ok(!seesAll(scoped))
  assert.ok(can(actor([{ role: 'admin', scope: { flows: ['*'], systems: ['*'] } }]), 'people', whole).allowed)
  assert.ok(seesAll(actor([{ role: 'viewer' }])))
})

test('grants add up, but one alone must give both the permission and the object', () => {
  const two = actor([{ role: 'viewer' }, { role: 'operator', scope: { flows: ['a'], systems: ['s'] } }])
  assert.ok(can(two, 'operate', { flow: 'a' }).allowed)
  assert.ok(!can(two, 'operate', { flow: 'b' }).allowed)
  assert.ok(!can(two, 'operate', { flow: 'a', system: 'other' }).allowed)
  assert.ok(can(two, 'view', { flow: 'b', system: 'other' }).allowed)
})

test('a token goes no further than its grants, nor than its account', () => {
  const token = (own: Grant, within: Grant) => actor([own], [within])
  assert.ok(!can(token({ role: 'admin' }, { role: 'viewer' }), 'operate', whole).allowed)
  assert.ok(!can(token({ role: 'viewer' }, { role: 'admin' }), 'operate', whole).allowed)
  const crossed = token(
    { role: 'operator', scope: { flows: ['a*'] } },
    { role: 'operator', scope: { flows: ['*b'] } },
  )
  assert.ok(can(crossed, 'operate', { flow: 'ab' }).allowed)
  assert.ok(!can(crossed, 'operate', { flow: 'ac' }).allowed)
  assert.ok(!can(crossed, 'operate', { flow: 'cb' }).allowed)
})

test('patterns: a star is any letters, and all else is itself', () => {
  const fits = (pattern: string, flow: string) =>
    can(actor([{ role: 'operator', scope: { flows: [pattern] } }]), 'operate', { flow }).allowed
  assert.ok(fits('a*c', 'abc') && fits('a*c', 'ac') && fits('*', 'x') && fits('a*b*c', 'a-b-c'))
  assert.ok(
    !fits('a*c', 'abcd') && !fits('a', 'ab') && !fits('', 'a') && !fits('a*a', 'a') && !fits('.*', 'abc'),
  )
  assert.ok(!fits('a*b*b', 'ab'))
})
