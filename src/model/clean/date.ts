import { chineseNumber } from './chinese-number.ts'
import { type Cleaner, named, plainText, unclean } from './cleaner.ts'
import { type Clock, type ClockRules, daysOf, momentAt } from './time.ts'

/** How dates are written where that cannot be seen from them. Nothing of it is guessed. */
export interface DateRules {
  /**
   * Of `03/04/2026`. Without it, only dates are taken of which one part is above 12, or both are the same. `ymd` is that of
   * `26/05/01`, and needs a pivot.
   */
  readonly order?: 'dmy' | 'mdy' | 'ymd'
  /** The last year of this century that two digits stand for: with 49, `49` is 2049 and `50` is 1950. Without it, two digits are refused. */
  readonly pivot?: number
  /** The date system of serial numbers of spreadsheets: that of Excel for Windows, or the one that begins in 1904. Without it, they are refused. */
  readonly serial?: 1900 | 1904
}

/** A date as `2026-05-01`, of any notation with one meaning. A time beside it must be midnight. */
export function date(rules: DateRules = {}): Cleaner<string | number, string> {
  return named(nameOf('date', rules), value => {
    if (typeof value === 'string' && isIsoDate(value)) return checked(value, value)
    const { day, rest } = dateIn(value, rules)
    if (!/^(?:[T ]?0{1,2}:00(?::00(?:\.0+)?)?(?: ?[Zz])?)?$/.test(rest))
      throw unclean(value, 'a date without a time')
    return day
  })
}

/**
 * A moment as RFC 3339 in UTC. A time without an offset is of `zone`, an IANA name; by default one that clock changes skip
 * or repeat is refused.
 */
export function dateTime(
  rules: DateRules & ClockRules & { readonly zone: string },
): Cleaner<string | number, string> {
  const { zone } = rules
  return named(nameOf('dateTime', rules), value => {
    if (
      typeof value === 'string' &&
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
      isMoment(value)
    )
      return value
    const { day, rest } = dateIn(value, rules)
    const { clock, offset } = timeIn(rest, value)
    const wall =
      Date.parse(`${day}T00:00Z`) + ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1000 + clock.ms
    const moment = offset === undefined ? momentAt(wall, zone, rules, value) : wall - offset * 60_000
    const made = new Date(moment).toISOString()
    // Of years that have not four digits RFC 3339 knows nothing.
    if (made.length !== 24) throw unclean(value, 'a moment of the years 0 to 9999')
    return made
  })
}

const longest = 60
const wanted = 'a date'

interface Found {
  readonly day: string
  /** What stands behind the date. */
  readonly rest: string
}

function dateIn(value: string | number, rules: DateRules): Found {
  if (typeof value === 'number') return { day: serialDay(value, value, rules), rest: serialTime(value) }
  const text = plainText(value, longest, wanted).replace(/\s+/g, ' ')
  return (
    yearFirst(text, value) ??
    shortYearFirst(text, value, rules) ??
    chinese(text, value) ??
    yearLast(text, value, rules) ??
    withMonthName(text, value, rules) ??
    serial(text, value, rules) ??
    refuse(value, wanted)
  )
}

function refuse(value: unknown, what: string): never {
  throw unclean(value, what)
}

function yearFirst(text: string, value: string): Found | undefined {
  const parts =
    /^(\d{4})([-/.、。])(\d{1,2})\2(\d{1,2})(?!\d)|^(\d{4})(\d\d)(\d\d)(?=\d{4}(?:\d\d)?$|(?!\d))/.exec(text)
  if (!parts) return undefined
  const [all, y1, , m1, d1, y2, m2, d2] = parts
  const rest = text
    .slice(all.length)
    .trimStart()
    .replace(weekdayAhead, '')
    .replace(/^(\d\d)(\d\d)(\d\d)?$/, timeWithColons)
  return { day: dayOf(y1 ?? y2, m1 ?? m2, d1 ?? d2, value), rest }
}

/** 星期五, (五) behind a date: not compared with it. */
const weekdayAhead = /^(?:[(（]?(?:星期|周|週|礼拜)[一二三四五六日天][)）]?|[(（][一二三四五六日][)）]) ?/

function shortYearFirst(text: string, value: string, rules: DateRules): Found | undefined {
  const parts = rules.order === 'ymd' ? /^(\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?!\d)/.exec(text) : null
  if (!parts) return undefined
  const [all, year = '', , month, day] = parts
  return {
    day: dayOf(yearOf(year, value, rules), month, day, value),
    rest: text.slice(all.length).trimStart(),
  }
}

const numeral = '[0-9零〇○一二三四五六七八九十廿卅]'
const chinesePattern = new RegExp(
  `^(中华民国|中華民國|民国|民國)? ?(${numeral}{1,4}|元) ?年 ?(${numeral}{1,3}) ?月 ?(${numeral}{1,3}) ?[日号號]?(?: ?[(（]?(?:星期|周|週|礼拜)[一二三四五六日天][)）]?)?`,
)
const minguoPattern = /^(中华民国|中華民國|民国|民國) ?(\d{1,3})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)/

/** 2026年5月1日, 二〇二六年五月一日, 民国115年5月1日, 民国115/05/01. The first year of the Republic is 1912. */
function chinese(text: string, value: string): Found | undefined {
  const parts = chinesePattern.exec(text) ?? minguoPattern.exec(text)
  if (!parts) return undefined
  const [all, republic, yearText = '', month = '', day = ''] = parts
  const year = yearText === '元' && republic ? 1 : numberOf(yearText)
  if (year === undefined || (!republic && String(yearText).length !== 4))
    throw unclean(value, 'a date with a whole year')
  const full = String(republic ? year + 1911 : year).padStart(4, '0')
  return {
    day: dayOf(full, numberOf(month), numberOf(day), value),
    rest: text.slice(all.length).trimStart(),
  }
}

function numberOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  const made = chineseNumber(text.replace('廿', '二十').replace('卅', '三十'))
  return made === undefined ? undefined : Number(made)
}

function yearLast(text: string, value: string, rules: DateRules): Found | undefined {
  const parts = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?!\d)/.exec(text)
  if (!parts) return undefined
  const [all, first, , second, yearText] = parts
  const [a, b] = [Number(first), Number(second)]
  const order = orderOf(a, b, rules)
  // 26/05/01 may be the first of May, too.
  const isYearFirst = !rules.order && yearText?.length === 2 && b <= 12 && Number(yearText) <= 31
  if (isYearFirst && order)
    throw unclean(value, 'a date with one meaning: the year may be ahead. Declare the order')
  if (!order) throw unclean(value, 'a date with one meaning: day and month may be either. Declare the order')
  const year = yearOf(yearText as string, value, rules)
  const [day, month] = order === 'dmy' ? [a, b] : [b, a]
  return { day: dayOf(year, month, day, value), rest: text.slice(all.length).trimStart() }
}

function orderOf(a: number, b: number, { order }: DateRules): 'dmy' | 'mdy' | undefined {
  if (order && order !== 'ymd') return order
  if (a === b) return 'dmy'
  if (a > 12) return 'dmy'
  return b > 12 ? 'mdy' : undefined
}

/** Names of months in English, German and French, and how they are cut. */
const monthNames = [
  'jan january januar jänner janvier janv',
  'feb february februar février fevrier févr fevr',
  'mar march märz maerz mrz mär mars',
  'apr april avril avr',
  'may mai',
  'jun june juni juin',
  'jul july juli juillet juil',
  'aug august août aout',
  'sep sept september septembre',
  'oct october oktober okt octobre',
  'nov november novembre',
  'dec december dezember dez décembre decembre déc',
]
const months = new Map(monthNames.flatMap((names, n) => names.split(' ').map(name => [name, n + 1] as const)))

function withMonthName(text: string, value: string, rules: DateRules): Found | undefined {
  const name = '([A-Za-zéûä]{3,10})\\.?'
  const weekday = '(?:[A-Za-z]{2,9}\\.?,? )?'
  const dayFirst = new RegExp(
    `^${weekday}(\\d{1,2})(?:st|nd|rd|th|\\.|er)?[ -]${name}[ ,-]{1,2}(\\d{4}|\\d\\d)(?!\\d)`,
    'i',
  )
  const monthFirst = new RegExp(`^${weekday}${name} (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4}|\\d\\d)(?!\\d)`, 'i')
  const first = dayFirst.exec(text)
  const parts = first ?? monthFirst.exec(text)
  if (!parts) return undefined
  const [day, month] = first ? [parts[1], parts[2]] : [parts[2], parts[1]]
  const number = months.get((month as string).toLowerCase())
  if (number === undefined) return undefined
  const year = yearOf(parts[3] as string, value, rules)
  return { day: dayOf(year, number, day, value), rest: text.slice(parts[0].length).replace(/^,? /, '') }
}

function yearOf(text: string, value: string, { pivot }: DateRules): string {
  if (text.length === 4) return text
  if (pivot === undefined) throw unclean(value, 'a date with a year of four digits. Declare a pivot for two')
  return String(Number(text) <= pivot ? 2000 + Number(text) : 1900 + Number(text))
}

/** Excel serials have at most seven digits: 2958465 is 9999-12-31. */
function serial(text: string, value: string, rules: DateRules): Found | undefined {
  if (!/^\d{1,7}(?:\.\d{1,17})?$/.test(text)) return undefined
  return { day: serialDay(Number(text), value, rules), rest: serialTime(Number(text)) }
}

/**
 * In the system of 1900 day 1 is 1900-01-01, and day 60 is a 1900-02-29 that never was: Excel took over that error of Lotus
 * 1-2-3. In the system of 1904 day 0 is 1904-01-01. Source: ECMA-376 part 1, 18.17.4.1.
 */
function serialDay(number: number, value: unknown, { serial: system }: DateRules): string {
  if (system === undefined) throw unclean(value, 'a date: a serial number needs its date system declared')
  const whole = Math.floor(number)
  const isKnown =
    system === 1900 ? whole >= 1 && whole !== 60 && whole <= 2_958_465 : whole >= 0 && whole <= 2_957_003
  if (!isKnown) throw unclean(value, `a day of the ${system} date system`)
  const start =
    system === 1904 ? Date.UTC(1904, 0, 1) : whole < 60 ? Date.UTC(1899, 11, 31) : Date.UTC(1899, 11, 30)
  return new Date(start + whole * 86_400_000).toISOString().slice(0, 10)
}

/** To the second, as spreadsheets show it. */
function serialTime(number: number): string {
  const seconds = Math.min(86_399, Math.round((number - Math.floor(number)) * 86_400))
  return new Date(seconds * 1000).toISOString().slice(11, 19)
}

type Part = string | number | undefined

function dayOf(year: Part, month: Part, day: Part, value: unknown): string {
  const pad = (part: Part, length: number) => String(part ?? '').padStart(length, '0')
  return checked(`${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`, value)
}

function isIsoDate(text: string): boolean {
  return text.length === 10 && /^\d{4}-\d\d-\d\d$/.test(text)
}

function checked(day: string, value: unknown): string {
  const two = (at: number) => day.charCodeAt(at) * 10 + day.charCodeAt(at + 1) - 528
  if (!isIsoDate(day)) throw unclean(value, 'a date that exists')
  const [year, month, dayOfMonth] = [two(0) * 100 + two(2), two(5), two(8)]
  if (year < 1 || month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > daysOf(year, month))
    throw unclean(value, 'a date that exists')
  return day
}

function isMoment(text: string): boolean {
  const moment = new Date(text)
  return !Number.isNaN(moment.getTime()) && moment.toISOString() === text
}

interface Time {
  readonly clock: Clock
  /** Minutes that the clock is ahead of UTC, where the text says it. */
  readonly offset: number | undefined
}

const clockPattern =
  /^[T ]?(上午|下午|凌晨|早上|中午|晚上|[AaPp][Mm](?= ?\d))? ?(\d{1,2})(?:[:：](\d\d)(?:[:：](\d\d)(?:[.,](\d{1,9}))?)?|[时時点點](?:(\d{1,2})分?(?:(\d{1,2})秒)?|(半))?) ?([AaPp]\.?[Mm]\.?)? ?(?:([Zz]|UTC|GMT)|([+-])(\d\d):?(\d\d)?)?$/

function timeIn(rest: string, value: unknown): Time {
  const parts = clockPattern.exec(rest.replace(/^T(\d\d)(\d\d)(\d\d)?(?=$|[Z+-])/, timeWithColons))
  if (!parts) throw unclean(value, 'a date and time')
  const [, half, hours, m1, s1, fraction, m2, s2, isHalf, ampm, utc, sign, zoneHours, zoneMinutes] = parts
  const hour = hourOf(Number(hours), half, ampm, value)
  const minute = isHalf ? 30 : Number(m1 ?? m2 ?? 0)
  const second = Number(s1 ?? s2 ?? 0)
  const away = Number(zoneHours ?? 0) * 60 + Number(zoneMinutes ?? 0)
  if (hour > 23 || minute > 59 || second > 59 || away > 18 * 60) throw unclean(value, 'a time that exists')
  const ms = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'))
  return {
    clock: { hour, minute, second, ms },
    offset: utc ? 0 : sign ? (sign === '-' ? -away : away) : undefined,
  }
}

/** The basic form of ISO 8601. */
function timeWithColons(_: string, hour: string, minute: string, second = '00'): string {
  return `${hour}:${minute}:${second}`
}

function hourOf(hour: number, half: string | undefined, ampm: string | undefined, value: unknown): number {
  if (ampm && half) throw unclean(value, 'a date and time')
  const word = (ampm ?? half) && (/^p|下午|晚上|中午/i.test(ampm ?? half ?? '') ? 'pm' : 'am')
  if (!word) return hour
  const isTwentyFour = half !== undefined && hour > 12
  if (hour > 12 && !(isTwentyFour && word === 'pm')) throw unclean(value, 'a time of twelve hours')
  if (isTwentyFour) return hour
  // 中午 is 11 to 1 o'clock.
  if (half === '中午' && hour === 11) return 11
  return word === 'pm' ? (hour % 12) + 12 : hour % 12
}

function nameOf(name: string, rules: object): string {
  const told = Object.entries(rules).map(
    ([key, value]) => `${key}: ${typeof value === 'string' ? `'${value}'` : value}`,
  )
  return `${name}(${told.length > 0 ? `{ ${told.join(', ')} }` : ''})`
}
