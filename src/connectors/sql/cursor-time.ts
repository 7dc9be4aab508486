import type { Cursor } from './config.ts'

/** A time as a column holds it: text, or a number of seconds or milliseconds. */
export type ColumnTime = string | number

/** Date, separator, time to the second, fraction, zone. */
const pattern = /^(\d{4}-\d\d-\d\d)(?:([T ])(\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/

/** Milliseconds since 1970 UTC, rounded down; undefined for what is no time, such as `infinity`. */
export function instantOf(time: unknown, { unit = 'ms', zone = 'Z' }: Cursor): number | undefined {
  if (typeof time === 'number') return Math.floor(unit === 's' ? time * 1000 : time)
  if (typeof time !== 'string') return undefined
  if (/^-?\d+$/.test(time)) return instantOf(Number(time), { unit, time: '', key: '' })
  const parts = pattern.exec(time)
  if (!parts) return undefined
  const [, date, , minutes = '00:00', seconds = ':00', fraction = '', offset = zone] = parts
  const instant = Date.parse(`${date}T${minutes}${seconds}${fraction.slice(0, 4)}${isoOffset(offset)}`)
  return Number.isNaN(instant) ? undefined : instant
}

/** A time that does not depend on the zone in which the database shows it, with every digit that it has. */
export function canonicalTime(time: unknown, cursor: Cursor): string {
  const instant = instantOf(time, cursor)
  if (typeof time !== 'string' || instant === undefined) return String(time)
  const fraction = pattern.exec(time)?.[5]?.replace(/\.?0+$/, '') ?? ''
  return `${new Date(instant).toISOString().slice(0, 19)}${fraction}Z`
}

/** The column's value for another instant, written in the way of `like`, to the millisecond. */
export function timeLike(like: ColumnTime, instant: number, { unit = 'ms', zone = 'Z' }: Cursor): ColumnTime {
  if (typeof like === 'number') return unit === 's' ? instant / 1000 : instant
  if (/^-?\d+$/.test(like)) return String(unit === 's' ? Math.floor(instant / 1000) : instant)
  const [, , separator, , seconds, fraction, offset] = pattern.exec(like) ?? []
  const shift = offsetMilliseconds(isoOffset(offset ?? zone))
  const shown = new Date(instant + shift).toISOString()
  if (separator === undefined) return shown.slice(0, 10)
  const clock = shown.slice(11, seconds === undefined ? 16 : fraction === undefined ? 19 : 23)
  return `${shown.slice(0, 10)}${separator}${clock}${offset ?? ''}`
}

function isoOffset(offset: string): string {
  if (offset === 'Z' || offset.includes(':')) return offset
  return offset.length === 3 ? `${offset}:00` : `${offset.slice(0, 3)}:${offset.slice(3)}`
}

function offsetMilliseconds(offset: string): number {
  return -Date.parse(`1970-01-01T00:00:00${offset}`)
}
