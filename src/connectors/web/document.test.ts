import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadCheerio } from './document.ts'

test('a page is read as a browser would, and one whose parsing would not end is refused', async () => {
  const load = await loadCheerio()
  assert.equal(load('<table><tr><td>7 &euro;</table><p>a<p>b')('td').text(), '7 €')
  assert.equal(load('<p>a<p>b')('p').length, 2)
  assert.equal(load('<input disabled value="a > b" data-x=7>')('input').attr('value'), 'a > b')
  assert.throws(() => load('<b>'.repeat(100_000)), { code: 'TARGET-CONTRACT' })
  const attributes = Array.from({ length: 513 }, (_, n) => ` a${n}="<p>"`)
  assert.throws(() => load(`<p${attributes.join('')}>`), { code: 'TARGET-CONTRACT' })
  assert.equal(Object.keys(load(`<p${attributes.slice(1).join('')}>`)('p').attr() ?? {}).length, 512)
})
