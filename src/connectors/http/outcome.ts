import { type ErrorCode, IsthmusError } from '../../errors.ts'
import type { HttpAnswer } from './call.ts'
import { reasonIn, shorten } from './reason.ts'
import { retryAfterOf } from './retry-after.ts'

/**
 * What an answer says about the call. `changed`: it is refused, since what it was made of has changed since it was read.
 * `unanswered`: the effect may have been done, or not.
 */
export type Outcome = 'ok' | 'refused' | 'changed' | 'unavailable' | 'unanswered' | 'credentials' | 'contract'

/** By status, or by class of statuses for those that are not named. */
export type Outcomes = { readonly [status: number]: Outcome } & {
  readonly [group in '2xx' | '3xx' | '4xx' | '5xx']?: Outcome
}

/**
 * Of a channel that does not say otherwise. 202 counts as done: a target that still may fail after it should be given
 * `{ 202: 'unanswered' }` and a probe. Of errors, only those count as `unavailable` that are answered instead of doing.
 */
export const defaultOutcomes: Outcomes = {
  '2xx': 'ok',
  '3xx': 'contract',
  '4xx': 'refused',
  401: 'credentials',
  403: 'credentials',
  407: 'credentials',
  408: 'unavailable',
  412: 'changed',
  425: 'unavailable',
  429: 'unavailable',
  '5xx': 'unanswered',
  501: 'refused',
  503: 'unavailable',
}

/** The error of each outcome. */
export const codes = {
  refused: 'TARGET-REFUSED',
  changed: 'TARGET-CHANGED',
  unavailable: 'TARGET-UNAVAILABLE',
  unanswered: 'TARGET-UNANSWERED',
  credentials: 'TARGET-CREDENTIALS',
  contract: 'TARGET-CONTRACT',
} as const satisfies Record<Exclude<Outcome, 'ok'>, ErrorCode>

export function outcomeOf(status: number, own: Outcomes = {}): Outcome {
  const named = own[status] ?? defaultOutcomes[status]
  if (named !== undefined) return named
  const group = groups[Math.floor(status / 100) - 2]
  return group === undefined ? 'contract' : (own[group] ?? defaultOutcomes[group] ?? 'contract')
}

const groups = ['2xx', '3xx', '4xx', '5xx'] as const

const elsewhere =
  'it directs us to another address. Mend the url or the path, or allow "redirects" within the origin'

/** The error that an answer means; undefined when it is good. `hide` removes from the target's words what is secret. */
export function failureIn(
  answer: HttpAnswer,
  how: { outcomes: Outcomes | undefined; channel: string; now: number; hide(text: string): string },
): IsthmusError | undefined {
  const { status, headers } = answer
  const said = outcomeOf(status, how.outcomes)
  if (said === 'ok') return undefined
  const outcome = answer.done ? 'unanswered' : said
  const reason = status < 400 && headers.location ? elsewhere : how.hide(reasonIn(answer))
  return new IsthmusError(codes[outcome], `${how.channel} answered ${status}${reason && `: ${reason}`}`, {
    detail: { status },
    retryAfter: retryAfterOf(headers['retry-after'], how.now),
  })
}

/** The failure that a function of the author found in an answer with a good status. */
export function businessFailure(
  { outcome, reason = '' }: { outcome: Exclude<Outcome, 'ok'>; reason?: string | undefined },
  { status }: HttpAnswer,
  channel: string,
  hide: (text: string) => string,
): IsthmusError {
  const said = shorten(hide(reason))
  return new IsthmusError(codes[outcome], `${channel} answered ${status} and failed${said && `: ${said}`}`, {
    detail: { status },
  })
}
