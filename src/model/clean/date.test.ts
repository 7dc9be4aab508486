import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IsthmusError } from '../../errors.ts'
import { date, dateTime, localTime } from './index.ts'

const unclean = (error: unknown) => error instanceof IsthmusError && error.code === 'CLEAN-VALUE'

test('a date in each notation that has one meaning', () => {
  const same = ['2026-05-01', '2026/5/1', '2026.05.01', '20260501', '2026年5月1日', '2026 年 5 月 1 号']
  const chinese = [
    '二〇二六年五月一日',
    '民国115年5月1日',
    '中華民國一一五年五月一日',
    '民国115/05/01',
    '2026年5月1日 星期五',
  ]
  const named = [
    '1 May 2026',
    'May 1, 2026',
    '1st May 2026',
    'Fri, 1 May 2026',
    '1. Mai 2026',
    '1-MAY-2026',
    '1 mai 2026',
  ]
  for (const text of [
    ...same,
    ...chinese,
    ...named,
    '２０２６－０５－０１',
    '2026-05-01 00:00:00',
    '2026-05-01T00:00:00Z',
  ])
    assert.equal(date()(text), '2026-05-01', text)
  assert.equal(date()('二〇二六年十二月三十一日'), '2026-12-31')
  assert.equal(date()('31/12/2026'), '2026-12-31')
  assert.equal(date()('12/31/2026'), '2026-12-31')
  assert.equal(date()('05.05.2026'), '2026-05-05')
})

test('what may be another date, or is none, is refused', () => {
  const open = ['04/05/2026', '1.2.2026', '1-May-26', '26-05-01', '二六年五月一日', '45000']
  const none = [
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '20260230',
    '31/04/2026',
    '2026年2月30日',
    '',
    'May 2026',
    '2026-05',
  ]
  for (const text of [...open, ...none, '2026-05-01 10:00', '2026-5/1', '1 Mayo 2026', '0000-01-01', 'today'])
    assert.throws(() => date()(text), unclean, text)
})

test('declared rules decide order, century and date system', () => {
  assert.equal(date({ order: 'dmy' })('04/05/2026'), '2026-05-04')
  assert.equal(date({ order: 'mdy' })('04/05/2026'), '2026-04-05')
  assert.throws(() => date({ order: 'mdy' })('13/05/2026'), unclean)
  const pivot = date({ order: 'dmy', pivot: 49 })
  assert.deepEqual([pivot('4.5.49'), pivot('4.5.50')], ['2049-05-04', '1950-05-04'])
  assert.equal(pivot.name, "date({ order: 'dmy', pivot: 49 })")
})

test('a short year ahead is read where it is declared, and never taken for a day', () => {
  const short = date({ order: 'ymd', pivot: 49 })
  for (const text of ['26/05/01', '26-5-1', '26.5.1', '2026/5/1'])
    assert.equal(short(text), '2026-05-01', text)
  for (const text of ['26/05/01', '13/05/26', '31.12.01'])
    assert.throws(() => date({ pivot: 49 })(text), { code: 'CLEAN-VALUE', message: /one meaning|year/ }, text)
  assert.equal(date({ pivot: 49 })('13/05/99'), '1999-05-13')
  assert.throws(() => short('01/05/2026'), unclean)
})

test('dates as exports of China have them', () => {
  for (const text of ['2026。5。1', '2026、5、1', '2026-05-01（五）', '2026-05-01 星期五', '20260501000000'])
    assert.equal(date()(text), '2026-05-01', text)
  const moment = dateTime({ zone: 'Asia/Shanghai' })
  for (const text of ['20260501083000', '20260501 0830', '2026-05-01 星期五 8:30', '2026/5/1 AM 8:30'])
    assert.equal(moment(text), '2026-05-01T00:30:00.000Z', text)
  for (const text of ['2026050108300', '2026050125300099', '2026-05-01 上午8:30 PM', '2026/5/1 AM'])
    assert.throws(() => moment(text), unclean, text)
})

test('serial numbers of both date systems, without the day that Excel has and no calendar', () => {
  const windows = date({ serial: 1900 })
  const known = {
    1: '1900-01-01',
    59: '1900-02-28',
    61: '1900-03-01',
    45000: '2023-03-15',
    2958465: '9999-12-31',
  }
  for (const [serial, day] of Object.entries(known)) {
    assert.equal(windows(serial), day)
    assert.equal(windows(Number(serial)), day)
  }
  for (const wrong of [0, 60, -1, 2958466, 45000.5])
    assert.throws(() => windows(wrong), unclean, String(wrong))
  const mac = date({ serial: 1904 })
  assert.deepEqual([mac(0), mac(1), mac(43538)], ['1904-01-01', '1904-01-02', '2023-03-15'])
  assert.equal(dateTime({ zone: 'UTC', serial: 1900 })(45000.75), '2023-03-15T18:00:00.000Z')
  assert.equal(dateTime({ zone: 'UTC', serial: 1900 })(45000), '2023-03-15T00:00:00.000Z')
})

test('every day is read back from each notation', () => {
  const [first, last] = [Date.UTC(1000, 0, 1), Date.UTC(9999, 11, 31)]
  fc.assert(
    fc.property(fc.integer({ min: first, max: last }), moment => {
      const day = new Date(moment).toISOString().slice(0, 10)
      const [y, m, d] = day.split('-').map(Number)
      for (const text of [day, day.replaceAll('-', ''), `${y}年${m}月${d}日`, `${y}/${m}/${d}`])
        assert.equal(date()(text), day)
      assert.equal(date({ order: 'dmy' })(`${d}.${m}.${y}`), day)
      assert.equal(date({ order: 'mdy' })(`${m}/${d}/${y}`), day)
    }),
  )
})

test('a moment, in its zone or by its offset', () => {
  const clean = dateTime({ zone: 'Asia/Shanghai' })
  const known = {
    '2026-05-01 08:30': '2026-05-01T00:30:00.000Z',
    '2026年5月1日 下午3时20分': '2026-05-01T07:20:00.000Z',
    '2026年5月1日上午9点半': '2026-05-01T01:30:00.000Z',
    '2026/5/1 8:30 PM': '2026-05-01T12:30:00.000Z',
    '2026/5/1 12:00 AM': '2026-04-30T16:00:00.000Z',
    '2026-05-01T08:30:00+02:00': '2026-05-01T06:30:00.000Z',
    '2026-05-01T08:30:00.123456Z': '2026-05-01T08:30:00.123Z',
    '20260501T083000Z': '2026-05-01T08:30:00.000Z',
    '2026-05-01T08:30:00.000Z': '2026-05-01T08:30:00.000Z',
  }
  for (const [text, moment] of Object.entries(known)) assert.equal(clean(text), moment, text)
  const wrong = [
    '2026-05-01',
    '2026-05-01 25:00',
    '2026-05-01 10:60',
    '2026-05-01 13:00 PM',
    '2026-05-01T08:30:00+99:00',
  ]
  for (const text of [...wrong, '1986-05-04 02:30']) assert.throws(() => clean(text), unclean, text)
})

test('a local time is the moment that clocks in its zone show, in summer and winter', () => {
  const berlin = localTime('Europe/Berlin')
  assert.equal(berlin('2026-01-15 08:30:00'), '2026-01-15T07:30:00.000Z')
  assert.equal(berlin('2026/07/15 08:30'), '2026-07-15T06:30:00.000Z')
  assert.equal(berlin('2026-03-29T03:00:00'), '2026-03-29T01:00:00.000Z')
  assert.equal(berlin('2026-10-25 01:59:59'), '2026-10-24T23:59:59.000Z')
  assert.equal(localTime('Asia/Tokyo')('2026-01-01 00:00:00'), '2025-12-31T15:00:00.000Z')
  assert.equal(localTime('Australia/Lord_Howe')('2026-01-15 12:00:00'), '2026-01-15T01:00:00.000Z')
  // A zone that skipped a whole day.
  assert.equal(localTime('Pacific/Apia')('2011-12-31 00:30:00'), '2011-12-30T10:30:00.000Z')
  assert.throws(() => localTime('Pacific/Apia')('2011-12-30 12:00:00'), unclean)
})

test('a local time that a clock change skips or repeats is refused, and so is one that no calendar has', () => {
  const berlin = localTime('Europe/Berlin')
  const wrong = ['2026-03-29 02:30:00', '2026-10-25 02:30:00', '2026-02-30 10:00:00', '2026-13-01 10:00:00']
  for (const text of [
    ...wrong,
    '2026-01-01 24:00:00',
    '2026-01-01 10:60:00',
    '2026-01-01',
    '01.02.2026 10:00',
  ])
    assert.throws(() => berlin(text), unclean, text)
})

test('declared rules decide times that clocks repeat or skip', () => {
  const earlier = localTime('Europe/Berlin', { repeated: 'earlier' })
  const later = localTime('Europe/Berlin', { repeated: 'later', skipped: 'unchanged' })
  assert.equal(earlier('2026-10-25 02:30:00'), '2026-10-25T00:30:00.000Z')
  assert.equal(later('2026-10-25 02:30:00'), '2026-10-25T01:30:00.000Z')
  assert.equal(later('2026-03-29 02:30:00'), '2026-03-29T01:30:00.000Z')
  assert.throws(() => earlier('2026-03-29 02:30:00'), unclean)
})

test('moments of every zone and time are found again from what its clocks show', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia']
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: Date.UTC(1990, 0, 1) / 1000, max: Date.UTC(2030, 0, 1) / 1000 }),
      (zone, seconds) => {
        const shown = new Date(seconds * 1000).toLocaleString('sv-SE', { timeZone: zone })
        const found = [
          localTime(zone, { repeated: 'earlier' })(shown),
          localTime(zone, { repeated: 'later' })(shown),
        ]
        assert.ok(found.includes(new Date(seconds * 1000).toISOString()), `${zone} ${shown}`)
      },
    ),
    { numRuns: 500 },
  )
})
