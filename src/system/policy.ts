import type { OptionNames } from '../message/option-names.ts'
import type { Effect, RepeatableEffect } from './effect.ts'

/** How often and how long a failed effect is tried again. */
export interface Retry {
  /** Attempts in all before the message is parked; unlimited if absent. */
  readonly attempts?: number | undefined
  /** Pause before the second attempt; it doubles up to `longest`, and each is drawn between half and whole. */
  readonly first?: string | undefined
  readonly longest?: string | undefined
}

/**
 * What happens when a call was sent and not answered. `retry` repeats it with the same effect key, `probe` asks the
 * target first, `park` leaves it in doubt for a person. Only what the channel's effect contract allows compiles.
 */
export type Unanswered<E extends Effect> =
  | 'park'
  | (E extends RepeatableEffect ? 'retry' : never)
  | (E extends Effect<Effect['kind'], true> ? 'probe' : never)

/** How an effect is guarded, whatever its contract. */
export interface Guard {
  readonly retry?: Retry | undefined
  /** Default: `retry` on repeatable channels, else `probe` where the channel has one, else `park`. */
  readonly unanswered?: 'retry' | 'probe' | 'park' | undefined
}

/** The guards that a channel with contract `E` allows. */
export interface Policy<E extends Effect = Effect> extends Guard {
  readonly unanswered?: Unanswered<E> | undefined
}

const retryNames: OptionNames<Retry> = { attempts: true, first: true, longest: true }

export const policyNames: OptionNames<Policy> = { retry: retryNames, unanswered: true }
