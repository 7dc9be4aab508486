import { IsthmusError } from '../errors.ts'
import { parseDuration } from '../system/duration.ts'
import type { Retry } from '../system/policy.ts'
import { backoff, type Host } from './host.ts'

/** Attempts for an error that nobody has classified; those known to pass are tried for ever. */
const unclassifiedAttempts = 10

/** What follows from the failure of a step: `due` is there while it is tried again, else the error says why not. */
export interface NextTry {
  readonly error: IsthmusError
  /** How often in a row the step has failed in a way that counts. */
  readonly times: number
  /** Milliseconds since 1970 UTC. */
  readonly due?: number
}

/** `before`: how often in a row it had failed already. */
export function nextTry(retry: Retry, before: number, thrown: IsthmusError, host: Host): NextTry {
  const times = thrown.fate === 'retry' && !thrown.detail.uncounted ? before + 1 : before
  const error = isExhausted(times, retry, thrown) ? exhausted(times, thrown) : thrown
  if (error.fate === 'park' || error.fate === 'doubt') return { error, times }
  const first = parseDuration(retry.first ?? '200ms')
  const pause = backoff(host, Math.max(1, times), first, parseDuration(retry.longest ?? '30s'))
  return { error, times, due: host.now() + Math.ceil(Math.max(pause, error.retryAfter ?? 0)) }
}

function isExhausted(times: number, retry: Retry, error: IsthmusError): boolean {
  if (error.fate !== 'retry') return false
  const unclassified = error.detail.unclassified ? unclassifiedAttempts : Number.POSITIVE_INFINITY
  return times >= (retry.attempts ?? unclassified)
}

function exhausted(times: number, error: IsthmusError): IsthmusError {
  const text = `Failed ${times} times, the last time with: ${error.message}`
  return new IsthmusError('RETRY-EXHAUSTED', text, { cause: error })
}
