import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { calendar, isWorkday } from './calendar.ts'
import { nextOf } from './schedule.ts'

describe('a calendar', () => {
  const china = calendar({ holidays: ['2026-10-01', '2026-10-02', '2026-10-05'], workdays: ['2026-10-10'] })

  it('knows weekends, holidays, and weekends on which there is work', () => {
    const days = ['2026-09-30', '2026-10-01', '2026-10-03', '2026-10-06', '2026-10-10', '2026-10-11']
    assert.deepEqual(
      days.map(day => isWorkday(china, day)),
      [true, false, false, true, true, false],
    )
  })

  it('keeps a schedule from the days without work, as its zone counts them', () => {
    const next = nextOf({ cron: '0 2 * * *', zone: 'Asia/Shanghai', on: china })
    const times: string[] = []
    let time = Date.parse('2026-09-30T00:00:00+08:00')
    for (let n = 0; n < 6; n++) {
      time = next(time)
      times.push(new Date(time + 8 * 3_600_000).toISOString().slice(5, 13))
    }
    assert.deepEqual(times, ['09-30T02', '10-06T02', '10-07T02', '10-08T02', '10-09T02', '10-10T02'])
  })

  it('refuses days that do not exist, and days that are both', () => {
    assert.throws(() => calendar({ holidays: ['2026-02-30'] }), /2026-02-30/)
    assert.throws(
      () => calendar({ holidays: ['2026-10-01'], workdays: ['2026-10-01'] }),
      /holiday and a workday/,
    )
  })

  it('ends a schedule that would never come', () => {
    const never = calendar({ weekend: ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] })
    assert.equal(nextOf({ every: '1h', on: never })(0), Number.POSITIVE_INFINITY)
  })
})
