import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Facets } from './components.ts'
import { valueProblem } from './value-problem.ts'

function problem(builtin: string, text: string, facets: Facets = {}): string | undefined {
  return valueProblem({ kind: 'simple', key: undefined, builtin, facets }, text)
}

test('each built-in type has its lexical form', () => {
  const good: [string, string[]][] = [
    ['boolean', ['true', 'false', '0', '1']],
    ['decimal', ['0', '-1.50', '+.5', '5.', '123456789012345678901234567890.1']],
    ['integer', ['-1', '+0', '99999999999999999999']],
    ['positiveInteger', ['1', '+01']],
    ['negativeInteger', ['-1']],
    ['nonPositiveInteger', ['-5', '0']],
    ['double', ['1e3', '-INF', 'NaN', '.5']],
    ['date', ['2026-05-04', '2026-05-04Z', '2026-05-04+08:00', '-0001-01-01']],
    ['dateTime', ['2026-05-04T12:00:00', '2026-05-04T12:00:00.123Z']],
    ['time', ['23:59:59', '12:00:00-05:00']],
    ['duration', ['P1Y2M3DT4H5M6.7S', '-P1D', 'PT1S']],
    ['base64Binary', ['', 'AAAA', 'AA==']],
    ['hexBinary', ['', '0aFF']],
    ['anyURI', ['http://a b', '']],
  ]
  const bad: [string, string[]][] = [
    ['boolean', ['yes', 'TRUE', '']],
    ['decimal', ['1e3', '', '.', '1,5', 'NaN']],
    ['integer', ['1.0', '']],
    ['positiveInteger', ['0', '-1']],
    ['negativeInteger', ['0', '1']],
    ['nonPositiveInteger', ['1']],
    ['double', ['Infinity', '0x1']],
    ['date', ['2026-13-01', '2026-5-4', '04.05.2026']],
    ['dateTime', ['2026-05-04', '2026-05-04 12:00:00']],
    ['time', ['25:00:00', '12:00']],
    ['duration', ['P', 'PT', '1D', 'P1S']],
    ['base64Binary', ['A!']],
    ['hexBinary', ['F']],
  ]
  for (const [type, texts] of good)
    for (const text of texts) assert.equal(problem(type, text), undefined, `${type} ${text}`)
  for (const [type, texts] of bad)
    for (const text of texts) assert.equal(problem(type, text), `is no ${type}`, `${type} ${text}`)
})

test('numbers are compared by value and digit for digit', () => {
  const facets = { minInclusive: '-1.5', maxExclusive: '100000000000000000000.00' }
  assert.equal(problem('decimal', '-1.50', facets), undefined)
  assert.equal(problem('decimal', '-1.51', facets), 'is less than -1.5')
  assert.equal(problem('decimal', '99999999999999999999.999', facets), undefined)
  assert.equal(
    problem('decimal', '100000000000000000000', facets),
    'is not less than 100000000000000000000.00',
  )
  assert.equal(problem('decimal', '+.5', { minExclusive: '0.5' }), 'is not more than 0.5')
  assert.equal(problem('double', '1e3', { maxInclusive: '999' }), 'is more than 999')
  assert.equal(problem('decimal', '1.0', { enumeration: ['1', '2'] }), undefined)
  assert.equal(problem('string', '1.0', { enumeration: ['1', '2'] }), 'is none of the values allowed')
})

test('digits are counted without zeros that say nothing', () => {
  assert.equal(problem('decimal', '0012.500', { totalDigits: 3, fractionDigits: 1 }), undefined)
  assert.equal(problem('decimal', '12.51', { totalDigits: 3 }), 'has more than 3 digits')
})

test('lengths count characters, and bytes of binary data', () => {
  assert.equal(problem('string', '😀😀', { length: 2 }), undefined)
  assert.equal(problem('string', '', { minLength: 1 }), 'is shorter than 1')
  assert.equal(problem('base64Binary', 'AAAA', { maxLength: 3 }), undefined)
  assert.equal(problem('hexBinary', 'AABB', { length: 4 }), 'is not 4 long')
})

test('a value fits one pattern of each group; patterns that JavaScript cannot say are not asked', () => {
  const patterns = [['a+', 'b+'], ['.{2}']]
  assert.equal(problem('string', 'aa', { patterns }), undefined)
  assert.equal(problem('string', 'ab', { patterns }), 'does not have the pattern that is required')
  assert.equal(problem('string', 'aaa', { patterns }), 'does not have the pattern that is required')
  assert.equal(problem('string', 'anything', { patterns: [['\\i']] }), undefined)
})
