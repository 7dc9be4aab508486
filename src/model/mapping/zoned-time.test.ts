import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { addDays, businessDate, instant, isoWeek, localDate, localTimeOf, period } from './zoned-time.ts'

const coded = (code: string) => (error: unknown) => error instanceof IsthmusError && error.code === code

test('local times and moments, over changes of clocks', () => {
  assert.equal(instant('2026-05-01 08:30:00', 'Asia/Shanghai'), '2026-05-01T00:30:00.000Z')
  assert.equal(localTimeOf('2026-07-15T06:30:00Z', 'Europe/Berlin'), '2026-07-15T08:30:00')
  assert.equal(localTimeOf('2026-01-15T23:30:00-05:00', 'Asia/Shanghai'), '2026-01-16T12:30:00')
  assert.equal(localDate('2026-03-29T22:30:00Z', 'Europe/Berlin'), '2026-03-30')
  assert.throws(() => instant('2026-03-29 02:30:00', 'Europe/Berlin'), coded('CLEAN-VALUE'))
  assert.throws(() => localDate('2026-05-01', 'Asia/Shanghai'), coded('MAP-VALUE'))
  assert.throws(() => localDate('2026-05-01T00:00:00Z', 'Asia/Peking'), coded('FLOW-DEFINITION'))
})

test('a business day begins at its cut-off, by the clocks of the place', () => {
  assert.equal(businessDate('2026-05-01T21:59:00Z', 'Asia/Shanghai', '06:00'), '2026-05-01')
  assert.equal(businessDate('2026-05-01T22:00:00Z', 'Asia/Shanghai', '06:00'), '2026-05-02')
  assert.equal(businessDate('2026-02-28T20:00:00Z', 'Asia/Shanghai', '06:00'), '2026-02-28')
  assert.throws(() => businessDate('2026-05-01T00:00:00Z', 'UTC', '6:00'), coded('FLOW-DEFINITION'))
})

test('weeks of ISO 8601, fiscal periods, days', () => {
  const weeks = {
    '2024-12-30': '2025-W01',
    '2021-01-03': '2020-W53',
    '2026-01-01': '2026-W01',
    '2027-01-01': '2026-W53',
    '1969-12-31': '1970-W01',
  }
  for (const [date, week] of Object.entries(weeks)) assert.equal(isoWeek(date), week, date)
  assert.equal(period('2026-05-31'), '2026-05')
  assert.equal(period('2026-04-01', 4), '2027-01')
  assert.equal(period('2026-03-31', 4), '2026-12')
  assert.equal(addDays('2024-02-28', 2), '2024-03-01')
  assert.equal(addDays('2026-01-01', -1), '2025-12-31')
  for (const wrong of ['2026-02-29', '2026-1-1', '20260101', ''])
    assert.throws(() => addDays(wrong, 1), coded('MAP-VALUE'), wrong)
})
