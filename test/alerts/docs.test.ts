import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { defaultRules } from '../../src/observe/alerts/default-rules.ts'

test('each rule that comes with Isthmus has a paragraph that says what to do', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/alerts.md'), 'utf8')
  const headings = [...page.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading)
  assert.deepEqual(
    headings.filter(heading => heading !== undefined),
    defaultRules.map(({ name }) => name),
  )
})
