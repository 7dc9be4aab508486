import type { Json } from '../../message/json-value.ts'
import type { OdataVersion } from './edm.ts'
import { readV2Date, readV2Time, writeV2Date, writeV2Time } from './v2-time.ts'

/** How one primitive type stands in data, in JSON and in addresses. Undefined: it cannot hold this value. */
interface Primitive {
  /** From data to JSON. */
  write(value: unknown, version: OdataVersion): Json | undefined
  /** From JSON to data. */
  read(value: unknown, version: OdataVersion): Json | undefined
  /** From data to what stands in a key, a filter or a parameter: not yet encoded for an address. */
  literal(value: unknown, version: OdataVersion): string | undefined
}

const decimal = /^-?\d+(\.\d+)?$/
const exponential = /^-?\d+(\.\d+)?[eE][+-]?\d+$/

/** Text that must look so; data and JSON are alike. */
function text(pattern: RegExp, literal: (value: string, version: OdataVersion) => string): Primitive {
  const same = (value: unknown) => (typeof value === 'string' && pattern.test(value) ? value : undefined)
  return {
    write: same,
    read: value => (typeof value === 'string' ? value : undefined),
    literal: (value, version) => {
      const checked = same(value)
      return checked === undefined ? undefined : literal(checked, version)
    },
  }
}

/** Numbers of any length, as text on both sides. A number in data or JSON is taken with the digits that it has. */
function exact(pattern: RegExp, suffix: string): Primitive {
  const digits = (value: unknown) => {
    const given = typeof value === 'number' || typeof value === 'bigint' ? plainDigits(value) : value
    return typeof given === 'string' && pattern.test(given) ? given : undefined
  }
  return {
    write: digits,
    read: value =>
      digits(value) ?? (typeof value === 'string' && exponential.test(value) ? value : undefined),
    literal: (value, version) => {
      const given = digits(value)
      return given === undefined ? undefined : given + (version === 'V2' ? suffix : '')
    },
  }
}

/** Without an exponent; undefined for what is no number, or too small or large to be written so. */
function plainDigits(value: number | bigint): string | undefined {
  const written = String(value)
  return decimal.test(written) ? written : undefined
}

function whole(least: number, most: number): Primitive {
  const number = (value: unknown) => {
    const given = typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value
    return Number.isInteger(given) && (given as number) >= least && (given as number) <= most
      ? (given as number)
      : undefined
  }
  return { write: number, read: number, literal: value => number(value)?.toString() }
}

/** Binary floating point, which is no type for amounts. By V2 it is text in JSON. */
function floating(suffix: string): Primitive {
  const special = /^(-?INF|NaN)$/
  const number = (value: unknown): number | string | undefined => {
    if (typeof value === 'string' && special.test(value)) return value
    const given =
      typeof value === 'string' && (decimal.test(value) || exponential.test(value)) ? Number(value) : value
    return Number.isFinite(given) ? (given as number) : undefined
  }
  return {
    write: (value, version) => (version === 'V2' ? number(value)?.toString() : number(value)),
    read: number,
    literal: (value, version) => {
      const given = number(value)?.toString()
      return given === undefined ? undefined : given + (version === 'V2' ? suffix : '')
    },
  }
}

const boolean: Primitive = {
  write: value => (typeof value === 'boolean' ? value : undefined),
  read: value => (typeof value === 'boolean' ? value : undefined),
  literal: value => (typeof value === 'boolean' ? String(value) : undefined),
}

/** Moments: `2026-05-04T12:00:00`, with an offset where `zoned`. */
function moment(zoned: boolean): Primitive {
  const shape = zoned
    ? /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d)$/
    : /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,12})?)?)?Z?$/
  const given = (value: unknown) => (typeof value === 'string' && shape.test(value) ? value : undefined)
  return {
    write: (value, version) => {
      const at = given(value)
      return version === 'V4' || at === undefined ? at : writeV2Date(at, zoned)
    },
    read: (value, version) => (version === 'V2' ? readV2Date(value, zoned) : given(value)),
    literal: (value, version) => {
      const at = given(value)
      if (version === 'V4' || at === undefined) return at
      return zoned ? `datetimeoffset'${at}'` : `datetime'${wholeMoment(at)}'`
    },
  }
}

/** What V2 wants in an address: date and time, and no zone. */
function wholeMoment(at: string): string {
  const bare = at.replace(/Z$/, '')
  return bare.includes('T') ? bare : `${bare}T00:00:00`
}

/** A time of the day, `08:30:00`, as both `Edm.TimeOfDay` and the `Edm.Time` of V2 have it in data. */
const clock = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,12})?)?$/
const v2Time: Primitive = {
  write: value => (typeof value === 'string' ? writeV2Time(value) : undefined),
  read: value => (typeof value === 'string' ? readV2Time(value) : undefined),
  literal: value => {
    const time = typeof value === 'string' ? writeV2Time(value) : undefined
    return time === undefined ? undefined : `time'${time}'`
  },
}

const quotedText = (value: string) => `'${value.replaceAll("'", "''")}'`
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/

const primitives: Readonly<Record<string, Primitive>> = {
  'Edm.String': text(/^/, quotedText),
  'Edm.Guid': text(guid, (value, version) => (version === 'V2' ? `guid'${value}'` : value)),
  'Edm.Binary': text(base64, binaryLiteral),
  'Edm.Duration': text(/^-?P[\dDTHMS.]+$/, value => `duration'${value}'`),
  'Edm.Date': text(/^-?\d{4,}-\d\d-\d\d$/, value => value),
  'Edm.TimeOfDay': text(clock, value => value),
  'Edm.DateTime': moment(false),
  'Edm.DateTimeOffset': moment(true),
  'Edm.Time': v2Time,
  'Edm.Boolean': boolean,
  'Edm.Byte': whole(0, 255),
  'Edm.SByte': whole(-128, 127),
  'Edm.Int16': whole(-32768, 32767),
  'Edm.Int32': whole(-2147483648, 2147483647),
  'Edm.Int64': exact(/^-?\d+$/, 'L'),
  'Edm.Decimal': exact(decimal, 'M'),
  'Edm.Double': floating('d'),
  'Edm.Single': floating('f'),
}

function binaryLiteral(value: string, version: OdataVersion): string {
  return version === 'V2'
    ? `X'${Buffer.from(value, 'base64').toString('hex').toUpperCase()}'`
    : `binary'${value}'`
}

/** Undefined for what is not one of these: geographic shapes, streams, and whatever newer services know. */
export function primitiveOf(type: string): Primitive | undefined {
  return Object.hasOwn(primitives, type) ? primitives[type] : undefined
}

/** Whether data holds it as the text of its digits. */
export function isExact(type: string): boolean {
  return type === 'Edm.Decimal' || type === 'Edm.Int64'
}
