import assert from 'node:assert/strict'
import { it } from 'node:test'
import { checksum } from './checksum.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

it('changes with every part, its place, and the borders between parts', () => {
  const sums = [
    checksum(['ab', 'c', 1], bytes('body')),
    checksum(['a', 'bc', 1], bytes('body')),
    checksum(['c', 'ab', 1], bytes('body')),
    checksum(['ab', 'c', 2], bytes('body')),
    checksum(['ab', 'c', 1], bytes('bodY')),
    checksum(['ab', 'c', 1]),
    checksum(['ab', 'c', 1, null]),
  ]
  assert.equal(new Set(sums).size, sums.length)
})

it('takes bodies as one, however they are cut', () => {
  assert.equal(checksum(['x'], bytes('ab'), bytes('c')), checksum(['x'], bytes('a'), bytes('bc')))
})

it('notices every flipped bit', () => {
  const body = bytes('{"workOrderNo":"WO-1"}')
  const sum = checksum([1, 'key'], body)
  for (let bit = 0; bit < body.length * 8; bit++) {
    const damaged = Uint8Array.from(body)
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.notEqual(checksum([1, 'key'], damaged), sum)
  }
})
