import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { effectKey } from './effect-key.ts'

/** What is hashed, instead of its hash: two tuples collide if and only if these do. */
const joined = (fields: readonly (string | number)[]): string => {
  let text = ''
  effectKey(given => {
    text = given
    return '\0'
  }, fields)
  return text
}
const sha256 = (text: string) => hash('sha256', text, 'binary')

/** The only tuple that is joined to this text. */
function split(text: string): string[] {
  const fields: string[] = []
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(':', at)
    const end = colon + 1 + Number(text.slice(at, colon))
    fields.push(text.slice(colon + 1, end))
    at = end
  }
  return fields
}

test('no two tuples collide: each of a million made of separators and digits can be read back', () => {
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
  for (let n = 0; n < 1_000_000; n++) {
    const fields: string[] = []
    for (let more = 1 + draw(6); more > 0; more--)
      fields.push(`${pieces[draw(pieces.length)]}${pieces[draw(pieces.length)]}`)
    const again = split(joined(fields))
    const same = again.length === fields.length && again.every((field, place) => field === fields[place])
    if (!same) assert.fail(`${JSON.stringify(fields)} is read back as ${JSON.stringify(again)}`)
  }
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
    effectKey(() => 'foobar', []),
    'mzxw6ytboi',
  )
  assert.equal(
    effectKey(() => 'f', []),
    'my',
  )
  const bytes = hash('sha256', 'x', 'binary')
  assert.equal(bytes.length, 32)
  assert.equal(
    effectKey(() => bytes, []),
    'fvyrmqvxe2yeialcpsu7xlbs6xefgd5rsa6mjwycewdrpeq2jcaq',
  )
})
