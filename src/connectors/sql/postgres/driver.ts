import { IsthmusError } from '../../../errors.ts'

/** The driver is an optional peer dependency, loaded at first use. */
export async function loadPg(): Promise<Pick<typeof import('pg'), 'Client' | 'Pool'>> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw new IsthmusError(
      'CONFIG-DRIVER',
      'The sql connector needs the package pg for PostgreSQL, and it is not installed. Run: npm install pg',
      { cause },
    )
  }
}

/** Object identifiers of types, from PostgreSQL's catalogue pg_type. */
const numbers = new Set([21, 23, 26, 700, 701])
const boolean = 16
const bytes = 17
const timestamps = new Set([1114, 1184])

/**
 * Reads what comes from the server: 64-bit integers and decimals stay text, so that no digit is lost, and so does
 * JSON; times become ISO 8601 with all their digits, and an offset where the type has one.
 */
export const types = {
  getTypeParser(type: number) {
    return (value: string): unknown => {
      if (numbers.has(type)) return Number(value)
      if (type === boolean) return value === 't'
      if (type === bytes) return Buffer.from(value.slice(2), 'hex')
      return timestamps.has(type) ? isoTime(value) : value
    }
  },
}

/** What the server shows in its default style as `2026-05-01 08:30:00.123456+08`; other styles stay as they are. */
function isoTime(value: string): string {
  const parts = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d(?::?\d\d)?)?$/.exec(value)
  if (!parts) return value
  const [, date, time, offset = ''] = parts
  if (offset === '+00') return `${date}T${time}Z`
  return `${date}T${time}${offset.length === 3 ? `${offset}:00` : offset}`
}
