import { IsthmusError } from '../../errors.ts'
import { codes, type Outcome } from '../http/outcome.ts'
import { shorten } from '../http/reason.ts'

/** One of the errors of an answer, or of the failures that its data list. */
export interface GraphqlError {
  /** `extensions.code`; of a failure among the data its `code`; '' where there is none. */
  readonly code: string
  /** What the server says, for people. */
  readonly message: string
  /** Where in the answer it happened; empty where the request itself was refused. */
  readonly path: readonly (string | number)[]
  /** What else the server says of it. */
  readonly extensions: Readonly<Record<string, unknown>>
}

/** By code, or as a function that gives undefined for what it does not know. `ok`: the data count all the same. */
export type GraphqlErrors =
  | { readonly [code: string]: Outcome }
  | ((error: GraphqlError) => Outcome | undefined)

/** By `__typename`, or as a function of the answer that gives undefined where it is good. */
export type Failures = { readonly [typename: string]: Outcome } | ((answer: unknown) => Outcome | undefined)

/** Codes that many servers use: Apollo's, Shopify's, Hasura's, Mercurius's, Directus's. */
export const defaultGraphqlErrors: { readonly [code: string]: Outcome } = {
  UNAUTHENTICATED: 'credentials',
  UNAUTHORIZED: 'credentials',
  FORBIDDEN: 'credentials',
  ACCESS_DENIED: 'credentials',
  INVALID_CREDENTIALS: 'credentials',
  TOKEN_EXPIRED: 'credentials',
  BAD_USER_INPUT: 'refused',
  GRAPHQL_PARSE_FAILED: 'contract',
  GRAPHQL_VALIDATION: 'contract',
  GRAPHQL_VALIDATION_FAILED: 'contract',
  OPERATION_RESOLUTION_FAILURE: 'contract',
  'validation-failed': 'contract',
  MER_ERR_GQL_VALIDATION: 'contract',
  THROTTLED: 'unavailable',
  RATE_LIMITED: 'unavailable',
  TOO_MANY_REQUESTS: 'unavailable',
  REQUESTS_EXCEEDED: 'unavailable',
  SERVICE_UNAVAILABLE: 'unavailable',
  INTERNAL_SERVER_ERROR: 'unanswered',
}

/** From the one that decides over all others to the one that decides last. */
const order: readonly Outcome[] = [
  'unanswered',
  'credentials',
  'contract',
  'unavailable',
  'refused',
  'changed',
  'ok',
]

/** What was answered, as far as it tells how bad its errors are. */
export interface Answered {
  readonly errors: readonly GraphqlError[]
  /** Undefined where the operation was not begun. */
  readonly data: unknown
  readonly mutation: boolean
  /** What the status means, for errors that nobody knows. */
  readonly status: Outcome | undefined
}

/**
 * What the errors mean together: the worst. Where nobody knows the code, it is the application's, and refuses; an error
 * without code from within an operation may have come at any moment of it. A mutation that did something before it
 * failed, at another field or below its own, is never said to have done nothing.
 */
export function outcomeOf(answered: Answered, declared: readonly (GraphqlErrors | undefined)[]): Outcome {
  const outcomes = answered.errors.map(error => {
    const outcome = outcomeOfOne(error, answered, declared)
    return outcome !== 'ok' && hasDone(answered, error) ? 'unanswered' : outcome
  })
  return order.find(outcome => outcomes.includes(outcome)) ?? 'ok'
}

function outcomeOfOne(
  error: GraphqlError,
  { data, status }: Answered,
  declared: readonly (GraphqlErrors | undefined)[],
): Outcome {
  const known = declaredOutcome(error, declared) ?? own(defaultGraphqlErrors, error.code)
  if (known !== undefined) return known
  if (status !== undefined && status !== 'ok') return status
  if (error.code !== '') return 'refused'
  return data === undefined && error.path.length === 0 ? 'refused' : 'unanswered'
}

/** Undefined where nobody has declared it. */
export function declaredOutcome(
  error: GraphqlError,
  declared: readonly (GraphqlErrors | undefined)[],
): Outcome | undefined {
  for (const errors of declared) {
    const outcome = typeof errors === 'function' ? errors(error) : errors && own(errors, error.code)
    if (outcome !== undefined) return outcome
  }
  return undefined
}

function hasDone({ data, mutation }: Answered, { path }: GraphqlError): boolean {
  if (!mutation) return false
  const fields = typeof data === 'object' && data !== null ? Object.entries(data) : []
  return path.length > 1 || fields.some(([name, value]) => value !== null && name !== '__typename')
}

function own(table: { readonly [name: string]: Outcome }, name: string): Outcome | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** What a failure that comes as data means. */
export function outcomeOfData(answer: unknown, failures: Failures): Outcome | undefined {
  if (typeof failures === 'function') return failures(answer)
  const name = (answer as { __typename?: unknown } | null | undefined)?.__typename
  return typeof name === 'string' ? own(failures, name) : undefined
}

/** `hide` removes from the server's words what is secret. */
export function failureOf(
  outcome: Exclude<Outcome, 'ok'>,
  reasons: readonly string[],
  how: { channel: string; retryAfter?: number | undefined; hide(text: string): string },
): IsthmusError {
  const reason = shorten(how.hide(reasons.join('; ')))
  const { retryAfter } = how
  return new IsthmusError(codes[outcome], `${how.channel} answered an error: ${reason}`, {
    ...(retryAfter !== undefined && { retryAfter }),
  })
}
