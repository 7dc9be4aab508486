import { fixedRange, usualRange } from './range.ts'

/** The address of what is seen, with its time range made absolute: it shows the same to whoever opens it later. */
export function lastingLink(location: Location, now: number): string {
  const url = new URL(location.href)
  url.searchParams.set('t', fixedRange(url.searchParams.get('t') ?? usualRange, now))
  return url.href
}
