import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

test('what docs/lineage.md shows of commands is what they say', async () => {
  const text = readFileSync(`${root}docs/lineage.md`, 'utf8')
  const shown = [...text.matchAll(/```\n\$ isthmus (.+)\n([\s\S]+?)```/g)]
  assert.ok(shown.length >= 3)
  for (const [, line = '', said] of shown) {
    const { stdout } = await run(process.execPath, ['src/cli/main.ts', ...line.split(' ')], { cwd: root })
    assert.equal(stdout, said, line)
  }
})
