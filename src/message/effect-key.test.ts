import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { effectKey } from './effect-key.ts'

/** What is hashed, instead of its hash: two tuples collide if and only if these do. */
const joined = (fields: readonly (string | number)[]): string => {
  let text = ''
  effectKey(given => {
    text = given
    return new Uint8Array(1)
  }, fields)
  return text
}
const sha256 = (text: string) => hash('sha256', text, 'buffer')

test('no two of a million tuples made of separators, digits and look-alikes are joined to one text', () => {
  const pieces = [
    '',
    ':',
    '1',
    '1:',
    ':1',
    '11',
    '0:',
    'a',
    '1:a',
    '\0',
    '/',
    '.',
    '[1]',
    'é',
    'e\u0301',
    '💡',
  ]
  let state = 1
  const draw = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const tuples = new Map<string, string>()
  for (let n = 0; n < 1_000_000; n++) {
    const field = () => pieces[draw(pieces.length)] + (pieces[draw(pieces.length)] as string)
    const fields = Array.from({ length: 1 + draw(4) }, field)
    const text = joined(fields)
    const shown = JSON.stringify(fields)
    const before = tuples.get(text)
    if (before !== undefined && before !== shown) assert.fail(`${before} and ${shown} give ${text}`)
    tuples.set(text, shown)
  }
  assert.ok(tuples.size > 300_000)
})

test('a key is lower-case base32 of a SHA-256: usable as a file name, a header and in a URL', () => {
  const key = effectKey(sha256, [
    'factory',
    'issues',
    '0190b1a0-0000-7000-8000-000000000000',
    'lines[3].stock',
  ])
  assert.match(key, /^[a-z2-7]{52}$/)
  assert.equal(
    effectKey(() => Buffer.from('foobar'), []),
    'mzxw6ytboi',
  )
  assert.equal(
    effectKey(() => Buffer.from('f'), []),
    'my',
  )
})
