import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesOf } from './diff.ts'
import { placeIn } from './json-place.ts'

test('changes are told field by field, with what was added, lost and changed', () => {
  const before = { no: '1', lines: [{ qty: 1 }, { qty: 2 }], old: true, same: null }
  const after = { no: '2', lines: [{ qty: 1 }, { qty: 3 }, { qty: 4 }], same: null, extra: {} }
  assert.deepEqual(
    changesOf(before, after).map(({ mark, path }) => `${mark} ${path}`),
    ['~ no', '~ lines[1].qty', '+ lines[2]', '− old', '+ extra'],
  )
  assert.deepEqual(changesOf(before, before), [])
  assert.deepEqual(changesOf(1, { a: 1 }), [{ path: '', mark: '~', before: 1, after: { a: 1 } }])
})

test('a path is found in the text, also in a list', () => {
  const text = JSON.stringify({ qty: 0, lines: [{ qty: 1 }, { qty: 2 }] })
  const at = (path: string) => text.slice(placeIn(text, path).to, placeIn(text, path).to + 2)
  assert.equal(at('qty'), ':0')
  assert.equal(at('lines[0].qty'), ':1')
  assert.equal(at('lines[1].qty'), ':2')
  assert.deepEqual(placeIn(text, 'missing'), { from: 0, to: 1 })
  assert.deepEqual(placeIn('', ''), { from: 0, to: 0 })
})
