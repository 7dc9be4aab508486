import { reasonOf } from '../../errors.ts'
import type { Landscape } from '../../flow/landscape.ts'
import type { SagaDefinition } from '../../flow/saga/stage.ts'
import { allStages, type Stage } from '../../flow/saga/stage.ts'
import type { StoreReader } from '../../store/store.ts'
import { channelId } from '../../system/channel.ts'
import { fitting } from '../plan.ts'
import { scopeOf } from './advance.ts'
import { effectId, sagaEffectKey } from './perform.ts'
import type { Doing, Recorded } from './saga-fact.ts'
import { definitionFor, readSagaLog, type SagaStatus, statusOf } from './saga-log.ts'
import { foldSaga, newStage, type Progress, type SagaState, type StageState } from './saga-state.ts'

/** Everything that is known of one saga. */
export interface SagaTrace {
  readonly saga: string
  readonly key: string
  readonly log: readonly Recorded[]
  readonly state: SagaState
  readonly status: SagaStatus
  /** With which it goes on; undefined if the landscape has it no more. */
  readonly definition: SagaDefinition | undefined
  readonly stages: readonly StageTrace[]
}

/** One stage; those that have no channel have no effects. */
export interface StageTrace {
  readonly id: string
  /** Undefined where the definition is not known. */
  readonly stage: Stage | undefined
  readonly state: StageState
  readonly known: Known
  readonly do: TracedEffect | undefined
  readonly undo: TracedEffect | undefined
}

/** What is known of the other side: `unknown` where it may have happened; `open` while nothing has been recorded. */
export type Known = 'happened' | 'taken back' | 'did not happen' | 'unknown' | 'waits' | 'open'

export interface TracedEffect {
  /** Of a child: `saga NAME/KEY`. */
  readonly channel: string
  readonly effectKey: string | undefined
  /** Computed anew; undefined where it was never sent, or cannot be computed. */
  readonly request: unknown
  readonly progress: Progress
}

/** Undefined if there is no such saga. Pure functions of the definition run again; nothing is called. */
export async function traceSaga(
  reader: Pick<StoreReader, 'streams'>,
  landscape: Pick<Landscape, 'name' | 'sagas'> | undefined,
  saga: string,
  key: string,
): Promise<SagaTrace | undefined> {
  const log = await readSagaLog(reader, saga, key)
  const state = foldSaga(log)
  if (!state) return undefined
  const definition = definitionFor(landscape?.sagas ?? [], saga, state)
  const declared = definition ? [...allStages(definition.stages)].filter(hasSide) : []
  const gone = [...state.stages.keys()].filter(id => !declared.some(stage => stage.id === id))
  const effects = new Effects(landscape?.name ?? '', saga, state)
  return {
    saga,
    key,
    log,
    state,
    status: statusOf(state),
    definition,
    stages: [
      ...declared.map(stage => effects.trace(stage.id, stage)),
      ...gone.map(id => effects.trace(id, undefined)),
    ],
  }
}

/** The others only say which stages come next. */
function hasSide({ kind }: Stage): boolean {
  return kind !== 'together' && kind !== 'when' && kind !== 'require'
}

class Effects {
  readonly #landscape: string
  readonly #saga: string
  readonly #state: SagaState

  constructor(landscape: string, saga: string, state: SagaState) {
    this.#landscape = landscape
    this.#saga = saga
    this.#state = state
  }

  trace(id: string, stage: Stage | undefined): StageTrace {
    const state = this.#state.stages.get(id) ?? newStage
    return {
      id,
      stage,
      state,
      known: knownOf(state, this.#state.ended !== undefined),
      do: stage && this.#effect(stage, 'do', state),
      undo: stage && this.#effect(stage, 'undo', state),
    }
  }

  #effect(stage: Stage, doing: Doing, state: StageState): TracedEffect | undefined {
    const progress = state[doing]
    const request = (make: () => unknown) => (isTouched(progress) ? attempted(make) : undefined)
    const scope = scopeOf(this.#state)
    if (stage.kind === 'child') {
      if (doing === 'undo' && !isTouched(progress)) return undefined
      const input = attempted(() => stage.saga.key(fitting(stage.saga.model, stage.input(scope))))
      const channel = `saga ${stage.saga.name}${typeof input === 'string' ? `/${input}` : ''}`
      return { channel, effectKey: undefined, request: request(() => stage.input(scope)), progress }
    }
    if (stage.kind !== 'step') return undefined
    const called = doing === 'do' ? stage : stage.undo
    if (!called) return undefined
    return {
      channel: channelId(called.channel),
      effectKey: sagaEffectKey(
        this.#landscape,
        this.#saga,
        this.#state.started.startId,
        effectId(stage, doing, progress),
      ),
      request: request(() => fitting(called.channel.model, called.request(scope))),
      progress,
    }
  }
}

function knownOf({ do: done, undo, waiting }: StageState, isOver: boolean): Known {
  if (undo.status === 'done') return 'taken back'
  if (isUnsure(undo)) return 'unknown'
  if (done.status === 'done') return 'happened'
  if (isUnsure(done)) return 'unknown'
  if (waiting && done.status === 'open') return 'waits'
  return done.status === 'open' && !isOver ? 'open' : 'did not happen'
}

function isUnsure({ sent, unsure, presumed }: Progress): boolean {
  return sent || unsure || presumed
}

function isTouched(progress: Progress): boolean {
  return progress.status !== 'open' || progress.attempts > 0 || isUnsure(progress)
}

/** What cannot be computed is told by its reason. */
function attempted(make: () => unknown): unknown {
  try {
    return make()
  } catch (error) {
    return { 'cannot be computed': reasonOf(error) }
  }
}
