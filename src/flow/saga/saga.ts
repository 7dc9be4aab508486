import type { Model } from '../../model/model.ts'
import type { SinkChannel } from '../../system/channel.ts'
import type { Effect } from '../../system/effect.ts'
import type { Stage } from './stage.ts'

/** What a saga is, as its author declared it. */
export interface SagaDefinition {
  readonly name: string
  /** Grows when the stages change: a saga that has begun goes on as the version it began with. */
  readonly version: number
  readonly model: Model<unknown>
  /** By what a saga is found, and of which there is one: the key field of the model. */
  key(input: unknown): string
  readonly stages: readonly Stage[]
  /** Versions that may still be under way. */
  readonly earlier: readonly SagaDefinition[]
  /** `file:line` of the declaration, where it is known. */
  readonly at: string | undefined
}

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
