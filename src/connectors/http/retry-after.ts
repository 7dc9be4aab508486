/** Longest pause in milliseconds that a target can ask of us. */
const cap = 3_600_000

/**
 * Milliseconds to wait as `Retry-After` says: seconds or a date, at most an hour. What makes no sense (a date that has
 * passed, a number of more than nine digits, any other text) is as if it had not been said.
 */
export function retryAfterOf(
  header: string | readonly string[] | undefined,
  now: number,
): number | undefined {
  if (typeof header !== 'string') return undefined
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Math.min(cap, Number(text) * 1000)
  if (!httpDate.test(text)) return undefined
  const wait = Date.parse(text) - now
  return wait > 0 ? Math.min(cap, wait) : undefined
}

/** Source: RFC 9110, IMF-fixdate. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
