import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventQueue } from './event-queue.ts'

test('events come in order and in batches, and what waits comes before the end', async () => {
  const queue = new EventQueue<number>(5)
  const first = queue.take(2)
  for (const n of [1, 2, 3]) assert.ok(queue.put(n))
  assert.deepEqual(await first, [1, 2])
  queue.end(new Error('closed'))
  queue.end()
  assert.ok(queue.put(4), 'what comes after the end does not count')
  assert.deepEqual(await queue.take(2), [3])
  await assert.rejects(queue.take(2), /closed/)
})

test('above its bound it takes nothing more', async () => {
  const queue = new EventQueue<number>(1)
  assert.deepEqual([queue.put(1), queue.put(2)], [true, false])
  queue.end()
  assert.deepEqual(await queue.take(9), [1])
  assert.equal(await queue.take(9), undefined)
})

test('an end wakes who waits', async () => {
  const queue = new EventQueue<number>(1)
  const waiting = queue.take(1)
  queue.end()
  assert.equal(await waiting, undefined)
})
