import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClockWatch } from './clock-watch.ts'

test('a clock that is off is told once, again when it goes further, and when it is right again', () => {
  const told: number[] = []
  const watch = new ClockWatch(ahead => told.push(ahead))
  const at = (ahead: number) => watch.compare(1_000_000_000 - ahead, 1_000_000_000, 1_000_000_010)
  for (const ahead of [0, 59_000, 600_000, 610_000, 7_200_000, 0, 30_000]) at(ahead)
  assert.deepEqual(told, [600_000, 7_200_000, 0])
  watch.compare(1_000_600_000, 1_000_000_000, 1_000_000_000)
  assert.deepEqual(told.splice(0).at(-1), -600_000)
  assert.equal(watch.ahead, -600_000)
  at(30_000)
  assert.equal(watch.ahead, 30_000)
})

test('an answer that was long on its way, and a clock that jumped meanwhile, say nothing', () => {
  const told: number[] = []
  const watch = new ClockWatch(ahead => told.push(ahead))
  watch.compare(1_000, 0, 300_000)
  watch.compare(500_000, 600_000, 100_000)
  assert.deepEqual(told, [])
})
