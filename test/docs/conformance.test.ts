import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')

test('docs/conformance.md has a row for every suite that is run, with its role, and for no other', () => {
  const run = globSync('test/conformance/*.test.ts', { cwd: root }).flatMap(file =>
    [
      ...read(file).matchAll(
        /\bdescribe(Source|Sink|Requester|Participant|Warehouse|Store|Members)\(\s*['`]([^'`]+)['`]/g,
      ),
    ].map(([, role = '', name = '']) => `${name.replaceAll(/\$\{[^}]*\}/g, '…')} | ${role.toLowerCase()}`),
  )
  const told = [...read('docs/conformance.md').matchAll(/^\| `([^`]+)` \| (\w+) \|/gm)].map(
    ([, name, role]) => `${name} | ${role}`,
  )
  assert.ok(run.length > 30)
  assert.deepEqual(told.toSorted(), [...new Set(run)].sort())
})
