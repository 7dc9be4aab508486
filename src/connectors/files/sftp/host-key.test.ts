import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fingerprint, knownKeys } from './host-key.ts'

/** As servers show keys: each part behind its length. */
function keyOf(kind: string): Buffer {
  const parts = [Buffer.from(kind), Buffer.alloc(32, kind.length)]
  return Buffer.concat(
    parts.flatMap(part => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(part.length)
      return [length, part]
    }),
  )
}

const [own, other] = [keyOf('ssh-ed25519'), keyOf('ssh-rsa')]
const lineOf = (kind: string, key: Buffer) => `${kind} ${key.toString('base64')}`

test('a key is known by its fingerprint, by itself or by a line of known_hosts', () => {
  const line = lineOf('ssh-ed25519', own)
  for (const text of [fingerprint(own), line, `host.test,10.0.0.1 ${line} comment`, `# here\n${line}\n\n`]) {
    const known = knownKeys(text, 'shop')
    assert.ok(known.has(own), text)
    assert.ok(!known.has(other), text)
  }
})

test('a server is asked for the kinds of key that are known, where all are', () => {
  const both = `${lineOf('ssh-ed25519', own)}\n${lineOf('ssh-rsa', other)}`
  assert.deepEqual(knownKeys(both, 'shop').kinds, ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256'])
  assert.equal(knownKeys(`${both}\n${fingerprint(own)}`, 'shop').kinds, undefined)
})

test('what is no key is refused', () => {
  const wrong = [
    '',
    'any',
    'SHA256:abc',
    'MD5:00:11',
    lineOf('ssh-rsa', own),
    `${lineOf('ssh-ed25519', own)}\nany`,
  ]
  for (const text of wrong) assert.throws(() => knownKeys(text, 'shop'), { code: 'CONFIG-INVALID' }, text)
})
