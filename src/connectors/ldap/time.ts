const pattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,](\d+))?(Z|[+-]\d\d(?:\d\d)?)$/

/** A generalized time, as ISO 8601; undefined for what is none. Source: RFC 4517, 3.3.13. */
export function isoTime(text: string): string | undefined {
  const [, year, month, day, hour, minute, second = '00', fraction, zone = ''] = pattern.exec(text) ?? []
  if (year === undefined) return undefined
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3) || '00'}`
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction ? `.${fraction}` : ''}${offset}`
}

/** Milliseconds since 1970 UTC. */
export function instantOf(text: string): number | undefined {
  const instant = Date.parse(isoTime(text) ?? '')
  return Number.isNaN(instant) ? undefined : instant
}

/** To the second, as every server reads it. */
export function generalizedTime(instant: number): string {
  return `${new Date(instant).toISOString().replace(/\D/g, '').slice(0, 14)}.0Z`
}
