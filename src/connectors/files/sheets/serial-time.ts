import type { NumberKind } from './number-format.ts'

const day = 24 * 60 * 60 * 1000
/** 31 December 9999, in the calendar that begins with 1900. */
const last = 2_958_465

/**
 * The ISO 8601 text of the number that stands for a time in a spreadsheet: `2024-02-29`, `13:45:00`,
 * `2024-02-29T13:45:00` or, of elapsed time, `PT26H30M0S`. A date or a time that the format hides is shown all the same.
 * Undefined for what is no time, such as 29 February 1900, which spreadsheets count although it never was.
 */
export function timeText(serial: number, kind: NumberKind, from1904: boolean): string | undefined {
  const most = from1904 ? last - 1462 : last
  if (!(serial >= 0) || serial >= most + 1) return undefined
  if (kind === 'elapsed') return elapsed(Math.round(serial * day))
  const days = Math.floor(serial)
  const time = Math.round((serial - days) * day)
  const whole = days + Math.floor(time / day)
  const rest = time % day
  const hasTime = kind !== 'date' || rest > 0
  const hasDate = whole >= 1 || (from1904 && kind !== 'time')
  if (!hasDate) return hasTime ? timeOfDay(rest) : undefined
  const date = dateText(whole, from1904)
  return date !== undefined && hasTime ? `${date}T${timeOfDay(rest)}` : date
}

function dateText(days: number, from1904: boolean): string | undefined {
  if (!from1904 && days === 60) return undefined
  const begin = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30)
  return new Date(begin + days * day).toISOString().slice(0, 10)
}

function timeOfDay(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(11, 23).replace('.000', '')
}

function elapsed(milliseconds: number): string {
  const [hours, minutes] = [Math.floor(milliseconds / 3_600_000), Math.floor(milliseconds / 60_000) % 60]
  return `PT${hours}H${minutes}M${(milliseconds % 60_000) / 1000}S`
}
