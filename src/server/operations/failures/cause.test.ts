import assert from 'node:assert/strict'
import { test } from 'node:test'
import { causeOf, groupId, placeOfStep } from './cause.ts'

const told: readonly (readonly [reason: string, cause: string])[] = [
  ['connect ECONNREFUSED 10.8.2.7:8443', 'connect ECONNREFUSED 10.8.2.7:8443'],
  [
    'Failed 5 times, the last time with: connect ECONNREFUSED mes.local:8443',
    'connect ECONNREFUSED mes.local:8443',
  ],
  ['422 taxCode is required', '422 taxCode is required'],
  ['order SO-2026-004711 exists', 'order {id} exists'],
  ['order "SO-2026-004711" exists', 'order "…" exists'],
  ['row 88123 is locked since 2026-11-30T14:02:11.5Z', 'row {n} is locked since {time}'],
  ['6f1d2c1e-8f3a-4a55-9c3e-0a8f6b1f2c3d is not known', '{id} is not known'],
  ['Not a Order@1: lines[12].qty must be number', 'Not a Order@{n}: lines[].qty must be number'],
  ['no answer within 30000 ms', 'no answer within {n} ms'],
  ['料号 M-00012345 不存在', '料号 {id} 不存在'],
  ['row 123 is locked', 'row {n} is locked'],
  ['it answered HTTP/1.1 503 to try 4', 'it answered HTTP/1.1 503 to try {n}'],
  ['', ''],
]

test('a cause is the reason without what belongs to one message', () => {
  for (const [reason, cause] of told) assert.equal(causeOf(reason), cause)
})

test('a cause does not grow with its reason, and takes no time of it', () => {
  for (const part of ['a', '1', '[', 'x-1-', '"', '1.', 'aa:'])
    assert.ok(causeOf(part.repeat(1_000_000)).length <= 301)
})

test('places in lists do not tell steps apart, and names of groups depend on each part', () => {
  assert.equal(placeOfStep('lines[3].stock'), 'lines[].stock')
  assert.notEqual(groupId('a', 'b'), groupId('ab', ''))
})
