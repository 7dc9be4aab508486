import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')

test('docs/write-a-connector.md shows the connectors and the suites as they run', () => {
  const shown = [...read('docs/write-a-connector.md').matchAll(/```ts\n([\s\S]*?)```/g)].map(
    ([, code]) => code ?? '',
  )
  assert.equal(shown.length, 3)
  assert.equal(shown[0], read('examples/own-connector/spool.ts'))
  assert.equal(shown[1], read('examples/own-connector/shop.ts'))
  assert.ok(read('examples/own-connector/spool.test.ts').includes(shown[2] as string))
})

for (const name of ['topics', 'aggregates', 'pipelines'])
  test(`docs/${name}.md shows its example as it runs`, () => {
    const [, shown] = /```ts\n([\s\S]*?)```/.exec(read(`docs/${name}.md`)) ?? []
    assert.equal(shown, read(`examples/${name}/isthmus.ts`))
  })

for (const [page, example] of [
  ['matching', 'matching/customers.ts'],
  ['profile', 'profile/isthmus.ts'],
])
  test(`docs/${page}.md shows its example as it runs`, () => {
    const [, shown] = /```ts\n([\s\S]*?)```/.exec(read(`docs/${page}.md`)) ?? []
    assert.equal(shown, read(`examples/${example}`))
  })

for (const page of globSync('docs/connectors/*.md', { cwd: root }).sort()) {
  const name = basename(page, '.md')
  const example = `examples/${name}/isthmus.ts`
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(read(page)) ?? []
  test(`docs/connectors/${name}.md shows an example as it runs, if it shows any`, () => {
    assert.equal(
      shown !== undefined,
      existsSync(`${root}/${example}`),
      `${page} and ${example} belong together`,
    )
    if (shown !== undefined) assert.equal(shown, read(example))
  })
}
