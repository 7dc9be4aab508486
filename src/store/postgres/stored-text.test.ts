import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fromText, toText } from './stored-text.ts'

/** Any sequence of UTF-16 units, with those that need care often among them. */
const anyString = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 34, 92, 0xd800, 0xdfff)))
  .map(units => String.fromCharCode(...units))

describe('text for PostgreSQL', () => {
  it('can be stored and gives any string back', () => {
    fc.assert(
      fc.property(anyString, value => {
        const text = toText(value)
        assert.ok(text.isWellFormed() && !text.includes('\u0000'))
        assert.equal(fromText(text), value)
      }),
    )
  })

  it('leaves ordinary keys as they are, so that people can search for them', () => {
    for (const key of ['WO-0042', '工单 7', "O'Neil", 'é', '😀', '']) assert.equal(toText(key), key)
  })

  it('tells apart what it escapes from what looks escaped', () => {
    assert.notEqual(toText('\u0000'), toText('\\u0000'))
    assert.notEqual(toText('"'), toText('\\"'))
  })
})
