import { hash } from 'node:crypto'
import { IsthmusError, withFate } from '../../errors.ts'
import type { SagaDefinition } from '../../flow/saga/stage.ts'
import { allStages, type ChildStage, type Stage, type StepStage } from '../../flow/saga/stage.ts'
import { effectKey } from '../../message/effect-key.ts'
import type { Json } from '../../message/json-value.ts'
import type { Outgoing } from '../../system/roles.ts'
import { carryOut, type EffectChannel, type EffectNotes, settleRefusal } from '../effects.ts'
import type { Host } from '../host.ts'
import { nextTry } from '../next-try.ts'
import { StepError } from '../run-steps.ts'
import { runningId, type Want } from './advance.ts'
import type { Doing, SagaFact } from './saga-fact.ts'
import type { Outcome, SagaRun } from './saga-run.ts'
import { newStage, type Progress, type SagaState } from './saga-state.ts'

type Call = Extract<Want, { kind: 'call' }>

const sha256 = (text: string): string => hash('sha256', text, 'binary')

/** The stable key of an effect of a saga: the same on every attempt, and another one for taking it back. */
export function sagaEffectKey(landscape: string, saga: string, startId: string, id: string): string {
  return effectKey(sha256, [landscape, `saga/${saga}`, startId, id])
}

/** By what the effect of a step is known in its key. */
export function effectId(stage: Stage, doing: Doing, { anew }: Pick<Progress, 'anew'>): string {
  const id = runningId(stage, doing)
  return anew === 0 ? id : `${id}:${anew}`
}

/** Calls the channel of a step, at most once where it cannot bear twice, and says what came of it. Never rejects. */
export async function performCall(
  run: SagaRun,
  { stage, doing, request }: Call,
  state: SagaState,
  options: { readonly landscape: string; readonly host: Host; readonly channel: EffectChannel },
): Promise<Outcome> {
  const id = runningId(stage, doing)
  const { name } = run.definition
  const progress = (state.stages.get(stage.id) ?? newStage)[doing]
  const attempts = progress.attempts + 1
  const item: Outgoing = {
    data: request,
    effectKey: sagaEffectKey(
      options.landscape,
      name,
      state.started.startId,
      effectId(stage, doing, progress),
    ),
    key: run.key,
    messageId: state.started.cause,
    attempt: attempts,
  }
  const notes: EffectNotes = { results: {}, sent: new Set(progress.sent ? [id] : []) }
  const note = async () => {
    await run.tell(() => [{ type: 'sent', stage: stage.id, doing, attempt: attempts }])
  }
  const called = doing === 'do' ? stage : (stage.undo as NonNullable<StepStage['undo']>)
  const { channel, host } = options
  const done = (result: unknown): Outcome => {
    const fact = { type: 'done', stage: stage.id, doing, attempts, result: (result ?? null) as Json } as const
    return () => [fact]
  }
  const wasCalled = () => doing === 'do' && run.mayHaveCalled(stage.id)
  const failed = (error: IsthmusError, knows?: Known): Outcome => {
    const known = knows ?? (wasCalled() ? 'may have happened' : undefined)
    return now => [failure(run.definition, now, stage, doing, attempts, error, host, known)]
  }
  try {
    return done(await carryOut(called, id, item, channel, notes, { note, when: 'soon' }))
  } catch (thrown) {
    const error = errorOf(thrown)
    if (!isRefusal(error) || !(doing === 'undo' || progress.unsure || wasCalled())) return failed(error)
    const found = await settleRefusal(called, id, item, channel, notes).catch(errorOf)
    if (found instanceof IsthmusError) return failed(found)
    if (found === 'refused') return failed(error, 'never happened')
    return found === 'unknown' ? failed(error) : done(found.result)
  }
}

/** What is known of all calls of a step beside what its state and the last answer say. */
type Known = 'may have happened' | 'never happened'

function errorOf(thrown: unknown): IsthmusError {
  const error = thrown instanceof StepError ? thrown.error : thrown
  return error instanceof IsthmusError ? error : new IsthmusError('STEP-FAILED', String(error))
}

/**
 * What follows when a step did not succeed. It is tried again while its policy allows that; then, while there is a way
 * back, the saga turns, else it needs a person.
 */
export function failure(
  definition: SagaDefinition,
  state: SagaState,
  stage: StepStage | ChildStage,
  doing: Doing,
  attempts: number,
  thrown: IsthmusError,
  host: Host,
  known?: Known,
): SagaFact {
  const before = (state.stages.get(stage.id) ?? newStage)[doing]
  const called = stage.kind === 'child' ? undefined : doing === 'do' ? stage : stage.undo
  const isAbsent = known === 'never happened'
  const unsure = known === 'may have happened' || isUnsure(thrown)
  const mayHaveHappened = unsure || (before.unsure && !isAbsent)
  const reads = doing === 'do' && !mayHaveHappened ? outdatedBy(stage, state, thrown) : undefined
  const met = reads === undefined ? thrown : withFate(thrown, 'retry')
  const { error, times, due } = nextTry(called?.policy.retry ?? {}, before.times, met, host)
  const { code, message: reason } = error
  if (reads !== undefined && due !== undefined)
    return { type: 'outdated', stage: stage.id, reads, attempts, times, due, code, reason }
  const common = { stage: stage.id, attempts, unsure, code, reason }
  if (due !== undefined) return { type: 'setback', doing, ...common, times, due }
  const last = { ...common, ...(isAbsent && { absent: true as const }) }
  const hasWayBack = doing === 'do' && canTurn(definition, state, stage, mayHaveHappened)
  return hasWayBack ? { type: 'failed', ...last } : { type: 'stuck', doing, ...last }
}

/** The stage that is to read again, if that is why the write was refused. */
function outdatedBy(stage: Stage, { turned }: SagaState, { code }: IsthmusError): string | undefined {
  return code === 'TARGET-CHANGED' && stage.kind === 'step' && !turned ? stage.compares : undefined
}

/** Whether the saga may turn back when this step will not happen, or may have. */
function canTurn(
  definition: SagaDefinition,
  state: SagaState,
  stage: StepStage | ChildStage,
  unsure: boolean,
): boolean {
  if (state.turned) return true
  if (isPivotDone(definition.stages, state)) return false
  if (!unsure || stage.kind === 'child') return true
  return !stage.isPivot && (stage.undo !== undefined || stage.channel.effect.kind === 'read')
}

export function isPivotDone(stages: readonly Stage[], state: SagaState): boolean {
  for (const stage of allStages(stages))
    if (stage.kind === 'step' && stage.isPivot) return state.stages.get(stage.id)?.do.status === 'done'
  return false
}

/** Whether the pivot may have happened, and that is still to be found out; a person who names it has found out. */
export function isPivotUnderWay(
  stages: readonly Stage[],
  state: SagaState,
  running: readonly string[],
  named: string | undefined,
): boolean {
  for (const stage of allStages(stages)) {
    if (stage.kind !== 'step' || !stage.isPivot) continue
    const { status, sent, unsure } = (state.stages.get(stage.id) ?? newStage).do
    const isInDoubt = status === 'stuck' && (sent || unsure) && named !== stage.id
    return isInDoubt || (status === 'open' && (sent || unsure || running.includes(stage.id)))
  }
  return false
}

/** Whether a call that failed so will never be another: neither is it tried again, nor has it had its effect. */
function isRefusal(error: IsthmusError): boolean {
  return error.fate === 'park' && !isUnsure(error)
}

/** Whether a call that failed so may have had its effect. */
function isUnsure(error: IsthmusError): boolean {
  const { code, fate, detail } = error
  return (
    code === 'TARGET-UNANSWERED' ||
    fate === 'doubt' ||
    code === 'TARGET-CONTRACT' ||
    detail.unclassified === true
  )
}
