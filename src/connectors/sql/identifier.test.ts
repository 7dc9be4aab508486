import assert from 'node:assert/strict'
import { it } from 'node:test'
import { assert as check, property, string } from 'fast-check'
import { quoteName, quoteTable } from './identifier.ts'

it('quotes any name so that it ends where it ends', () => {
  check(
    property(string({ minLength: 1, maxLength: 20, unit: 'binary' }), name => {
      if (name.includes('\0')) return
      const quoted = quoteName(name)
      const inner = quoted.slice(1, -1)
      assert.equal(quoted[0] === '"' && quoted.at(-1) === '"', true)
      assert.equal(inner.replaceAll('""', '').includes('"'), false)
      assert.equal(inner.replaceAll('""', '"'), name)
    }),
  )
})

it('quotes schema and table each', () => {
  assert.equal(quoteTable('mes.orders'), '"mes"."orders"')
  assert.throws(() => quoteTable('mes.'), { code: 'FLOW-DEFINITION' })
})

it('refuses names that a database would cut off or misread', () => {
  for (const name of ['', 'a\0b', 'x'.repeat(64), '\ud800'])
    assert.throws(() => quoteName(name), { code: 'FLOW-DEFINITION' })
})
