import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mutants } from './mutants.ts'

test('every planted bug still fits the source it is planted in', () => {
  for (const { name, file, find } of mutants) {
    const text = readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
    assert.equal(text.split(find).length, 2, `"${name}": ${file} does not hold this once: ${find}`)
  }
})
