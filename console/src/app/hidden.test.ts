import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hiddenIn, withHidden } from './hidden.ts'

test('columns are hidden and shown again by their names in the address', () => {
  assert.deepEqual([...hiddenIn(undefined)], [])
  const one = withHidden(hiddenIn(''), 'state', false)
  assert.equal(one, 'state')
  assert.equal(withHidden(hiddenIn(one), 'first', false), 'first.state')
  assert.equal(withHidden(hiddenIn('first.state'), 'first', true), 'state')
  assert.equal(withHidden(hiddenIn('state'), 'state', true), undefined)
})
