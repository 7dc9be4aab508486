import type { Column } from './warehouse.ts'

/** Why a value cannot stand in a column, without the value itself: it may be confidential. */
export class UnfitCell extends Error {}

/** Throws UnfitCell for a value that cannot stand in a column. */
export function checkCell(column: Column, value: unknown, keepsZero: boolean): void {
  if (value === null || value === undefined) {
    if (column.required) throw new UnfitCell('it is missing')
  } else if (column.type === 'decimal') unitsOf(value, column)
  else {
    const written = checks[column.type](value)
    if (keepsZero || typeof written !== 'string') return
    if (column.type === 'json' ? zeroInJson.test(written) : written.includes('\0'))
      throw new UnfitCell('it holds the character 0, which this warehouse does not keep')
  }
}

/** Behind an even number of backslashes. */
const zeroInJson = /(?<!\\)(?:\\\\)*\\u0000/
/** JSON writes halves of characters so, and no others. */
const halfInJson = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

const smallPowers = Array.from({ length: 16 }, (_, power) => 10 ** power)
const bigPowers = Array.from({ length: 39 }, (_, power) => 10n ** BigInt(power))

/** The digits of a decimal with `scale` places behind the point. Nothing is rounded: a digit too many is refused. */
export function unitsOf(value: unknown, { precision = 38, scale = 9 }: Column): number | bigint {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') throw new UnfitCell('it is no decimal')
  const units = shortUnits(text, scale) ?? longUnits(text, scale)
  const most = precision < 16 ? (smallPowers[precision] as number) : (bigPowers[precision] as bigint)
  if (units >= most || units <= -most)
    throw new UnfitCell(`it has more than the ${precision - scale} digits before the point`)
  return units
}

/** Most decimals: at most 15 digits, so that numbers hold them. */
function shortUnits(text: string, scale: number): number | undefined {
  if (text.length > 16) return undefined
  const isNegative = text.charCodeAt(0) === 45
  const start = isNegative ? 1 : 0
  let digits = 0
  let count = 0
  let point = -1
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit >= 0 && digit <= 9) {
      digits = digits * 10 + digit
      count++
    } else if (digit === -2 && point < 0 && at > start) point = at
    else return undefined
  }
  const places = point < 0 ? 0 : text.length - 1 - point
  if (count === 0 || places > scale || count + scale - places > 15) return undefined
  const units = digits * (smallPowers[scale - places] as number)
  return isNegative ? -units : units
}

/** Numbers print with an exponent below 1e-6 and from 1e21 on. */
const decimalPattern = /^([+-]?)(\d{1,400})(?:\.(\d{0,400}))?(?:[eE]([+-]?\d{1,3}))?$/

function longUnits(text: string, scale: number): bigint {
  const parts = decimalPattern.exec(text)
  if (!parts) throw new UnfitCell('it is no decimal')
  const [, sign, whole = '', places = '', exponent = '0'] = parts
  const shift = scale - places.length + Number(exponent)
  let digits = BigInt(whole + places)
  if (shift >= 0) digits *= 10n ** BigInt(shift)
  else {
    const unit = 10n ** BigInt(-shift)
    if (digits % unit !== 0n) throw new UnfitCell(`it has more than ${scale} digits behind the point`)
    digits /= unit
  }
  return sign === '-' ? -digits : digits
}

const largest = 2n ** 63n

export function integerOf(value: unknown): number | bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  const isText = typeof value === 'string' && /^-?\d{1,19}$/.test(value)
  if (!isText && typeof value !== 'bigint') throw new UnfitCell('it is no integer')
  const integer = BigInt(value as string | bigint)
  if (integer >= largest || integer < -largest) throw new UnfitCell('it has more than 64 bits')
  return integer
}

export function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new UnfitCell('it is no number')
  return value
}

export function booleanOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new UnfitCell('it is no boolean')
  return value
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new UnfitCell('it is no text')
  if (!value.isWellFormed()) throw new UnfitCell('it holds half of a character')
  return value
}

export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value)
  if (text === undefined) throw new UnfitCell('it is no JSON')
  if (halfInJson.test(text)) throw new UnfitCell('it holds half of a character')
  return text
}

/** Days since 1970. */
export function daysOf(value: unknown): number {
  const isDate = typeof value === 'string' && value.length === 10 && value[4] === '-' && value[7] === '-'
  const days = isDate
    ? civilDays(digitsAt(value, 0, 4), digitsAt(value, 5, 7), digitsAt(value, 8, 10))
    : undefined
  if (days === undefined) throw new UnfitCell('it is no date such as 2026-05-01')
  return days
}

/** A number written in digits; NaN where something else is there. Faster than a pattern. */
function digitsAt(text: string, from: number, until: number): number {
  let number = 0
  for (let at = from; at < until; at++) {
    const digit = text.charCodeAt(at) - 48
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN
  }
  return number
}

const instantPattern =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d))$/i

/** Microseconds since 1970 UTC; digits beyond them are cut off. */
export function microsOf(value: unknown): bigint {
  const parts = typeof value === 'string' ? instantPattern.exec(value) : null
  const days = parts ? civilDays(Number(parts[1]), Number(parts[2]), Number(parts[3])) : undefined
  if (!parts || days === undefined) throw new UnfitCell('it is no instant such as 2026-05-01T08:30:00Z')
  const [hours, minutes, seconds] = [Number(parts[4]), Number(parts[5]), Number(parts[6] ?? 0)]
  const [aside, more] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)]
  if (hours > 23 || minutes > 59 || seconds > 59 || aside > 23 || more > 59)
    throw new UnfitCell('it is no time of the day')
  const offset = (aside * 60 + more) * (parts[8] === '-' ? -60 : 60)
  const whole = days * 86_400 + hours * 3600 + minutes * 60 + seconds - offset
  const micros = Number((parts[7] ?? '').slice(0, 6).padEnd(6, '0'))
  return Math.abs(whole) < 9e9 ? BigInt(whole * 1e6 + micros) : BigInt(whole) * 1_000_000n + BigInt(micros)
}

/** Of the Gregorian calendar, also before it was in use; undefined for a day that there is none of. */
function civilDays(year: number, month: number, day: number): number | undefined {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const longest =
    month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= longest)) return undefined
  // Years begin in March, so that the leap day is the last.
  const from = month > 2 ? year : year - 1
  const before = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  return (
    from * 365 + Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400) + before - 719_468
  )
}

const checks = {
  text: textOf,
  integer: integerOf,
  number: numberOf,
  boolean: booleanOf,
  date: daysOf,
  instant: microsOf,
  json: jsonOf,
} as const

/** A day since 1970 as text. */
export function dateText(days: number): string {
  return momentText(BigInt(days) * 86_400_000_000n).replace(/T.*$/, '')
}

/** Microseconds since 1970 as `2026-05-01T08:30:00.25`, without a zone. */
export function momentText(micros: bigint): string {
  const within = Number(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n)
  const seconds = Number((micros - BigInt(within)) / 1_000_000n)
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) return micros > 0n ? 'infinity' : '-infinity'
  const fraction = within === 0 ? '' : `.${String(within).padStart(6, '0').replace(/0+$/, '')}`
  return `${date.toISOString().slice(0, -5)}${fraction}`
}

/** An integer as JSON has it: text where a number could not hold it. */
export function plainInteger(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/** Names of columns, told apart: the second `id` is `id:1`. */
export function distinctNames(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>()
  return names.map(name => {
    const before = seen.get(name) ?? 0
    seen.set(name, before + 1)
    return before === 0 ? name : `${name}:${before}`
  })
}
