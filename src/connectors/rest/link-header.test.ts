import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkTo } from './link-header.ts'

for (const [header, expected] of [
  [
    '<https://a.example/x?page=2>; rel="next", <https://a.example/x?page=9>; rel="last"',
    'https://a.example/x?page=2',
  ],
  ['<?p=1>; rel=prev,<?p=3>;rel=next', '?p=3'],
  ['</x?ids=1,2;3>; title="a, b; \\"c\\"" ; REL = "last Next"', '/x?ids=1,2;3'],
  ['<a>; rel="prev", <b>; rel="next", <c>; rel="next"', 'b'],
  // The first rel of a link counts, and one of another context is not ours.
  ['<a>; rel="last"; rel="next"', undefined],
  ['<a>; rel="next"; anchor="#other"', undefined],
  ['<a>; rel="nextone"', undefined],
  ['<a>; title="x; rel=next"', undefined],
  ['<a>', undefined],
  ['', undefined],
  ['<>; rel=next', ''],
] as const) {
  test(`the next page of ${header || 'nothing'}`, () => assert.equal(linkTo('next', header), expected))
}

test('headers that come in several lines are one list', () => {
  assert.equal(linkTo('next', ['<a>; rel=prev', '<b>; rel=next']), 'b')
  assert.equal(linkTo('next', undefined), undefined)
})

test('a long hostile header is read in one go', () => {
  assert.equal(linkTo('next', `<a>${';x="'.repeat(50_000)}`), undefined)
  assert.equal(linkTo('next', '<'.repeat(50_000)), undefined)
  assert.equal(linkTo('next', `<a>${' '.repeat(50_000)}x`), undefined)
  assert.equal(linkTo('next', `<a>${'; a=b'.repeat(20_000)}; rel=next`), 'a')
})
