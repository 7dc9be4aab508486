import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('the examples of docs/mapping.md run, and what they say holds', t => {
  const blocks = [...readFileSync(join(root, 'docs/mapping.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)]
  assert.ok(blocks.length >= 5)
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-docs-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/isthmus'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const files = blocks.map(([, code], at) => {
    writeFileSync(join(folder, `example${at}.ts`), code as string)
    return `./example${at}.ts`
  })
  writeFileSync(join(folder, 'all.ts'), files.map(file => `await import('${file}')`).join('\n'))
  const { status, stderr } = spawnSync(process.execPath, ['all.ts'], { cwd: folder, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})
