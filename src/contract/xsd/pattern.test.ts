import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patternOf } from './pattern.ts'

function fits(group: readonly string[], text: string): boolean | undefined {
  const pattern = patternOf(group)
  return pattern === undefined ? undefined : new RegExp(pattern, 'u').test(text)
}

test('a pattern speaks of the whole value, and one of a group is enough', () => {
  assert.equal(fits(['[A-Z]{2}\\d+'], 'AB12'), true)
  assert.equal(fits(['[A-Z]{2}\\d+'], 'xAB12'), false)
  assert.equal(fits(['a|b', 'cd'], 'b'), true)
  assert.equal(fits(['a|b', 'cd'], 'ac'), false)
})

test('^ and $ are signs like any other, and a hyphen may be escaped', () => {
  assert.equal(fits(['^a$'], '^a$'), true)
  assert.equal(fits(['^a$'], 'a'), false)
  assert.equal(fits(['[^a]'], 'b'), true)
  assert.equal(fits(['\\d\\-\\d'], '1-2'), true)
  assert.equal(fits(['[\\d\\-]+'], '1-2'), true)
  assert.equal(fits(['\\p{L}+'], '中文'), true)
})

test('what JavaScript cannot say the same way is no pattern, so that nothing good is refused', () => {
  for (const pattern of ['[a-z-[aeiou]]', '\\p{IsGreek}', '\\i\\c*', '(', 'a{2,1}'])
    assert.equal(patternOf([pattern]), undefined, pattern)
  assert.equal(patternOf(['a', '\\i']), undefined)
  assert.equal(patternOf(undefined), undefined)
})
