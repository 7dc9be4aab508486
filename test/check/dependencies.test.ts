import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { importsOf, isTest, readSources } from '../../scripts/source-text.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('what is installed with the package is imported by it, and nothing else', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  const sources = readSources(root, 'src/**/*.ts').filter(({ path }) => !isTest(path))
  const imported = sources.flatMap(({ text }) => importsOf(text).map(({ specifier }) => nameOf(specifier)))
  const foreign = imported.filter(name => !/^(\.|node:|isthmus$)/.test(name))
  const declared = Object.keys({ ...dependencies, ...peerDependencies })
  assert.deepEqual([...new Set(foreign)].sort(), declared.sort())
})

/** `@scope/name` or `name`, without a path behind it. */
function nameOf(specifier: string): string {
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
}
