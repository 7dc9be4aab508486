import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canonicalTime, instantOf, timeLike } from './cursor-time.ts'

const cursor = { time: 't', key: 'k' }
const china = { ...cursor, zone: '+08:00' }

const moments = [
  ['2026-05-01T08:30:00.123456+08:00', cursor, '2026-05-01T00:30:00.123Z'],
  ['2026-05-01T08:30:00.5Z', cursor, '2026-05-01T08:30:00.500Z'],
  ['2026-05-01 08:30:00', cursor, '2026-05-01T08:30:00.000Z'],
  ['2026-05-01 08:30:00', china, '2026-05-01T00:30:00.000Z'],
  ['2026-05-01 08:30', cursor, '2026-05-01T08:30:00.000Z'],
  ['2026-05-01', china, '2026-04-30T16:00:00.000Z'],
  ['2026-05-01T08:30:00-0530', cursor, '2026-05-01T14:00:00.000Z'],
  [1777624200123, cursor, '2026-05-01T08:30:00.123Z'],
  ['1777624200123', cursor, '2026-05-01T08:30:00.123Z'],
  [1777624200, { ...cursor, unit: 's' }, '2026-05-01T08:30:00.000Z'],
  ['1777624200', { ...cursor, unit: 's' }, '2026-05-01T08:30:00.000Z'],
] as const

describe('times of a cursor', () => {
  it('are understood in every way in which columns hold them', () => {
    for (const [time, of, expected] of moments)
      assert.equal(new Date(instantOf(time, of) ?? Number.NaN).toISOString(), expected, String(time))
    for (const odd of ['infinity', '', 'yesterday', null, '2026-13-01'])
      assert.equal(instantOf(odd, cursor), undefined)
  })

  it('are moved in the way in which the column holds them', () => {
    for (const [time, of] of moments) {
      const instant = instantOf(time, of) as number
      const minute = timeLike(time, instant - 60_000, of)
      if (String(time).length === 10 && typeof time === 'string' && time.includes('-')) continue
      assert.equal(instantOf(minute, of), instant - 60_000, `${time} -> ${minute}`)
      assert.equal(typeof minute, typeof time)
    }
    assert.equal(
      timeLike('2026-05-01 08:30:00', Date.UTC(2026, 3, 30, 23, 59, 59), china),
      '2026-05-01 07:59:59',
    )
    assert.equal(timeLike('2026-05-01', Date.UTC(2026, 3, 30, 23), cursor), '2026-04-30')
  })

  it('have one canonical form in all zones, with all digits', () => {
    assert.equal(canonicalTime('2026-05-01T08:30:00.12345+08:00', cursor), '2026-05-01T00:30:00.12345Z')
    assert.equal(canonicalTime('2026-05-01T00:30:00.12345Z', cursor), '2026-05-01T00:30:00.12345Z')
    assert.equal(canonicalTime('infinity', cursor), 'infinity')
    assert.equal(canonicalTime(17, cursor), '17')
  })
})
