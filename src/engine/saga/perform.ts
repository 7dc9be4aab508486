import { hash } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import type { SagaDefinition } from '../../flow/saga/stage.ts'
import { allStages, type ChildStage, type Stage, type StepStage } from '../../flow/saga/stage.ts'
import { effectKey } from '../../message/effect-key.ts'
import type { Json } from '../../message/json-value.ts'
import type { Outgoing } from '../../system/roles.ts'
import { carryOut, type EffectChannel, type EffectNotes } from '../effects.ts'
import type { Host } from '../host.ts'
import { nextTry } from '../next-try.ts'
import { StepError } from '../run-steps.ts'
import { runningId, type Want } from './advance.ts'
import type { Doing, SagaFact } from './saga-fact.ts'
import type { Outcome, SagaRun } from './saga-run.ts'
import { newStage, type SagaState } from './saga-state.ts'

type Call = Extract<Want, { kind: 'call' }>

const sha256 = (text: string): string => hash('sha256', text, 'binary')

/** The stable key of an effect of a saga: the same on every attempt, and another one for taking it back. */
export function sagaEffectKey(landscape: string, saga: string, startId: string, id: string): string {
  return effectKey(sha256, [landscape, `saga/${saga}`, startId, id])
}

/** Calls the channel of a step, at most once where it cannot bear twice, and says what came of it. Never rejects. */
export async function performCall(
  run: SagaRun,
  { stage, doing, request }: Call,
  state: SagaState,
  options: { readonly landscape: string; readonly host: Host; readonly channel: EffectChannel },
): Promise<Outcome> {
  const id = runningId(stage, doing)
  const { name } = run.options.definition
  const progress = (state.stages.get(stage.id) ?? newStage)[doing]
  const attempts = progress.attempts + 1
  const item: Outgoing = {
    data: request,
    effectKey: sagaEffectKey(options.landscape, name, state.started.startId, id),
    key: run.options.key,
    messageId: state.started.cause,
    attempt: attempts,
  }
  const notes: EffectNotes = { results: {}, sent: new Set(progress.sent ? [id] : []) }
  const note = async () => {
    await run.tell(() => [{ type: 'sent', stage: stage.id, doing, attempt: attempts }])
  }
  const called = doing === 'do' ? stage : (stage.undo as NonNullable<StepStage['undo']>)
  try {
    const result = await carryOut(called, id, item, options.channel, notes, { note, when: 'soon' })
    const done = { type: 'done', stage: stage.id, doing, attempts, result: (result ?? null) as Json } as const
    return () => [done]
  } catch (thrown) {
    const error = thrown instanceof StepError ? thrown.error : unknownError(thrown)
    const mayHaveHappened = doing === 'do' && run.mayHaveCalled(stage.id)
    return now => [
      failure(run.options.definition, now, stage, doing, attempts, error, options.host, mayHaveHappened),
    ]
  }
}

function unknownError(thrown: unknown): IsthmusError {
  return thrown instanceof IsthmusError ? thrown : new IsthmusError('STEP-FAILED', String(thrown))
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
  mayHaveHappened = false,
): SagaFact {
  const before = (state.stages.get(stage.id) ?? newStage)[doing]
  const called = stage.kind === 'child' ? undefined : doing === 'do' ? stage : stage.undo
  const { error, times, due } = nextTry(called?.policy.retry ?? {}, before.times, thrown, host)
  const unsure = mayHaveHappened || isUnsure(thrown)
  const { code, message: reason } = error
  const common = { stage: stage.id, attempts, unsure, code, reason }
  if (due !== undefined) return { type: 'setback', doing, ...common, times, due }
  const hasWayBack = doing === 'do' && canTurn(definition, state, stage, unsure || before.unsure)
  return hasWayBack ? { type: 'failed', ...common } : { type: 'stuck', doing, ...common }
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
