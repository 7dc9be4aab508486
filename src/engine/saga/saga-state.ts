import type { Json } from '../../message/json-value.ts'
import type { Doing, Recorded, SagaFact } from './saga-fact.ts'

/** What a saga is after its facts: nothing is known of it that its log does not say. */
export interface SagaState {
  readonly version: number
  readonly started: Extract<SagaFact, { type: 'started' }>
  readonly began: number
  readonly stages: ReadonlyMap<string, StageState>
  readonly turned?: Extract<SagaFact, { type: 'turned' }> | undefined
  readonly ended?: 'completed' | 'compensated' | undefined
  /** Who lets it begin nothing new, and since when. */
  readonly paused?: { readonly by: string; readonly why: string; readonly at: number } | undefined
  /** Who works on it, and since when. */
  readonly person?: { readonly by: string; readonly why: string; readonly at: number } | undefined
  /** Which events of each key have been taken, by name and key of the event. */
  readonly taken: ReadonlyMap<string, readonly number[]>
}

export interface StageState {
  readonly do: Progress
  readonly undo: Progress
  /** What it came to, once it is done. */
  readonly result?: Json | undefined
  readonly waiting?: Extract<SagaFact, { type: 'waiting' }> | undefined
  readonly locked?: string | undefined
}

export interface Progress {
  readonly status: 'open' | 'done' | 'failed' | 'stuck'
  /** Version of the fact that says it is done. */
  readonly version?: number | undefined
  readonly attempts: number
  /** How often in a row it has failed in a way that counts. */
  readonly times: number
  /** Not before this time; milliseconds since 1970 UTC. */
  readonly due?: number | undefined
  /** How often it was made anew, since what it was made of had changed: each time it is another effect. */
  readonly anew: number
  /** A call was sent that may not be repeated, and its outcome is not known. */
  readonly sent: boolean
  /** It may have happened: a call was not answered. */
  readonly unsure: boolean
  /** It was running when the saga turned back, and nothing more is known of it. */
  readonly presumed: boolean
  readonly error?: { readonly code: string; readonly reason: string } | undefined
}

const untouched: Progress = {
  status: 'open',
  attempts: 0,
  times: 0,
  anew: 0,
  sent: false,
  unsure: false,
  presumed: false,
}
export const newStage: StageState = { do: untouched, undo: untouched }

const nothing = new Map<string, never>()

/** The state after one more fact; without a state, the fact must be `started`. */
export function evolve(state: SagaState | undefined, { fact, at, version }: Recorded): SagaState {
  if (!state) {
    if (fact.type !== 'started') throw new Error(`a saga log begins with "${fact.type}"`)
    return { version, started: fact, began: at, stages: nothing, taken: nothing }
  }
  const next = { ...state, version }
  switch (fact.type) {
    case 'started':
      throw new Error('a saga started twice')
    case 'turned':
      return { ...next, turned: fact, ended: undefined, stages: presumedOf(state.stages, fact.running) }
    case 'ended':
      return { ...next, ended: fact.outcome }
    case 'paused':
      return { ...next, paused: { by: fact.by, why: fact.why, at } }
    case 'continued':
      return { ...next, paused: undefined }
    case 'taken':
      return { ...next, person: { by: fact.by, why: fact.why, at } }
    case 'released':
      return { ...next, person: undefined }
    case 'received':
      return {
        ...withStage(next, fact.stage, stage => afterFact(stage, fact, version, at)),
        taken: new Map(state.taken).set(fact.from, [...(state.taken.get(fact.from) ?? []), fact.place]),
      }
    case 'outdated':
      return madeAnew(next, fact)
    case 'resumed':
      if (fact.reads !== undefined) return madeAnew(next, { ...fact, reads: fact.reads, times: 0 })
      return withStage(next, fact.stage, stage => afterFact(stage, fact, version, at))
    default:
      return withStage(next, fact.stage, stage => afterFact(stage, fact, version, at))
  }
}

export function foldSaga(log: readonly Recorded[]): SagaState | undefined {
  let state: SagaState | undefined
  for (const recorded of log) state = evolve(state, recorded)
  return state
}

type StageFact = Extract<SagaFact, { stage: string }> & Exclude<SagaFact, { type: 'turned' | 'outdated' }>

function afterFact(stage: StageState, fact: StageFact, version: number, at: number): StageState {
  switch (fact.type) {
    case 'waiting':
      return { ...stage, waiting: fact }
    case 'received':
      return { ...doneWith(stage, version, fact.data), waiting: undefined }
    case 'decided':
      return { ...doneWith(stage, version, decisionOf(fact, at)), waiting: undefined }
    case 'joined':
      return { ...doneWith(stage, version, fact.results), waiting: undefined }
    case 'locked':
      return { ...doneWith(stage, version, undefined), waiting: undefined, locked: fact.on }
    case 'elapsed':
      return afterElapsed(stage, fact, version)
    case 'resumed':
      return afterPerson(stage, fact, version)
    case 'done':
      if (fact.doing === 'undo')
        return { ...stage, undo: { ...stage.undo, status: 'done', version, sent: false } }
      return doneWith(stage, version, fact.result)
    default:
      return progressed(stage, fact)
  }
}

/** The reading is done again, and the write, of which nothing happened, is made of that: both are called for the first time. */
function madeAnew(
  state: SagaState,
  {
    stage: id,
    reads,
    times,
    due,
  }: Pick<Extract<SagaFact, { type: 'outdated' }>, 'stage' | 'reads' | 'times'> & { due?: number },
): SagaState {
  const read = withStage(state, reads, stage => ({ ...stage, result: undefined, do: { ...untouched, due } }))
  return withStage(read, id, stage => ({ ...stage, do: { ...untouched, times, anew: stage.do.anew + 1 } }))
}

/** A call that did not end well. */
function progressed(
  stage: StageState,
  fact: Extract<SagaFact, { type: 'sent' | 'setback' | 'failed' | 'stuck' }>,
): StageState {
  const doing: Doing = fact.type === 'failed' ? 'do' : fact.doing
  const before = stage[doing]
  // Sent again only once it is known that no call before has happened.
  if (fact.type === 'sent') {
    const anew = { sent: true, unsure: false, presumed: false, attempts: fact.attempt }
    return { ...stage, [doing]: { ...before, ...anew } }
  }
  const { attempts, unsure, code, reason } = fact
  const isAbsent = fact.type !== 'setback' && fact.absent === true
  const common = {
    ...before,
    attempts,
    unsure: (before.unsure && !isAbsent) || unsure,
    presumed: false,
    error: { code, reason },
  }
  if (fact.type === 'setback')
    return { ...stage, [doing]: { ...common, sent: before.sent && unsure, times: fact.times, due: fact.due } }
  return { ...stage, [doing]: { ...common, sent: before.sent && unsure, status: fact.type } }
}

function doneWith(stage: StageState, version: number, result: Json | undefined): StageState {
  return {
    ...stage,
    result,
    do: { ...stage.do, status: 'done', version, sent: false, due: undefined, error: undefined },
  }
}

function afterElapsed(
  stage: StageState,
  fact: Extract<SagaFact, { type: 'elapsed' }>,
  version: number,
): StageState {
  if (fact.late === 'go on') return { ...doneWith(stage, version, undefined), waiting: undefined }
  const error = { code: 'SAGA-LATE', reason: `it did not come in time: ${stage.waiting?.what ?? fact.stage}` }
  const status = fact.late === 'person' ? 'stuck' : 'failed'
  return { ...stage, do: { ...stage.do, status, error } }
}

function afterPerson(
  stage: StageState,
  fact: Extract<SagaFact, { type: 'resumed' }>,
  version: number,
): StageState {
  const { doing, how, result } = fact
  if (how === 'confirm' && doing === 'do') return { ...doneWith(stage, version, result), waiting: undefined }
  if (how === 'confirm') return { ...stage, undo: { ...stage.undo, status: 'done', version, sent: false } }
  const again = { ...stage[doing], status: 'open', times: 0, due: undefined, sent: false } as const
  return { ...stage, [doing]: again, ...(doing === 'do' && { waiting: undefined }) }
}

function decisionOf({ choice, by, why }: Extract<SagaFact, { type: 'decided' }>, at: number): Json {
  return { choice, by, why, at }
}

function presumedOf(
  stages: SagaState['stages'],
  running: readonly string[],
): ReadonlyMap<string, StageState> {
  const all = new Map(stages)
  for (const id of running) {
    const stage = all.get(id) ?? newStage
    all.set(id, { ...stage, do: { ...stage.do, presumed: true } })
  }
  return all
}

function withStage(state: SagaState, id: string, change: (stage: StageState) => StageState): SagaState {
  const stages = new Map(state.stages)
  stages.set(id, change(stages.get(id) ?? newStage))
  return { ...state, stages }
}
