import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LoginLimits } from './login-limits.ts'

const attempt = (address: string, device?: string) => ({ name: 'ann', address, device })

test('after some free failures each costs twice the time, up to a quarter of an hour, and is forgiven', () => {
  let now = 1_000_000
  const limits = new LoginLimits(() => now)
  const one = attempt('10.0.0.1')
  for (let n = 0; n < 4; n++) limits.failed(one)
  assert.equal(limits.wait(one), 0)
  const waits: number[] = []
  for (let n = 0; n < 14; n++) {
    limits.failed(one)
    waits.push(limits.wait(one))
  }
  assert.deepEqual(waits.slice(0, 4), [1_000, 2_000, 4_000, 8_000])
  assert.equal(Math.max(...waits), 15 * 60_000)
  assert.equal(limits.wait({ ...one, name: 'bob' }), 0, 'others from there are not kept out yet')
  now += 31 * 60_000
  assert.equal(limits.wait(one), 0)
  limits.failed(one)
  assert.equal(limits.wait(one), 0)
})

test('from many addresses strangers are slowed down by a minute at most, and known browsers not at all', () => {
  const limits = new LoginLimits(() => 5_000_000)
  for (let n = 0; n < 500; n++) limits.failed(attempt(`10.1.${n >> 8}.${n & 255}`))
  assert.equal(limits.wait(attempt('10.9.9.9')), 60_000)
  assert.equal(limits.wait(attempt('10.9.9.9', 'device')), 0)
  for (let n = 0; n < 12; n++) limits.failed(attempt('10.9.9.9', 'device'))
  assert.ok(limits.wait(attempt('10.9.9.9', 'device')) > 0, 'a known browser guesses no more than others')
  limits.succeeded(attempt('10.9.9.9', 'device'))
  assert.equal(limits.wait(attempt('10.9.9.9', 'device')), 0)
})

test('memory is bounded, whoever knocks', () => {
  const limits = new LoginLimits(() => 1)
  for (let n = 0; n < 30_000; n++) limits.failed({ name: `n${n}`, address: `a${n}`, device: undefined })
  for (let n = 0; n < 60; n++) limits.failed(attempt('10.0.0.1'))
  assert.ok(limits.wait(attempt('10.0.0.1')) > 0)
})
