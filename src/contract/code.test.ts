import assert from 'node:assert/strict'
import { it } from 'node:test'
import { array, assert as check, json, property, string } from 'fast-check'
import { Code, code } from './code.ts'

it('keeps any text within a template', () => {
  const tag = Code.imported('sqlText', 'isthmus/sql')
  check(
    property(array(string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), texts => {
      const values = texts.slice(1).map((_, index) => Code.property('key', `f${index}`))
      const pieces = texts.flatMap((each, index) => [each, ...values.slice(index, index + 1)])
      const { text } = code`${tag}${Code.template(pieces)}`
      const run = new Function('sqlText', 'key', `return ${text}`)
      const fields = Object.fromEntries(values.map((_, index) => [`f${index}`, index]))
      const seen = run(
        (strings: readonly string[], ...given: readonly number[]) => [[...strings], given],
        fields,
      )
      assert.deepEqual(seen, [texts, values.map((_, index) => index)])
    }),
  )
})

it('writes any JSON as code that gives it again, in single quotes', () => {
  const value = { list: ['a', "it's"], 'two words': { none: null, empty: [], more: {} }, ['__proto__']: 1 }
  const { text } = code`${value}`
  assert.equal(
    text,
    `{ list: ['a', 'it\\'s'], 'two words': { none: null, empty: [], more: {} }, ['__proto__']: 1 }`,
  )
  check(
    property(json(), given => {
      const value = JSON.parse(given)
      assert.deepEqual(new Function(`return ${code`${value}`.text}`)(), value)
    }),
  )
})
