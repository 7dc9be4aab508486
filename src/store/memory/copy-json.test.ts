import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { copyJson } from './memory-state.ts'

const leaf = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.double(),
  fc.integer(),
  fc.constantFrom<unknown>(null, undefined, new Date(0), () => 1, new Uint8Array([1, 2])),
)
const { tree } = fc.letrec(tie => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree')),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toJSON')), tie('tree')),
  ),
}))

test('a copy is what comes back by way of a text, and shares nothing with what it is of', () => {
  fc.assert(
    fc.property(tree, inside => {
      const value = { inside }
      const copy = copyJson(value)
      assert.deepEqual(copy, JSON.parse(JSON.stringify(value)))
      assert.equal(JSON.stringify(copy), JSON.stringify(value))
      if (typeof inside === 'object' && inside !== null) assert.notEqual(copy.inside, inside)
    }),
    { numRuns: 2_000 },
  )
})
