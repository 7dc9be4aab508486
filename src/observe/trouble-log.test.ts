import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { TroubleLog } from './trouble-log.ts'

const minute = 60_000

function told(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const lines: string[] = []
  const log = new TroubleLog({
    failed: (name, reason) => lines.push(`${name}: ${reason}`),
    works: (name, after) => lines.push(`${name} works ${after}`),
  })
  /** What is written while it fails every so many milliseconds for so long. */
  const failing = (forMs: number, everyMs: number, reason: string) => {
    for (let ms = 0; ms < forMs; ms += everyMs) {
      log.failed('erp', reason)
      t.mock.timers.tick(everyMs)
    }
    return lines.splice(0)
  }
  return { log, lines, failing, tick: (ms: number) => t.mock.timers.tick(ms) }
}

test('while a trouble lasts it is told at growing pauses, and once when it is over', t => {
  const { log, lines, failing } = told(t)
  assert.deepEqual(failing(minute, 10_000, 'refused'), [
    'erp: refused',
    'erp: failed 5 times more within 60 s: refused',
  ])
  assert.deepEqual(failing(minute, 10_000, 'refused'), [])
  assert.deepEqual(failing(minute, 10_000, 'refused'), ['erp: failed 12 times more within 2 min: refused'])
  assert.equal(failing(24 * 60 * minute, 10_000, 'refused').length, 27)
  log.works('erp')
  log.works('erp')
  assert.deepEqual(lines, ['erp works after 24 h and 8658 failures'])
})

test('a new reason is told at once, and another number in it is none', t => {
  const { failing } = told(t)
  assert.deepEqual(failing(1000, 1000, 'port 4711 is closed'), ['erp: port 4711 is closed'])
  assert.deepEqual(failing(1000, 1000, 'port 4712 is closed'), [])
  assert.deepEqual(failing(1000, 1000, 'wrong password'), ['erp: wrong password'])
  assert.deepEqual(failing(1000, 1000, 'port 4712 is closed'), [])
})

test('reasons that are all different are told twenty times, then counted', t => {
  const { log, lines, tick } = told(t)
  for (let n = 0; n < 5000; n++) log.failed('erp', `reason ${'x'.repeat(n % 300)}`)
  assert.equal(lines.length, 20)
  tick(minute)
  assert.match(lines.at(-1) ?? '', /^erp: failed 4980 times more within 60 s: /)
})

test('what fails again and again for a moment is one trouble, and none after a quiet minute', t => {
  const { log, lines, tick } = told(t)
  for (let n = 0; n < 10; n++) {
    log.failed('erp', 'refused')
    tick(1000)
    log.works('erp')
    tick(1000)
  }
  assert.deepEqual(lines.splice(0), ['erp: refused', 'erp works after 1 s and 1 failure'])
  tick(minute)
  assert.deepEqual(lines.splice(0), ['erp: failed 9 times more within 79 s, and works now: refused'])
  tick(2 * minute)
  log.failed('erp', 'refused')
  assert.deepEqual(lines, ['erp: refused'])
})

test('names do not share a trouble', t => {
  const { log, lines } = told(t)
  log.failed('erp', 'refused')
  log.failed('mes', 'refused')
  log.works('crm')
  assert.deepEqual(lines, ['erp: refused', 'mes: refused'])
})
