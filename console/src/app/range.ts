/** A span of time as addresses have it: `1h` back from now, or `from,to` as ISO times. */
export type RangeText = string

export const relativeRanges = ['15m', '1h', '6h', '24h', '7d'] as const
export const usualRange: RangeText = '1h'

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds since 1970; undefined for a text that says none. */
export function spanOf(
  range: RangeText,
  now: number,
): { readonly from: number; readonly to: number } | undefined {
  const [, amount, unit] = /^(\d{1,4})([mhd])$/.exec(range) ?? []
  if (amount && unit) return { from: now - Number(amount) * units[unit as keyof typeof units], to: now }
  const [from, to] = range.split(',').map(text => Date.parse(text))
  if (from === undefined || to === undefined || !(from < to)) return undefined
  return { from, to }
}

/** The same span, from wherever and whenever it is looked at. */
export function fixedRange(range: RangeText, now: number): RangeText {
  const span = spanOf(range, now)
  return span ? `${new Date(span.from).toISOString()},${new Date(span.to).toISOString()}` : range
}
