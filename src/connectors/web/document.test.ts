import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadCheerio } from './document.ts'

test('a page is read as a browser would, and one that nests its elements without end is refused', async () => {
  const load = await loadCheerio()
  assert.equal(load('<table><tr><td>7 &euro;</table><p>a<p>b')('td').text(), '7 €')
  assert.equal(load('<p>a<p>b')('p').length, 2)
  assert.throws(() => load('<b>'.repeat(100_000)), { code: 'TARGET-CONTRACT' })
})
