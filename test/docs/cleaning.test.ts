import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { IsthmusError } from '../../src/errors.ts'
import * as offered from '../../src/model/clean/index.ts'
import { shownCleaners } from './cleaning-examples.ts'

const page = readFileSync(fileURLToPath(new URL('../../docs/cleaning.md', import.meta.url)), 'utf8')
const byName = new Map(shownCleaners.map(cleaner => [cleaner.name, cleaner]))

/** Rows of the tables: `cleaner` | what comes | what goes on, or the reason. */
const examples = [...page.matchAll(/^\| `([^`]+)` \| `([^`]+)` \| (?:`([^`]+)`|refused: (.+)) \|/gm)].map(
  ([, name = '', given = '', made, reason]) => ({ name, given, made, reason }),
)

test('docs/cleaning.md shows what cleaners do as they do it', () => {
  assert.ok(examples.length >= 60)
  for (const { name, given, made, reason } of examples) {
    const cleaner = byName.get(name)
    assert.ok(cleaner, `test/docs/cleaning-examples.ts has no ${name}`)
    const run = () => cleaner(JSON.parse(given))
    if (made === undefined)
      assert.throws(
        run,
        (error: unknown) => error instanceof IsthmusError && error.message.endsWith(reason ?? ''),
      )
    else assert.equal(JSON.stringify(run()), made === 'undefined' ? undefined : made, `${name} of ${given}`)
  }
})

test('docs/cleaning.md shows its example as it runs', () => {
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(page) ?? []
  assert.equal(
    shown,
    readFileSync(fileURLToPath(new URL('../../examples/cleaning/isthmus.ts', import.meta.url)), 'utf8'),
  )
})

test('docs/cleaning.md shows every cleaner', () => {
  const shown = new Set(examples.map(({ name }) => name.replace(/\(.*/, '')))
  const others =
    'brokenRules cleanersOf cleanRow countTolerance fieldsOfRule named refuseBroken rowCleaner rule unclean'
  const missing = Object.keys(offered).filter(name => !shown.has(name) && !others.split(' ').includes(name))
  assert.deepEqual(missing, [])
})
