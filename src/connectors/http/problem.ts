import { STATUS_CODES } from 'node:http'
import type { OutboundResponse } from '../../system/route.ts'

/**
 * A refusal that a caller's program can read. Source: RFC 9457. `more` are members of the document, such as `detail`;
 * it must not hold what the caller does not know already, except what helps to mend the request.
 */
export function problem(
  status: number,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): OutboundResponse {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: { type: 'about:blank', title: STATUS_CODES[status], status, ...more },
  }
}

/** Nothing is wrong with the request: it is welcome again after `milliseconds`. */
export function unavailable(milliseconds = 1_000): OutboundResponse {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000))
  return problem(503, {}, { 'retry-after': String(seconds) })
}
