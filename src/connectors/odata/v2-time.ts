/**
 * The times of OData V2 in JSON: `/Date(1777896000000)/`, milliseconds since 1970. A zone, as `/Date(...+0120)/`, is in
 * minutes, and the milliseconds before it are those of the clock there. Source: OData 2.0, JSON format, and how the
 * libraries of its authors read it. Text that is no such date is taken as ISO 8601, which some services send.
 */
export function readV2Date(value: unknown, zoned: boolean): string | undefined {
  if (typeof value !== 'string') return undefined
  const [, digits, sign, minutes] = /^\/Date\((-?\d{1,16})(?:([+-])(\d{1,4}))?\)\/$/.exec(value) ?? []
  if (digits === undefined) return iso.test(value) ? value : undefined
  const clock = new Date(Number(digits))
  if (Number.isNaN(clock.getTime())) return undefined
  const local = clock
    .toISOString()
    .replace(/(\.\d*?)0*Z$/, '$1')
    .replace(/\.$/, '')
  if (!zoned) return local
  const offset = Number(minutes ?? 0)
  if (offset === 0) return `${local}Z`
  const [hours, rest] = [Math.floor(offset / 60), offset % 60].map(each => String(each).padStart(2, '0'))
  return `${local}${sign}${hours}:${rest}`
}

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d)?$/

/** Undefined for what it cannot hold: no such day, or digits beyond milliseconds. A zone becomes UTC. */
export function writeV2Date(text: string, zoned: boolean): string | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text)
  if (!parts) return undefined
  const [, day = '', time = '00:00', seconds = '00', fraction = '', zone = 'Z'] = parts
  if (/[1-9]/.test(fraction.slice(3))) return undefined
  const at = Date.parse(`${day}T${time}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${zone}`)
  const midnight = new Date(`${day}T00:00:00Z`)
  // A day such as 2026-02-30 would silently become another one.
  if (Number.isNaN(at) || Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day))
    return undefined
  return `/Date(${at}${zoned ? '+0000' : ''})/`
}

/** `PT8H30M` as `08:30:00`. Undefined for what is no time of the day. */
export function readV2Time(value: string): string | undefined {
  const parts = /^PT(?:(\d{1,2})H)?(?:(\d{1,2})M)?(?:(\d{1,2})(\.\d{1,12})?S)?$/.exec(value)
  if (!parts) return undefined
  const [hours, minutes, seconds] = parts.slice(1, 4).map(each => Number(each ?? 0)) as [
    number,
    number,
    number,
  ]
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  const two = (part: number) => String(part).padStart(2, '0')
  return `${two(hours)}:${two(minutes)}:${two(seconds)}${parts[4] ?? ''}`
}

/** `08:30:00` as `PT08H30M00S`; what is written so already stays. */
export function writeV2Time(value: string): string | undefined {
  if (readV2Time(value) !== undefined) return value
  const parts = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d{1,12})?))?$/.exec(value)
  return parts ? `PT${parts[1]}H${parts[2]}M${parts[3] ?? '00'}S` : undefined
}
