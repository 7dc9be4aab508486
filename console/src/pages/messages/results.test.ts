import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Found, merged, type Search, traceOf } from './results.ts'

const found = (key: string, message: string) => ({ key, message }) as Found
const page = (...all: Found[]) => ({ found: all }) as unknown as Search

test('a key that lies on two pages is told once; masked ones are kept apart', () => {
  const pages = [
    page(found('SO-1', 'a/9'), found('***', 'a/8')),
    page(found('SO-1', 'a/2'), found('***', 'a/1')),
  ]
  assert.deepEqual(
    merged(pages).map(({ message }) => message),
    ['a/9', 'a/8', 'a/1'],
  )
})

test('a key leads to its trace, whatever characters it has; a masked one by a message', () => {
  assert.deepEqual(traceOf(found('A/1 ?', 'a/9')), { path: 'A%2F1%20%3F', search: {} })
  assert.deepEqual(traceOf(found('***', 'a/9')), { path: 'of', search: { message: 'a/9' } })
})
