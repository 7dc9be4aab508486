import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** Formatting aside: the example is formatted by a tool, the page for its width. */
const squeezed = (code: string) => code.replace(/\s+/g, '').replaceAll(',}', '}').replaceAll(',)', ')')

for (const page of ['README.md', 'README.zh-CN.md']) {
  test(`${page} shows the first flow as it runs`, () => {
    const shown = /```ts\n([\s\S]*?)```/.exec(read(page))?.[1] ?? ''
    assert.equal(squeezed(shown), squeezed(read('examples/first-flow/isthmus.ts')))
    assert.ok(shown.split('\n').filter(line => line.trim()).length <= 25)
  })

  test(`${page} links to what is there`, () => {
    for (const [, link] of read(page).matchAll(/\]\(([^)#]+)\)/g))
      if (link && !link.startsWith('http')) assert.ok(existsSync(join(root, link)), `${link} is missing`)
  })
}
