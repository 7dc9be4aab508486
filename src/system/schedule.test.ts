import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery, Position } from '../message/message.ts'
import { ScheduleSource } from './own-schedules.ts'
import type { Intake } from './roles.ts'
import { nextOf, type ScheduleOptions, schedule } from './schedule.ts'

const at = (text: string) => Date.parse(text)
const iso = (time: number) => new Date(time).toISOString()

/** Runs a schedule from the position on until nothing more is due; gives what it delivered. */
async function delivered(options: ScheduleOptions, position: Position | undefined, now: string) {
  const stop = new AbortController()
  const times: string[] = []
  let kept = position
  const intake: Intake = {
    position: async () => position,
    accept: async (deliveries: readonly Delivery[], accepted) => {
      times.push(...deliveries.map(({ id }) => id ?? ''))
      kept = accepted?.position ?? kept
      return []
    },
  }
  const clock = () => at(now)
  const running = new ScheduleSource(options, clock).run(intake, stop.signal)
  // All that is due is handed over before it sleeps.
  for (let n = 0; n < 50; n++) await new Promise(resolve => setImmediate(resolve))
  stop.abort()
  await running
  return { times, kept }
}

test('times are multiples of an interval, or those of a cron pattern in its zone, also when clocks change', () => {
  const hourly = nextOf({ every: '1h' })
  assert.equal(iso(hourly(at('2026-03-01T05:00:00Z'))), '2026-03-01T06:00:00.000Z')
  assert.equal(iso(hourly(at('2026-03-01T05:59:59Z'))), '2026-03-01T06:00:00.000Z')
  const morning = nextOf({ cron: '0 6 * * MON-FRI', zone: 'Asia/Shanghai' })
  assert.equal(iso(morning(at('2026-02-27T22:00:00Z'))), '2026-03-01T22:00:00.000Z')
  const berlin = nextOf({ cron: '0 6 * * *', zone: 'Europe/Berlin' })
  assert.equal(iso(berlin(at('2026-03-28T05:00:00Z'))), '2026-03-29T04:00:00.000Z')
})

test('every planned time that was missed is delivered once, the last one only, or none', async () => {
  const last = at('2026-03-01T00:00:00Z')
  const now = '2026-03-01T02:30:00Z'
  const hours = ['2026-03-01T01:00:00.000Z', '2026-03-01T02:00:00.000Z']
  assert.deepEqual(await delivered({ every: '1h' }, last, now), { times: hours, kept: at(hours[1] ?? '') })
  assert.deepEqual((await delivered({ every: '1h', missed: 'last' }, last, now)).times, [hours[1]])
  assert.deepEqual((await delivered({ every: '1h', missed: 'none' }, last, now)).times, [])
  const many = await delivered({ every: '1s', missed: 'last' }, last, now)
  assert.deepEqual(many.times, ['2026-03-01T02:29:59.000Z', '2026-03-01T02:30:00.000Z'])
  assert.equal((await delivered({ every: '1s' }, last, now)).times.length, 9000)
})

test('at the first start the plan begins: nothing is made up for, and a crash before the first time loses none', async () => {
  const first = await delivered({ every: '1h' }, undefined, '2026-03-01T00:30:00Z')
  assert.deepEqual(first, { times: [], kept: at('2026-03-01T00:30:00Z') })
  const second = await delivered({ every: '1h' }, first.kept, '2026-03-01T01:30:00Z')
  assert.deepEqual(second.times, ['2026-03-01T01:00:00.000Z'])
})

test('what cannot be planned is refused where it is declared', () => {
  const wrong: ScheduleOptions[] = [
    {},
    { every: '1h', cron: '0 6 * * *' },
    { every: '10ms' },
    { every: '1h', zone: 'UTC' },
    { cron: 'at six' },
    { cron: '0 6 * * *', zone: 'Mars/Olympus' },
    { every: '1h', missed: 'some' as never },
  ]
  for (const options of wrong)
    assert.throws(
      () => schedule('plan', options),
      /schedule\.test\.ts:\d+: schedule plan: /,
      JSON.stringify(options),
    )
})
