import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { duePeriods, periodEnding, plannedBefore, plannedTimes } from './timetable.ts'

const at = Date.parse
const iso = (time: number) => new Date(time).toISOString()

describe('the timetable of a pipeline', () => {
  it('lets each planned time end one period and begin the next', () => {
    const nightly = { cron: '0 2 * * *', zone: 'Asia/Shanghai' }
    const until = at('2026-05-02T02:00:00+08:00')
    assert.deepEqual(periodEnding(nightly, until), { from: at('2026-05-01T02:00:00+08:00'), until })
    assert.equal(periodEnding(nightly, until + 1), undefined)
  })

  it('has one period for a night in which clocks go back, and one for a night in which they go forward', () => {
    const berlin = { cron: '30 2 * * *', zone: 'Europe/Berlin' }
    const autumn = plannedTimes(berlin, at('2026-10-24T12:00:00Z'), at('2026-10-26T12:00:00Z'))
    assert.deepEqual(autumn.map(iso), ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'])
    const spring = plannedTimes(berlin, at('2026-03-28T12:00:00Z'), at('2026-03-30T12:00:00Z'))
    assert.equal(spring.length, 2, spring.map(iso).join())
    assert.equal(iso(spring[1] as number), '2026-03-30T00:30:00.000Z')
  })

  it('leaves no time between two periods, and none twice', () => {
    for (const schedule of [{ cron: '17 3 * * MON-FRI', zone: 'Europe/Berlin' }, { every: '15m' }]) {
      let last = plannedBefore(schedule, at('2026-03-20T00:00:00Z'))
      for (const until of plannedTimes(schedule, last, at('2026-04-05T00:00:00Z'))) {
        assert.equal(periodEnding(schedule, until)?.from, last)
        last = until
      }
    }
  })

  it('makes up for all periods that were missed, for the last, or for none', () => {
    const started = at('2026-05-01T10:30:00Z')
    const due = (missed: 'all' | 'last' | 'none') =>
      duePeriods(
        { every: '1h', missed },
        at('2026-05-01T07:00:00Z'),
        at('2026-05-01T11:00:00Z'),
        started,
      ).map(({ until }) => iso(until).slice(11, 13))
    assert.deepEqual(due('all'), ['08', '09', '10', '11'])
    assert.deepEqual(due('last'), ['10', '11'])
    assert.deepEqual(due('none'), ['11'])
  })

  it('knows the last time that was missed, however many there were', () => {
    const [started, now] = [at('2026-06-01T10:30:30Z'), at('2026-06-01T10:31:00Z')]
    const due = (missed: 'last' | 'none') =>
      duePeriods({ every: '1m', missed }, at('2026-05-01T00:00:00Z'), now, started).map(({ until }) =>
        iso(until),
      )
    assert.deepEqual(due('last'), ['2026-06-01T10:30:00.000Z', '2026-06-01T10:31:00.000Z'])
    assert.deepEqual(due('none'), ['2026-06-01T10:31:00.000Z'])
  })

  it('has one period for each day, without a gap, wherever clocks change', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
      'America/Havana',
    ]
    for (const zone of zones)
      for (const cron of ['30 2 * * *', '0 0 * * *', '59 23 * * *']) {
        const schedule = { cron, zone }
        let last = plannedBefore(schedule, at('2026-03-01T00:00:00Z'))
        const times = plannedTimes(schedule, last, at('2026-11-20T00:00:00Z'))
        const days = new Set(
          times.map(time => new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(time)),
        )
        assert.equal(days.size, times.length, `${cron} ${zone}: one a day`)
        for (const until of times) {
          if (until - last !== 24 * 3_600_000)
            assert.deepEqual(periodEnding(schedule, until), { from: last, until })
          assert.ok(until - last <= 25 * 3_600_000, `${cron} ${zone} ${iso(until)}: a night was left out`)
          last = until
        }
      }
  })
})
