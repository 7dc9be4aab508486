import type { Late } from '../../flow/saga/stage.ts'
import type { Json } from '../../message/json-value.ts'

/** What a step was doing: its effect, or taking that back. */
export type Doing = 'do' | 'undo'

/** One entry of the saga log. What a saga is follows from its facts alone, in their order. */
export type SagaFact =
  | {
      readonly type: 'started'
      readonly input: Json
      /** Effect key of the message that started it, and part of all effect keys of the saga. */
      readonly startId: string
      /** The message that started it. */
      readonly cause: string
      /** Who began it by hand. */
      readonly by?: string | undefined
      /** Of the definition with which it runs to its end. */
      readonly definition: { readonly version: number; readonly shape: string }
      readonly parent?: { readonly saga: string; readonly key: string; readonly stage: string } | undefined
    }
  /** Written before a call that may not be repeated. */
  | { readonly type: 'sent'; readonly stage: string; readonly doing: Doing; readonly attempt: number }
  | {
      readonly type: 'done'
      readonly stage: string
      readonly doing: Doing
      readonly attempts: number
      readonly result: Json
    }
  /** Will be tried again when `due`. `unsure`: the call may have happened. */
  | {
      readonly type: 'setback'
      readonly stage: string
      readonly doing: Doing
      readonly attempts: number
      readonly times: number
      readonly due: number
      readonly unsure: boolean
      readonly code: string
      readonly reason: string
    }
  /**
   * A write was refused, and nothing was done, since what the stage `reads` has read had changed: that stage reads again when
   * `due`, and then the write is tried again, as another effect.
   */
  | {
      readonly type: 'outdated'
      readonly stage: string
      readonly reads: string
      readonly attempts: number
      readonly times: number
      readonly due: number
      readonly code: string
      readonly reason: string
    }
  /** A step will not happen. `unsure`: it may have happened before that was known. `absent`: its target says that it never has. */
  | {
      readonly type: 'failed'
      readonly stage: string
      readonly attempts: number
      readonly unsure: boolean
      readonly absent?: true | undefined
      readonly code: string
      readonly reason: string
    }
  /** Waits for something to come; until then if `until` is there. `what` is for people. */
  | {
      readonly type: 'waiting'
      readonly stage: string
      readonly what: string
      readonly until?: number | undefined
      readonly key?: string | undefined
    }
  /** `place` is which one of `from`, the name and key of the event. */
  | {
      readonly type: 'received'
      readonly stage: string
      readonly from: string
      readonly place: number
      readonly data: Json
    }
  /** The time is over; `delay` is by how many milliseconds that was noticed late. */
  | { readonly type: 'elapsed'; readonly stage: string; readonly late: Late; readonly delay: number }
  | {
      readonly type: 'decided'
      readonly stage: string
      readonly choice: string
      readonly by: string
      readonly why: string
    }
  | { readonly type: 'locked'; readonly stage: string; readonly on: string }
  /** What another saga, the child of this one, came to. */
  | { readonly type: 'joined'; readonly stage: string; readonly results: Json }
  /** From here on everything is taken back. `running`: steps that had begun and not ended. */
  | {
      readonly type: 'turned'
      readonly stage?: string | undefined
      readonly reason: string
      readonly running: readonly string[]
      readonly by?: string | undefined
    }
  /** Goes no further without a person. `unsure` and `absent` as above. */
  | {
      readonly type: 'stuck'
      readonly stage: string
      readonly doing: Doing
      readonly attempts: number
      readonly unsure: boolean
      readonly absent?: true | undefined
      readonly code: string
      readonly reason: string
    }
  /** A person lets it go on: the step is tried again, or has happened as the person knows. */
  | {
      readonly type: 'resumed'
      readonly stage: string
      readonly doing: Doing
      readonly how: 'retry' | 'confirm'
      readonly result?: Json | undefined
      /** It had been refused since what this stage has read had changed, and did not happen: the stage reads again first. */
      readonly reads?: string | undefined
      readonly by: string
      readonly why: string
    }
  /** Begins nothing new until it is continued; what is under way ends. */
  | { readonly type: 'paused' | 'continued'; readonly by: string; readonly why: string }
  /** A person works on it, or does so no more: meanwhile nobody else decides about it. */
  | { readonly type: 'taken' | 'released'; readonly by: string; readonly why: string }
  | { readonly type: 'ended'; readonly outcome: 'completed' | 'compensated' }

/** A fact with its time, milliseconds since 1970 UTC, and its place in the log, 1 for the first. */
export interface Recorded {
  readonly fact: SagaFact
  readonly at: number
  readonly version: number
}
