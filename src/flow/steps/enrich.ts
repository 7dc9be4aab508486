import type { RequesterChannel } from '../../system/channel.ts'
import type { Guard } from '../../system/policy.ts'

/** Asks a requester and adds its answer as a field named like the step (the enricher of integration patterns). */
export interface EnrichStep {
  readonly kind: 'enrich'
  readonly id: string
  readonly channel: RequesterChannel<unknown, unknown>
  request(data: unknown): unknown
  readonly policy: Guard
}

export function enrichStep<T, I, O>(
  id: string,
  channel: RequesterChannel<I, O>,
  request: (data: T) => I,
  policy: Guard,
): EnrichStep {
  return Object.freeze({ kind: 'enrich', id, channel, request: request as EnrichStep['request'], policy })
}
