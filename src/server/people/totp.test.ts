import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTotpSecret, stepAt, totpCode, totpStep } from './totp.ts'

/** `12345678901234567890` in base32. Source: RFC 6238, appendix B, cut to six digits. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

test('codes are those of RFC 6238', () => {
  const known: [seconds: number, code: string][] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ]
  for (const [seconds, code] of known) assert.equal(totpCode(secret, stepAt(seconds * 1000)), code)
})

test('a code is good for its time and the ones beside it, and not again', () => {
  const now = 1_234_567_890_000
  const code = totpCode(secret, stepAt(now))
  const step = totpStep(secret, code, now, 0)
  assert.equal(step, stepAt(now))
  assert.ok(totpStep(secret, code, now + 30_000, 0))
  assert.ok(totpStep(secret, code, now - 30_000, 0))
  assert.equal(totpStep(secret, code, now + 60_000, 0), undefined)
  assert.equal(totpStep(secret, code, now, step as number), undefined)
  for (const wrong of ['', '00592', '0059244', 'abcdef', '００５９２４'])
    assert.equal(totpStep(secret, wrong, now, 0), undefined)
})

test('secrets are random, in letters that apps take', () => {
  const secrets = new Set(Array.from({ length: 50 }, newTotpSecret))
  assert.equal(secrets.size, 50)
  for (const each of secrets) assert.match(each, /^[A-Z2-7]{32}$/)
})
