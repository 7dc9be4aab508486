import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkErrors } from '../../scripts/check-errors.ts'
import { fixtureTree } from './fixture-tree.ts'

const table = "export const errorCodes = { 'ONE-THING': {}, 'OTHER-THING': {} }"

test('documented and used codes are fine', async t => {
  const root = fixtureTree(t, {
    'src/errors.ts': table,
    'src/flow/flow.ts': "throw x('ONE-THING')\nthrow x('OTHER-THING')",
    'docs/errors.md': '# Errors\n\n## ONE-THING\n\n## OTHER-THING\n',
  })
  assert.deepEqual(await checkErrors(root), [])
})

test('a missing documentation, one of a code that is gone and an unused code are reported', async t => {
  const root = fixtureTree(t, {
    'src/errors.ts': table,
    'src/flow/flow.ts': "throw x('ONE-THING')",
    'src/flow/flow.test.ts': "throw x('OTHER-THING')",
    'docs/errors.md': '# Errors\n\n## OTHER-THING\n\n## GONE-THING\n',
  })
  assert.deepEqual(await checkErrors(root), [
    'ONE-THING of src/errors.ts has no heading "## ONE-THING" in docs/errors.md',
    'docs/errors.md:5 explains GONE-THING, which is not in src/errors.ts',
    'OTHER-THING of src/errors.ts is used nowhere in src',
  ])
})
