import type { Model } from '../../model/model.ts'
import type { RequesterChannel, SinkChannel } from '../../system/channel.ts'
import type { Guard } from '../../system/policy.ts'
import type { SagaEvent } from './saga-event.ts'

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

/** One stage of a saga, as its author declared it. Functions are pure: they run again after a crash and in timelines. */
export type Stage =
  | StepStage
  | TogetherStage
  | WhenStage
  | RequireStage
  | WaitStage
  | DelayStage
  | DecideStage
  | LockStage
  | ChildStage

/** What is known when a stage begins: the input, and under the id of each stage before it what that one came to. */
export type Scope = Readonly<Record<string, unknown>>

export type CalledChannel = SinkChannel<unknown> | RequesterChannel<unknown, unknown>

/** Calls a channel. */
export interface StepStage {
  readonly kind: 'step'
  readonly id: string
  readonly channel: CalledChannel
  request(scope: Scope): unknown
  readonly policy: Guard
  /** From here on there is no way back. */
  readonly isPivot: boolean
  /** It reads again what an earlier stage read; false as its verdict turns the saga back. */
  readonly unchanged?: ((answer: unknown, scope: Scope) => boolean) | undefined
  /** Its effect is the same in whatever order it comes with those of others: an addition, not an overwriting. */
  readonly commutes: boolean
  /**
   * The stage whose reading its request is made of, with the version that the target compares before it writes. When the
   * target says TARGET-CHANGED, and nothing was done, that stage reads again, and then this one is tried again.
   */
  readonly compares?: string | undefined
  readonly undo?: Undo | undefined
}

/** Takes the effect of a step back. Also called when it is not known whether the step happened. */
export interface Undo {
  readonly channel: CalledChannel
  request(scope: Scope): unknown
  readonly policy: Guard
}

/** Stages side by side; goes on when all have ended. */
export interface TogetherStage {
  readonly kind: 'together'
  readonly id: string
  readonly branches: readonly { readonly name: string; readonly stages: readonly Stage[] }[]
}

export interface WhenStage {
  readonly kind: 'when'
  readonly id: string
  holds(scope: Scope): boolean
  readonly stages: readonly Stage[]
}

/** Turns the saga back unless it holds. */
export interface RequireStage {
  readonly kind: 'require'
  readonly id: string
  holds(scope: Scope): boolean
}

/** What happens when something did not come in time. */
export type Late = 'undo' | 'person' | 'go on'

export interface WaitStage {
  readonly kind: 'wait'
  readonly id: string
  readonly event: SagaEvent<unknown>
  key(scope: Scope): string
  /** Whether an event of the key is the one that is waited for. */
  accept(event: unknown, scope: Scope): boolean
  /** Milliseconds; for ever if absent. */
  readonly within: number | undefined
  readonly late: Late
}

export interface DelayStage {
  readonly kind: 'delay'
  readonly id: string
  /** Milliseconds. */
  length(scope: Scope): number
}

export interface DecideStage {
  readonly kind: 'decide'
  readonly id: string
  question(scope: Scope): string
  readonly options: readonly string[]
  readonly within: number | undefined
  readonly late: Late
}

/** Keeps other sagas from a business object until this one ends (semantic lock). */
export interface LockStage {
  readonly kind: 'lock'
  readonly id: string
  /** What is locked, such as `stock A-100`. Sagas that lock the same text exclude each other. */
  on(scope: Scope): string
  readonly within: number | undefined
}

/** Runs another saga and waits for its end. */
export interface ChildStage {
  readonly kind: 'child'
  readonly id: string
  readonly saga: SagaDefinition
  input(scope: Scope): unknown
}

/** Every stage with those inside of others, in the order of declaration. */
export function* allStages(stages: readonly Stage[]): Generator<Stage> {
  for (const stage of stages) {
    yield stage
    if (stage.kind === 'when') yield* allStages(stage.stages)
    if (stage.kind === 'together') for (const branch of stage.branches) yield* allStages(branch.stages)
  }
}

/** Every channel that a saga calls. */
export function* calledChannels(stages: readonly Stage[]): Generator<CalledChannel> {
  for (const stage of allStages(stages)) {
    if (stage.kind !== 'step') continue
    yield stage.channel
    if (stage.undo) yield stage.undo.channel
  }
}
