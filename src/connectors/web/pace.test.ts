import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from './pace.ts'
import { robotRules } from './robots.ts'

const never = new AbortController().signal
const answer = (status: number, text = '') => ({ status, headers: {}, body: Buffer.from(text) })

test('between the begins of two requests there is the pause, whoever makes them', async () => {
  const pace = new Pace(30)
  const began: number[] = []
  const ask = async () => {
    await pace.turn(never)
    began.push(performance.now())
  }
  const first = performance.now()
  await Promise.all([ask(), ask(), ask()])
  // Timers count whole milliseconds.
  for (const [n, at] of began.entries()) assert.ok(at - first >= n * 30 - 2)
})

test('robots.txt names the pause, and an unreadable one allows nothing', async () => {
  const rules = await robotRules('https://x.test', answer(200, 'User-agent: *\nCrawl-delay: 7\nDisallow: /a'))
  assert.deepEqual([rules.delay, rules.allows('/a/b'), rules.allows('/b')], [7, false, true])
  assert.equal((await robotRules('https://x.test', answer(404))).allows('/a'), true)
  await assert.rejects(robotRules('https://x.test', answer(500)), { code: 'TARGET-UNAVAILABLE' })
})
