import { type ErrorCode, IsthmusError } from '../../errors.ts'
import type { Query } from './config.ts'

/** Source: RFC 3986, segments of a path. */
const validPath = /^(?:\/[A-Za-z0-9\-._~!$&'()*+,;=:@%]*)+$/
const dotSegment = /\/(?:\.|%2e){1,2}(?:\/|$)/i

/** Throws unless `path` is one that leads nowhere else: from a slash on, without query, `..` or a second host. */
export function checkPath(path: string, channel: string, code: ErrorCode): void {
  if (typeof path === 'string' && validPath.test(path) && !path.startsWith('//') && !dotSegment.test(path))
    return
  throw new IsthmusError(
    code,
    `The path of ${channel} must begin with a slash and hold no "..", space, "?" or other sign that has to be ` +
      'encoded. Pass what comes from data through encodeURIComponent, and give a query as "query".',
  )
}

/** `?name=value...`, or nothing; what is undefined is left out. */
export function queryText(query: Query = {}): string {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) text.append(name, String(value))
  return text.size === 0 ? '' : `?${text}`
}
