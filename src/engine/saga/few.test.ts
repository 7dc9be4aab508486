import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Few } from './few.ts'

it('is a set for each name, of one or of many', () => {
  const few = new Few()
  assert.deepEqual(few.of('a'), [])
  for (const member of ['x', 'x', 'y', 'z', 'y']) few.add('a', member)
  few.add('b', 'x')
  assert.deepEqual(few.of('a'), ['x', 'y', 'z'])
  few.delete('b', 'y')
  assert.deepEqual(few.of('b'), ['x'])
  few.delete('b', 'x')
  assert.deepEqual(few.of('b'), [])
  for (const member of ['x', 'y', 'z']) few.delete('a', member)
  assert.deepEqual(few.of('a'), [])
  few.add('a', 'x')
  few.clear('a')
  assert.deepEqual(few.of('a'), [])
})
