import { STATUS_CODES } from 'node:http'
import type { OutboundResponse } from './route.ts'

/**
 * A refusal that a caller's program can read. Source: RFC 9457. Its type is that of the error `code`, where there is
 * one to tell. `more` are members of the document, such as `code` and `detail`; it must not hold what the caller does
 * not know already, except what helps to mend the request.
 */
export function problem(
  status: number,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): OutboundResponse {
  const type = more.code === undefined ? 'about:blank' : `urn:isthmus:error:${more.code}`
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: { type, title: STATUS_CODES[status], status, ...more },
  }
}

/** Nothing is wrong with the request: it is welcome again after `milliseconds`. */
export function unavailable(milliseconds = 1_000): OutboundResponse {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000))
  return problem(503, {}, { 'retry-after': String(seconds) })
}
