import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { realHost } from './host.ts'

const day = 86_400_000

test('a timer of more than 25 days does not call back at once', async () => {
  let calls = 0
  const cancel = realHost().after(30 * day, () => calls++)
  await pause(20)
  cancel()
  assert.equal(calls, 0)
})

test('a timer of many days calls back when they are over, and can be cancelled until then', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const called: string[] = []
  const host = realHost()
  host.after(60 * day, () => called.push('kept'))
  const cancel = host.after(60 * day, () => called.push('cancelled'))
  for (let days = 0; days < 59; days++) t.mock.timers.tick(day)
  assert.deepEqual(called, [])
  cancel()
  for (let days = 0; days < 3; days++) t.mock.timers.tick(day)
  assert.deepEqual(called, ['kept'])
})
