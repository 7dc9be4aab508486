import { type Cleaner, unclean } from './cleaner.ts'

/**
 * A local time stamp without zone (`2026-05-01 08:30:00`, also with `T` or slashes) as RFC 3339 in UTC. `zone` is an
 * IANA name. A local time that clock changes skip or repeat is refused, since it says no single moment.
 */
export function localTime(zone: string): Cleaner<string, string> {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  return value => {
    const parts = /^(\d{4})[-/](\d{2})[-/](\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?$/.exec(value.trim())
    if (!parts) throw unclean(value, 'a local time like 2026-05-01 08:30:00')
    const [year, month, day, hour, minute, second] = parts.slice(1).map(part => Number(part ?? 0)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const wall = Date.UTC(year, month - 1, day, hour, minute, second)
    const read = new Date(wall)
    // A day or hour that no calendar has would become one of the next month or day.
    if (
      read.getUTCMonth() !== month - 1 ||
      read.getUTCDate() !== day ||
      read.getUTCSeconds() !== second ||
      minute > 59
    )
      throw unclean(value, 'a date and time that exist')
    const moments = [...new Set([-1, 0, 1].map(shift => wall - offsetAt(shown, wall + shift * 86_400_000)))]
    const fitting = moments.filter(moment => moment + offsetAt(shown, moment) === wall)
    if (fitting.length !== 1) throw unclean(value, `one moment in ${zone}`)
    return new Date(fitting[0] as number).toISOString()
  }
}

/** Milliseconds that local clocks are ahead of UTC at a moment. */
function offsetAt(shown: Intl.DateTimeFormat, moment: number): number {
  return Date.parse(`${shown.format(moment).replace(' ', 'T')}Z`) - Math.floor(moment / 1000) * 1000
}
