import type { SagaDefinition } from '../../flow/saga/stage.ts'
import type { Store } from '../../store/store.ts'
import type { EffectChannel } from '../effects.ts'
import type { Watcher } from '../events.ts'
import type { Host } from '../host.ts'
import type { SagaFact } from './saga-fact.ts'

export interface SagasOptions {
  readonly landscape: string
  readonly definitions: readonly SagaDefinition[]
  readonly store: Store
  readonly token: number
  readonly host: Host
  readonly watch: Watcher
  readonly onFatal: (error: unknown) => void
  /** The channel of a step, or of what undoes it. */
  readonly channel: (definition: SagaDefinition, id: string) => EffectChannel
}

/** What begins a saga. */
export interface Start {
  readonly input: unknown
  /** The same again is the same saga. */
  readonly startId: string
  /** The message that led to it. */
  readonly cause: string
  /** The person who began it by hand. */
  readonly by?: string | undefined
  readonly parent?: Extract<SagaFact, { type: 'started' }>['parent']
}
