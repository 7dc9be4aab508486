import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Seal } from './seal.ts'

test('what was sealed opens with the same key, about the same thing, and not when a byte was changed', () => {
  const seal = new Seal(randomBytes(32))
  const sealed = seal.seal('geheim 密', 'totp ann')
  assert.equal(seal.open(sealed, 'totp ann'), 'geheim 密')
  assert.equal(seal.open(sealed, 'totp bob'), undefined, 'swapped with the one of somebody else')
  assert.equal(new Seal(randomBytes(32)).open(sealed, 'totp ann'), undefined)
  for (let at = 0; at < sealed.length - 1; at += 5) {
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
    assert.equal(seal.open(changed, 'totp ann'), undefined)
  }
  for (const text of ['', 'x', 'AAAA']) assert.equal(seal.open(text, 'totp ann'), undefined)
  assert.notEqual(seal.seal('same', 'x'), seal.seal('same', 'x'))
})
