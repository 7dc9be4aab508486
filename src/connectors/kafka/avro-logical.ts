import { IsthmusError } from '../../errors.ts'
import type { SchemaObject } from './avro-schema.ts'

/** How values of a logical type are written down as text. `raw` is what Avro holds: bytes, an int or a long. */
export interface Logical {
  toText(raw: never, schema: SchemaObject): string
  fromText(text: string, schema: SchemaObject): unknown
}

const perDay = 86_400_000_000_000n

/** Times as ISO 8601, with as many digits as their unit has. `local` ones have no zone. */
const clocks: readonly (readonly [name: string, unit: bigint, digits: number])[] = [
  ['millis', 1_000_000n, 3],
  ['micros', 1_000n, 6],
  ['nanos', 1n, 9],
]

/** By `logicalType` and the type below it; any other is read as what lies below. Source: Avro 1.12, "Logical Types". */
export const logicals: ReadonlyMap<string, Logical> = new Map<string, Logical>([
  ['decimal bytes', { toText: decimalText, fromText: (text, schema) => decimalBytes(text, schema) }],
  [
    'decimal fixed',
    { toText: decimalText, fromText: (text, schema) => decimalBytes(text, schema, schema.size) },
  ],
  ['date int', { toText: (days: number) => dayText(BigInt(days)), fromText: text => Number(dayOf(text)) }],
  ...clocks.flatMap(([name, unit, digits]) => [
    [`timestamp-${name} long`, timestamp(unit, digits, 'Z')] as const,
    [`local-timestamp-${name} long`, timestamp(unit, digits, '')] as const,
  ]),
  ['time-millis int', timeOfDay(1_000_000n, 3, Number)],
  ['time-micros long', timeOfDay(1_000n, 6, BigInt)],
])

function decimalText(bytes: Uint8Array, { scale = 0 }: SchemaObject): string {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  value = BigInt.asIntN(bytes.length * 8, value)
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const sign = value < 0n ? '-' : ''
  return scale === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-scale)}`
}

/** Zeros at the end may be missing or too many; other digits may not be. */
function decimalBytes(text: string, { scale = 0, precision = 0 }: SchemaObject, size?: number): Buffer {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text) ?? []
  const kept = fraction.slice(0, scale).padEnd(scale, '0')
  const digits = (whole + kept).replace(/^0+(?=\d)/, '')
  if (whole === '' || /[1-9]/.test(fraction.slice(scale))) throw unfit(`a decimal with the scale ${scale}`)
  if (precision > 0 && digits.length > precision) throw unfit(`a decimal of ${precision} digits`)
  const value = BigInt(sign + digits)
  const length = size ?? lengthOf(value)
  if (BigInt.asIntN(length * 8, value) !== value) throw unfit(`a decimal of ${length} bytes`)
  const hex = BigInt.asUintN(length * 8, value).toString(16)
  return Buffer.from(hex.padStart(length * 2, '0'), 'hex')
}

function lengthOf(value: bigint): number {
  let length = 1
  while (BigInt.asIntN(length * 8, value) !== value) length++
  return length
}

function timestamp(unit: bigint, digits: number, zone: 'Z' | ''): Logical {
  return {
    toText(value: bigint) {
      const nanoseconds = value * unit
      const days = floor(nanoseconds, perDay)
      return `${dayText(days)}T${clockText(nanoseconds - days * perDay, digits)}${zone}`
    },
    fromText(text) {
      const pattern = zone === 'Z' ? /^(.*)T(.*)Z$/ : /^(.*)T([^Z]*)$/
      const [, day = '', clock = ''] = pattern.exec(text) ?? []
      return exactly(dayOf(day) * perDay + clockOf(clock), unit)
    },
  }
}

function timeOfDay(unit: bigint, digits: number, make: (value: bigint) => unknown): Logical {
  return {
    toText: (value: number | bigint) => clockText(BigInt(value) * unit, digits),
    fromText: text => make(exactly(clockOf(text), unit)),
  }
}

function dayText(days: bigint): string {
  const date = new Date(Number(days) * 86_400_000)
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  if (/^\d{4}-/.test(text)) return text.slice(0, 10)
  throw new IsthmusError('MSG-DECODE', 'A date is not within the years 0 to 9999.')
}

function dayOf(text: string): bigint {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  // 30 February is another day, or none.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text))
    throw unfit('a date such as 2026-05-01')
  return BigInt(time / 86_400_000)
}

function clockText(nanoseconds: bigint, digits: number): string {
  if (nanoseconds < 0n || nanoseconds >= perDay)
    throw new IsthmusError('MSG-DECODE', 'A time is outside of the day.')
  const seconds = nanoseconds / 1_000_000_000n
  const [hour, minute, second] = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(part =>
    String(part).padStart(2, '0'),
  )
  const fraction = String(nanoseconds % 1_000_000_000n)
    .padStart(9, '0')
    .slice(0, digits)
  return `${hour}:${minute}:${second}.${fraction}`
}

function clockOf(text: string): bigint {
  const [, hour = '', minute = '', second = '', fraction = ''] =
    /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?$/.exec(text) ?? []
  if (hour === '') throw unfit('a time such as 08:30:00.000')
  const seconds = (BigInt(hour) * 60n + BigInt(minute)) * 60n + BigInt(second)
  return seconds * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
}

function exactly(nanoseconds: bigint, unit: bigint): bigint {
  if (nanoseconds % unit !== 0n) throw unfit('a time that is no more precise than its type')
  return nanoseconds / unit
}

function floor(value: bigint, by: bigint): bigint {
  const quotient = value / by
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient
}

export function unfit(wanted: string): IsthmusError {
  return new IsthmusError('MSG-ENCODE', `The schema wants ${wanted}, and the data has something else.`)
}
