import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as testing from '../../src/testing/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const rows = readFileSync(`${root}/docs/guarantees.md`, 'utf8').match(/^\| G\d.*$/gm) ?? []

test('every promise is shown by tests that exist, and none by a bench, which asserts nothing', () => {
  assert.ok(rows.length > 20)
  for (const row of rows) {
    assert.doesNotMatch(row, /bench/)
    for (const [, path = ''] of row.matchAll(/`((?:src|test|examples)\/[^` ]+)`/g))
      assert.ok(globSync(path, { cwd: root }).length > 0, `${path} is not there: ${row}`)
  }
})

test('where a promise names a test of the guarantees, that test names the promise', () => {
  for (const row of rows)
    for (const [, path = ''] of row.matchAll(/`(test\/guarantees\/[^`]+)`/g)) {
      const id = /G\d+/.exec(row)?.[0]
      assert.match(readFileSync(`${root}/${path}`, 'utf8'), new RegExp(`^test\\('.*\\(${id}\\)'`, 'm'))
    }
})

test('the conformance suites of every role and of stores are given to others', () => {
  const suites = [
    'describeMembers',
    'describeParticipant',
    'describeRequester',
    'describeSink',
    'describeSource',
    'describeStore',
    'describeWarehouse',
  ]
  assert.deepEqual(
    Object.keys(testing)
      .filter(name => name.startsWith('describe'))
      .sort(),
    suites,
  )
})
