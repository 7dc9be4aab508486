import { IsthmusError } from '../../errors.ts'
import type { OptionNames } from '../../message/option-names.ts'
import type { RequesterChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Guard, policyNames, type Retry } from '../../system/policy.ts'

/** Asks a requester and adds its answer as a field named like the step (the enricher of integration patterns). */
export interface EnrichStep {
  readonly kind: 'enrich'
  readonly id: string
  readonly channel: RequesterChannel<unknown, unknown>
  request(data: unknown): unknown
  readonly policy: Guard
  /** Where it looks something up: how answers are kept. */
  readonly lookup?: LookupRule | undefined
  /** What the field becomes where nothing is found; without it, the message is parked. */
  readonly miss?: ((data: unknown) => unknown) | undefined
}

export interface LookupRule {
  /** Milliseconds for which an answer, also that there is none, is used again. */
  readonly cache: number
  /** The most answers that are kept. */
  readonly entries: number
  /** A miss parks the message. */
  readonly parks: boolean
}

/** How a lookup is kept and guarded. */
export interface LookupOptions<T, A> {
  readonly retry?: Retry | undefined
  /** For how long an answer is used again for the same request, `10m`; an answer of nothing, too. Default: not at all. */
  readonly cache?: string | undefined
  /** The most answers that are kept in memory; the one that was not used for longest goes first. Default 10000. */
  readonly entries?: number | undefined
  /** What the field becomes where nothing is found: `park` the message, or a function of its data. */
  readonly miss: 'park' | ((data: T) => A)
}

export const lookupNames: OptionNames<LookupOptions<never, unknown>> = {
  retry: policyNames.retry,
  cache: true,
  entries: true,
  miss: 'needed',
}

export function enrichStep<T, I, O>(
  id: string,
  channel: RequesterChannel<I, O>,
  request: (data: T) => I,
  policy: Guard,
): EnrichStep {
  return Object.freeze({ kind: 'enrich', id, channel, request: request as EnrichStep['request'], policy })
}

/** Throws FLOW-DEFINITION for what is no duration. */
export function lookupStep<T, I, O, A>(
  id: string,
  channel: RequesterChannel<I, O>,
  request: (data: T) => I,
  { cache = '0s', entries = 10_000, miss, ...policy }: LookupOptions<T, A>,
): EnrichStep {
  if (!(entries >= 1))
    throw new IsthmusError('FLOW-DEFINITION', `The lookup ${id} must keep at least one entry.`)
  return Object.freeze({
    ...enrichStep(id, channel, request, policy),
    lookup: Object.freeze({ cache: parseDuration(cache), entries, parks: miss === 'park' }),
    ...(miss !== 'park' && { miss: miss as EnrichStep['miss'] }),
  })
}
