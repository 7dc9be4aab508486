import { IsthmusError } from '../../errors.ts'
import { localTime } from '../clean/time.ts'
import { isProbing, noAnswer } from '../probing.ts'

/** Of a sample that is no date: any will do. */
const sampleDate = '2026-01-01'

interface Clock {
  readonly toInstant: (local: string) => string
  readonly shown: Intl.DateTimeFormat
}

const clocks = new Map<string, Clock>()

/** Formatters are costly to make. Throws FLOW-DEFINITION for what is no zone. */
function clockOf(zone: string): Clock {
  let clock = clocks.get(zone)
  if (clock) return clock
  try {
    const shown = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'medium',
    })
    clock = { toInstant: localTime(zone), shown }
  } catch (cause) {
    throw new IsthmusError('FLOW-DEFINITION', `"${zone}" is no time zone of the IANA database.`, { cause })
  }
  clocks.set(zone, clock)
  return clock
}

/**
 * The moment at which clocks in a zone show a local time (`2026-05-01 08:30:00`), as RFC 3339 in UTC. Parks a time that a
 * change of clocks skips or repeats, since it says no single moment.
 */
export function instant(local: string, zone: string): string {
  const clock = clockOf(zone)
  try {
    return clock.toInstant(local)
  } catch (error) {
    if (isProbing()) return `${sampleDate}T00:00:00.000Z`
    throw error
  }
}

/** What clocks in a zone show at a moment (RFC 3339 with its offset), to the second: `2026-05-01T08:30:00`. */
export function localTimeOf(moment: string, zone: string): string {
  const { shown } = clockOf(zone)
  return shown.format(momentOf(moment)).replace(' ', 'T')
}

/** The day of a moment in a zone. */
export function localDate(moment: string, zone: string): string {
  return localTimeOf(moment, zone).slice(0, 10)
}

/**
 * The day to which a moment belongs where days do not begin at midnight: before `cutOff` (`06:00`, local) it is still the day
 * before, as with a night shift or a till that is closed late.
 */
export function businessDate(moment: string, zone: string, cutOff: string): string {
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(cutOff))
    throw new IsthmusError('FLOW-DEFINITION', `"${cutOff}" is no time of day. Write "06:00".`)
  const local = localTimeOf(moment, zone)
  const date = local.slice(0, 10)
  return local.slice(11, 16) < cutOff ? addDays(date, -1) : date
}

export function addDays(date: string, days: number): string {
  return dateText(dayOf(date) + days)
}

/** `2026-W01`: the week of ISO 8601 (5.1.6), which begins on Monday; the first is that of the first Thursday. */
export function isoWeek(date: string): string {
  const day = dayOf(date)
  const thursday = day + 3 - ((day + 3) % 7)
  const year = dateText(thursday).slice(0, 4)
  const week = Math.floor((thursday - dayOf(`${year}-01-01`)) / 7) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

/**
 * `2026-02`: the fiscal year and the period in it, of a year that begins with `firstMonth` (1 to 12) and is named after the
 * calendar year in which it ends.
 */
export function period(date: string, firstMonth = 1): string {
  const [year, month] = dateText(dayOf(date)).split('-').map(Number) as [number, number]
  const number = ((month - firstMonth + 12) % 12) + 1
  const named = firstMonth > 1 && month >= firstMonth ? year + 1 : year
  return `${named}-${String(number).padStart(2, '0')}`
}

const dayLength = 86_400_000

/** Days since 1970-01-01, a Thursday. Parks what is no date of the calendar. */
function dayOf(date: string): number {
  const day = Date.parse(`${date}T00:00:00Z`) / dayLength
  if (/^\d{4}-\d{2}-\d{2}$/.test(date) && Number.isInteger(day) && dateText(day) === date) return day
  return noAnswer(`${JSON.stringify(date)} is no date such as 2026-05-01.`, 0)
}

function dateText(day: number): string {
  return new Date(day * dayLength).toISOString().slice(0, 10)
}

function momentOf(text: string): number {
  const moment = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*([Zz]|[+-]\d{2}:?\d{2})$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  return Number.isNaN(moment)
    ? noAnswer(`${JSON.stringify(text)} is no moment with its offset from UTC.`, 0)
    : moment
}
