import { type Cleaner, named, unclean } from './cleaner.ts'

/** What a local time means that a clock change skips or repeats. */
export interface ClockRules {
  /** Of a time that was there twice: the moment it came first, or second. Default: it is refused. */
  readonly repeated?: 'earlier' | 'later'
  /** Of a time that never was: the moment that a clock shows which was not put forward. Default: it is refused. */
  readonly skipped?: 'unchanged'
}

/** What a clock shows. */
export interface Clock {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly ms: number
}

/**
 * A local time stamp without zone (`2026-05-01 08:30:00`, also with `T` or slashes) as RFC 3339 in UTC. `zone` is an
 * IANA name. A local time that clock changes skip or repeat is refused, since it says no single moment, unless `rules`
 * decide. What is in UTC already stays.
 */
export function localTime(zone: string, rules: ClockRules = {}): Cleaner<string, string> {
  offsetsOf(zone)
  const told = Object.entries(rules).map(([key, value]) => `${key}: '${value}'`)
  const name = `localTime('${zone}'${told.length > 0 ? `, { ${told.join(', ')} }` : ''})`
  return named(name, value => {
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return stamp(value)
    const wall = wallOf(value.length > 40 ? '' : value.trim())
    if (wall === undefined) throw unclean(value, 'a local time like 2026-05-01 08:30:00')
    if (Number.isNaN(wall)) throw unclean(value, 'a date and time that exist')
    return new Date(momentAt(wall, zone, rules, value)).toISOString()
  })
}

/** What the text shows, told as if it were UTC; NaN for a date or time that no calendar or clock has. */
function wallOf(text: string): number | undefined {
  if (!/^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d)?$/.test(text)) return undefined
  const two = (at: number) => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528
  const [year, month, dayOfMonth] = [two(0) * 100 + two(2), two(5), two(8)]
  const [hour, minute, second] = [two(11), two(14), text.length > 16 ? two(17) : 0]
  const isDay = month >= 1 && month <= 12 && dayOfMonth >= 1 && dayOfMonth <= daysOf(year, month)
  if (!isDay || year < 100 || hour > 23 || minute > 59 || second > 59) return Number.NaN
  return Date.UTC(year, month - 1, dayOfMonth, hour, minute, second)
}

/** Of the Gregorian calendar. */
export function daysOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function stamp(value: string): string {
  const moment = new Date(value)
  if (Number.isNaN(moment.getTime()) || moment.toISOString() !== value)
    throw unclean(value, 'a date and time that exist')
  return value
}

const day = 86_400_000

/** The moment at which clocks in a zone show `wall`, told as if it were UTC. */
export function momentAt(wall: number, zone: string, rules: ClockRules, value: unknown): number {
  const offsets = offsetsOf(zone)
  const before = offsets.at(wall - day)
  const after = offsets.at(wall + day)
  // Without a change of clocks nearby, as nearly always.
  if (before === after && offsets.at(wall - before) === before) return wall - before
  const moments = [before, offsets.at(wall - before), after]
    .map(offset => wall - offset)
    .filter((moment, n, all) => all.indexOf(moment) === n && moment + offsets.at(moment) === wall)
    .sort((a, b) => a - b)
  const [first, second] = moments
  if (first === undefined) {
    if (rules.skipped === 'unchanged') return wall - before
    throw unclean(value, `one moment in ${zone}: clocks skipped it`)
  }
  if (second === undefined) return first
  if (rules.repeated) return rules.repeated === 'earlier' ? first : (moments.at(-1) as number)
  throw unclean(value, `one moment in ${zone}: clocks showed it twice`)
}

/** In the place of an offset: clocks change on that day. */
const changes = Number.MAX_SAFE_INTEGER

/** How far the clocks of one zone are ahead of UTC. */
class Offsets {
  readonly #shown: Intl.DateTimeFormat
  /** By day since 1970: days without a change of clocks. Bounded. */
  readonly #days = new Map<number, number>()

  constructor(zone: string) {
    this.#shown = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'medium',
    })
  }

  /** In milliseconds, at a moment. */
  at(moment: number): number {
    const of = Math.floor(moment / day)
    let known = this.#days.get(of)
    if (known === undefined) {
      const [start, end] = [this.#ask(of * day), this.#ask((of + 1) * day)]
      if (this.#days.size >= 20_000) this.#days.clear()
      known = start === end ? start : changes
      this.#days.set(of, known)
    }
    return known === changes ? this.#ask(moment) : known
  }

  #ask(moment: number): number {
    return Date.parse(`${this.#shown.format(moment).replace(' ', 'T')}Z`) - Math.floor(moment / 1000) * 1000
  }
}

const zones = new Map<string, Offsets>()

function offsetsOf(zone: string): Offsets {
  let known = zones.get(zone)
  if (!known) {
    known = new Offsets(zone)
    zones.set(zone, known)
  }
  return known
}
