import { IsthmusError, reasonOf } from '../../errors.ts'
import type {
  ChildStage,
  DecideStage,
  DelayStage,
  LockStage,
  SagaDefinition,
  Scope,
  Stage,
  StepStage,
  Undo,
  WaitStage,
} from '../../flow/saga/stage.ts'
import { allStages } from '../../flow/saga/stage.ts'
import { fitting } from '../plan.ts'
import type { Doing, SagaFact } from './saga-fact.ts'
import { newStage, type SagaState, type StageState } from './saga-state.ts'

/** What a saga wants to happen next, beside what it is doing already. */
export type Want =
  | { readonly kind: 'call'; readonly stage: StepStage; readonly doing: Doing; readonly request: unknown }
  /** `left`: milliseconds until the time is over, whenever it is asked. */
  | { readonly kind: 'event'; readonly stage: WaitStage; readonly key: string; left(): number }
  | { readonly kind: 'lock'; readonly stage: LockStage; readonly on: string }
  | { readonly kind: 'child'; readonly stage: ChildStage; readonly doing: Doing; readonly input: unknown }
  /** Nothing before that time. */
  | { readonly kind: 'time'; readonly stage: Stage; left(): number }

/** `facts` follow from the state at once and are to be recorded first: then there are no wants. */
export interface Advance {
  readonly facts: readonly SagaFact[]
  readonly wants: readonly Want[]
}

/** The time at which it is asked what comes next. */
export interface SagaClock {
  /** Milliseconds since 1970 UTC. */
  readonly now: number
  /** See `Dues`. */
  left(id: string, due: number): number
}

/**
 * Says what comes next: nothing while it is paused. Pure: the same state at the same time gives the same. `running` are the steps under way, `left` those
 * that an earlier process may have begun.
 */
export function advance(
  definition: SagaDefinition,
  state: SagaState,
  clock: SagaClock,
  running: ReadonlySet<string>,
  left: ReadonlySet<string>,
): Advance {
  if (state.ended || state.paused) return { facts: [], wants: [] }
  const walk = new Walk(definition, state, clock, running, left)
  return state.turned ? walk.back() : walk.forward()
}

/** Steps that may be under way in this state though its log does not say so: only what may be repeated is called without a note. */
export function openSteps(
  definition: SagaDefinition,
  state: SagaState,
  clock: SagaClock,
): ReadonlySet<string> {
  if (state.ended || state.turned) return new Set()
  const { wants } = new Walk(definition, state, clock, new Set(), new Set()).forward('whatever follows')
  return new Set(
    wants.flatMap(want => {
      const isQuiet = want.kind === 'call' && want.stage.channel.effect.kind === 'idempotent'
      return isQuiet || want.kind === 'child' ? [want.stage.id] : []
    }),
  )
}

class Walk {
  readonly #definition: SagaDefinition
  readonly #state: SagaState
  readonly #clock: SagaClock
  readonly #running: ReadonlySet<string>
  readonly #left: ReadonlySet<string>
  readonly #scope: Scope
  readonly #facts: SagaFact[] = []
  readonly #wants: Want[] = []

  constructor(
    definition: SagaDefinition,
    state: SagaState,
    clock: SagaClock,
    running: ReadonlySet<string>,
    left: ReadonlySet<string>,
  ) {
    this.#definition = definition
    this.#state = state
    this.#clock = clock
    this.#running = running
    this.#left = left
    this.#scope = scopeOf(state)
  }

  /** Wants are given only when nothing follows at once, or whatever does. */
  forward(when: 'nothing follows' | 'whatever follows' = 'nothing follows'): Advance {
    const isDone = this.#sequence(this.#definition.stages)
    if (when === 'whatever follows') return { facts: this.#facts, wants: this.#wants }
    if (isDone && this.#facts.length === 0) this.#facts.push({ type: 'ended', outcome: 'completed' })
    return this.#result()
  }

  /** One at a time, what was done last first, once nothing is running forward any more. */
  back(): Advance {
    if (this.#running.size > 0 && [...this.#running].every(isForward)) return this.#result()
    const next = undoable(this.#definition.stages, this.#state)[0]
    if (!next) this.#facts.push({ type: 'ended', outcome: 'compensated' })
    else if (this.#of(next).undo.status === 'open') this.#attempt(next, 'undo')
    return this.#result()
  }

  #result(): Advance {
    return { facts: this.#facts, wants: this.#facts.length > 0 ? [] : this.#wants }
  }

  /** Whether all stages are done. */
  #sequence(stages: readonly Stage[]): boolean {
    return stages.every(stage => this.#stage(stage))
  }

  #stage(stage: Stage): boolean {
    const known = this.#of(stage)
    if (known.do.status === 'done') return this.#isUnchanged(stage, known)
    if (known.do.status === 'failed') return this.#turn(stage, known.do.error?.reason ?? 'it failed')
    if (known.do.status === 'stuck') return false
    try {
      return this.#open(stage, known)
    } catch (error) {
      return this.#stick(stage, 'do', error)
    }
  }

  #isUnchanged(stage: Stage, { result }: StageState): boolean {
    if (stage.kind !== 'step' || !stage.unchanged || stage.unchanged(result, this.#scope)) return true
    return this.#turn(stage, `what was read has changed since: ${stage.id}`)
  }

  #open(stage: Stage, known: StageState): boolean {
    switch (stage.kind) {
      case 'together':
        return stage.branches.map(branch => this.#sequence(branch.stages)).every(done => done)
      case 'when':
        return stage.holds(this.#scope) ? this.#sequence(stage.stages) : true
      case 'require':
        return stage.holds(this.#scope) || this.#turn(stage, `it is required: ${stage.id}`)
      case 'step':
      case 'child':
        this.#attempt(stage, 'do')
        return false
      default:
        return this.#waits(stage, known)
    }
  }

  #waits(stage: WaitStage | DelayStage | DecideStage | LockStage, { waiting }: StageState): boolean {
    if (!waiting) {
      this.#facts.push(this.#waiting(stage))
      return false
    }
    const left = () => this.#untilDue(stage.id, waiting.until)
    const isOver = left() <= 0
    // An event that came in time is taken, though that is noticed only now.
    if (isOver && stage.kind !== 'wait') {
      const late = stage.kind === 'delay' ? 'go on' : stage.kind === 'lock' ? 'undo' : stage.late
      this.#facts.push({ type: 'elapsed', stage: stage.id, late, delay: Math.floor(-left()) })
      return false
    }
    if (stage.kind === 'wait') this.#wants.push({ kind: 'event', stage, key: waiting.key ?? '', left })
    if (stage.kind === 'lock') this.#wants.push({ kind: 'lock', stage, on: waiting.what })
    if (waiting.until !== undefined && !isOver) this.#wants.push({ kind: 'time', stage, left })
    return false
  }

  #waiting(stage: WaitStage | DelayStage | DecideStage | LockStage): SagaFact {
    const length = stage.kind === 'delay' ? stage.length(this.#scope) : stage.within
    const until = length === undefined ? undefined : this.#clock.now + length
    const common = { type: 'waiting', stage: stage.id, until } as const
    if (stage.kind === 'delay') return { ...common, what: 'time' }
    if (stage.kind === 'decide') return { ...common, what: stage.question(this.#scope) }
    if (stage.kind === 'lock') return { ...common, what: stage.on(this.#scope) }
    const key = stage.key(this.#scope)
    return { ...common, what: `${stage.event.name} of ${key}`, key }
  }

  #attempt(stage: StepStage | ChildStage, doing: Doing): void {
    const progress = this.#of(stage)[doing]
    if (this.#running.has(runningId(stage, doing))) return
    const left = () => this.#untilDue(runningId(stage, doing), progress.due)
    if (progress.due !== undefined && left() > 0) return void this.#wants.push({ kind: 'time', stage, left })
    try {
      this.#wants.push(this.#call(stage, doing))
    } catch (error) {
      this.#stick(stage, doing, error)
    }
  }

  #call(stage: StepStage | ChildStage, doing: Doing): Want {
    if (stage.kind === 'child')
      return { kind: 'child', stage, doing, input: fitting(stage.saga.model, stage.input(this.#scope)) }
    const { channel, request } = doing === 'do' ? stage : (stage.undo as Undo)
    return { kind: 'call', stage, doing, request: fitting(channel.model, request(this.#scope)) }
  }

  #turn(stage: Stage, reason: string): boolean {
    const running = [...new Set([...this.#running].filter(isForward)).union(this.#left)]
    if (!this.#facts.some(({ type }) => type === 'turned'))
      this.#facts.push({ type: 'turned', stage: stage.id, reason, running })
    return false
  }

  /** A function of the author threw, and would again. */
  #stick(stage: Stage, doing: Doing, error: unknown): boolean {
    const { attempts, unsure } = this.#of(stage)[doing]
    const code = error instanceof IsthmusError ? error.code : 'STEP-FAILED'
    const reason = `Its function failed: ${reasonOf(error)}`
    this.#facts.push({ type: 'stuck', stage: stage.id, doing, attempts, unsure, code, reason })
    return false
  }

  #untilDue(id: string, due: number | undefined): number {
    return due === undefined ? Number.POSITIVE_INFINITY : this.#clock.left(id, due)
  }

  #of({ id }: Stage): StageState {
    return this.#state.stages.get(id) ?? newStage
  }
}

/** What the functions of a saga are given. */
export function scopeOf({ started, stages }: SagaState): Scope {
  const scope: Record<string, unknown> = { input: started.input }
  for (const [id, { result }] of stages) if (result !== undefined && result !== null) scope[id] = result
  return scope
}

/** What has happened or may have, and is to be taken back and is not yet: the last first. */
export function undoable(stages: readonly Stage[], state: SagaState): (StepStage | ChildStage)[] {
  const version = ({ id }: Stage) => state.stages.get(id)?.do.version ?? Number.POSITIVE_INFINITY
  return [...allStages(stages)]
    .filter(stage => stage.kind === 'child' || (stage.kind === 'step' && stage.undo !== undefined))
    .filter(({ kind, id }) => {
      const { do: done, undo, waiting } = state.stages.get(id) ?? newStage
      const isUnderWay = kind === 'child' && done.status === 'open' && waiting !== undefined
      const mayHaveHappened = done.status === 'done' || done.unsure || done.sent || done.presumed
      return undo.status !== 'done' && (mayHaveHappened || isUnderWay)
    })
    .sort((a, b) => version(b) - version(a)) as (StepStage | ChildStage)[]
}

/** A step that is under way, in the set of what is running. */
export function runningId({ id }: Stage, doing: Doing): string {
  return doing === 'do' ? id : `${id}:undo`
}

function isForward(id: string): boolean {
  return !id.endsWith(':undo')
}
