import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidV7 } from './uuid-v7.ts'

const none = new Uint8Array(10)
const all = new Uint8Array(10).fill(255)

test('an id sorts by its time, whatever its random part', () => {
  const times = [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 1_767_225_600_000, 1_767_225_600_001, 2 ** 48 - 1]
  const ids = times.flatMap(time => [uuidV7(time, none), uuidV7(time, all)])
  assert.deepEqual([...ids].sort(), ids)
})

test('an id has the form of RFC 9562, with version 7 and variant 10', () => {
  for (const random of [none, all, Uint8Array.from({ length: 10 }, (_, n) => n * 23)])
    assert.match(
      uuidV7(1_767_225_600_000, random),
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  // Source: RFC 9562, appendix A.6: the time of its example.
  assert.ok(uuidV7(0x017f22e279b0, none).startsWith('017f22e2-79b0-7'))
})

test('random bytes that are a part of a larger buffer are read from their place', () => {
  const pool = Uint8Array.from({ length: 64 }, (_, n) => n)
  assert.equal(uuidV7(5, pool.subarray(20, 30)), uuidV7(5, pool.slice(20, 30)))
})
