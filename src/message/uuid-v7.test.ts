import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomEach, uuidsV7 } from './uuid-v7.ts'

const none = new Uint8Array(randomEach)
const all = new Uint8Array(randomEach).fill(255)

test('an id sorts by its time, whatever its random part', () => {
  const times = [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 1_767_225_600_000, 1_767_225_600_001, 2 ** 48 - 1]
  const ids = times.flatMap(time => [...uuidsV7(time, none), ...uuidsV7(time, all)])
  assert.equal(ids.length, 2 * times.length)
  assert.deepEqual([...ids].sort(), ids)
})

test('an id has the form of RFC 9562, with version 7 and variant 10', () => {
  for (const random of [none, all, Uint8Array.from({ length: randomEach }, (_, n) => n * 23)])
    assert.match(
      String(uuidsV7(1_767_225_600_000, random)),
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  // Source: RFC 9562, appendix A.6: the time of its example.
  assert.match(String(uuidsV7(0x017f22e279b0, none)), /^017f22e2-79b0-7/)
})

test('each is made of bytes of its own, also where they are a part of a larger buffer', () => {
  const pool = Uint8Array.from({ length: 64 }, (_, n) => n)
  const three = uuidsV7(5, pool.subarray(20, 50))
  assert.deepEqual(
    three,
    [20, 30, 40].flatMap(at => uuidsV7(5, pool.slice(at, at + randomEach))),
  )
  assert.equal(new Set(three).size, 3)
})
