import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { checkFiles } from '../../scripts/check-files.ts'
import { describeCheck } from '../../scripts/checks.ts'
import { fixtureTree } from './fixture-tree.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('a file over 500 lines is reported, tests excepted', t => {
  const long = '\n'.repeat(501)
  const files = { 'src/a.ts': long, 'src/b.ts': '\n'.repeat(500), 'src/c.test.ts': long }
  assert.deepEqual(checkFiles(fixtureTree(t, files)).problems, [
    'src/a.ts has 501 lines; at most 500 are allowed',
  ])
})

test('a check is one line when it is fine, else its problems stand below it', () => {
  assert.equal(describeCheck({ name: 'imports', problems: [] }), 'imports          ok')
  const failed = describeCheck({ name: 'imports', problems: ['one', 'two\nlines'] })
  assert.equal(failed, 'imports          2 problems\n  one\n  two\n  lines')
})

const refused: Record<string, string> = {
  noDefaultExport: 'export default 1',
  noEnum: "export enum A { b = 'b' }",
  noExplicitAny: 'export const a: any = 1',
  useNodejsImportProtocol: "import fs from 'fs'\nfs.statSync('')",
  useImportType: "import { A } from './a.ts'\nexport const a = (b: A) => b",
}

test('the linter refuses default exports, enums, any and names that are not kebab-case', async t => {
  const files = Object.entries(refused).map(([rule, text], number) => [`src/flow/${number}-${rule}.ts`, text])
  const config = readFileSync(`${root}/biome.json`, 'utf8')
  const cwd = fixtureTree(t, { ...Object.fromEntries(files), 'biome.json': config, 'src/myFlow.ts': 'f()' })
  const biome = `${root}/node_modules/@biomejs/biome/bin/biome`
  const { stdout, stderr } = spawnSync(process.execPath, [biome, 'lint'], { cwd, encoding: 'utf8' })
  for (const rule of [...Object.keys(refused), 'useFilenamingConvention']) {
    assert.match(stdout + stderr, new RegExp(`/${rule} `), rule)
  }
})
