import type { SinkChannel } from '../../system/channel.ts'
import type { Effect } from '../../system/effect.ts'
import type { SagaDefinition } from './stage.ts'

/** Whether there is still a way back at the point that has been declared. */
export type Phase = 'before pivot' | 'behind pivot'

/**
 * Steps over several systems that all happen or are all taken back (saga pattern). It is a channel of Isthmus itself: a
 * flow starts one with `.to(saga)`. `R` is what its stages come to.
 */
export interface Saga<T, R = unknown, P extends Phase = Phase>
  extends SinkChannel<T, Effect<'idempotent', false>> {
  readonly definition: SagaDefinition
  readonly results?: R
  readonly phase?: P
}
