import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffData } from './data-diff.ts'

test('a difference names each field that was added, removed or changed', () => {
  const before = { a: 1, b: { c: 'x', gone: true }, list: [1, 2], same: {} }
  const after = { a: 2, b: { c: 'x' }, list: [1, 3, 4], same: {}, fresh: null }
  assert.deepEqual(diffData(before, after), [
    { path: 'a', before: '1', after: '2' },
    { path: 'list[1]', before: '2', after: '3' },
    { path: 'list[2]', before: undefined, after: '4' },
    { path: 'fresh', before: undefined, after: 'null' },
    { path: 'b.gone', before: 'true', after: undefined },
  ])
  assert.deepEqual(diffData(after, structuredClone(after)), [])
})
