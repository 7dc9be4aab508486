import { runningId, undoable } from '../../engine/saga/advance.ts'
import { isPivotDone } from '../../engine/saga/perform.ts'
import type { SagaState } from '../../engine/saga/saga-state.ts'
import type { SagaDefinition } from '../../flow/saga/stage.ts'
import { allStages, type CalledChannel, type StepStage } from '../../flow/saga/stage.ts'
import { isRepeatable } from '../../system/effect.ts'
import { type DrillCase, isRefused, type Trouble } from './drill-case.ts'
import type { DrillRun } from './drill-run.ts'

/** What is wrong with what a run came to; empty if every promise was kept. */
export function judge(saga: SagaDefinition, run: DrillRun): string[] {
  const { state, status, world } = run
  if (!state) return ['it never began']
  const wrong: string[] = brokenFunctions(state)
  for (const stage of allStages(saga.stages)) if (stage.kind === 'step') wrong.push(...judgeStep(stage, run))
  if (status === 'completed') wrong.push(...leftOut(saga, run))
  if (status === 'compensated' && undoable(saga.stages, state).length > 0)
    wrong.push('something was not taken back')
  if (status === 'compensated' && isPivotDone(saga.stages, state))
    wrong.push('it was taken back behind its pivot')
  if (status === 'needs person' && !mayNeedPerson(saga, run))
    wrong.push('it needs a person, and nothing in the case says why')
  if (!['completed', 'compensated', 'needs person'].includes(status))
    wrong.push(`it came to rest as "${status}"`)
  if (!inReverse(run))
    wrong.push(`it was not taken back in reverse order: ${world.effects.map(({ step }) => step).join(', ')}`)
  return wrong
}

/** A function of the author that throws in a case that can happen. */
function brokenFunctions({ stages }: SagaState): string[] {
  return [...stages].flatMap(([id, { do: done, undo }]) =>
    [done, undo].flatMap(({ status, error }) =>
      status === 'stuck' && (error?.code === 'STEP-FAILED' || error?.code === 'MODEL-INVALID')
        ? [`${id}: ${error.reason}`]
        : [],
    ),
  )
}

/** What happened at the systems, against what the saga says. */
function judgeStep(stage: StepStage, { world, state, status }: DrillRun): string[] {
  const wrong: string[] = []
  const { id, channel, undo } = stage
  const happened = world.count(id)
  const undone = world.count(runningId(stage, 'undo'))
  const isRead = channel.effect.kind === 'read'
  if (happened > 1) wrong.push(`${id} happened ${happened} times`)
  if (undone > 1 && undo && isRepeatable(undo.channel.effect))
    wrong.push(`${id} was taken back ${undone} times`)
  const isDone = state?.stages.get(id)?.do.status === 'done'
  if (status === 'completed' && isDone && !isRead && happened !== 1)
    wrong.push(`${id} is said to be done, and is not`)
  if (status === 'completed' && undone > 0) wrong.push(`${id} was taken back, and the saga is completed`)
  if (status === 'compensated' && happened > 0 && undone === 0)
    wrong.push(`${id} happened and ${undo ? 'was not taken back' : 'has nothing that takes it back'}`)
  return wrong
}

/** Steps of a completed saga that neither happened nor were left out by a condition. */
function leftOut(saga: SagaDefinition, { state }: DrillRun): string[] {
  return saga.stages
    .filter(stage => stage.kind === 'step' && state?.stages.get(stage.id)?.do.status !== 'done')
    .map(({ id }) => `${id} was left out`)
}

/** Only where a step cannot go on or back by itself: what the case says, or a wait that asks for a person. */
function mayNeedPerson(saga: SagaDefinition, { case: met, world }: DrillRun): boolean {
  if (met.silent.size > 0) return true
  let isBehindPivot = false
  for (const stage of allStages(saga.stages)) {
    if (stage.kind === 'child') return met.troubles.size > 0 || met.death !== undefined
    if (stage.kind !== 'step') continue
    if (world.called.has(stage.id) && mayStick(stage, isBehindPivot, met)) return true
    if (world.called.has(runningId(stage, 'undo')) && mayUndoStick(stage, met)) return true
    isBehindPivot ||= stage.isPivot
  }
  return false
}

/** Behind the pivot what is refused; before it only what may have happened, can neither be asked for nor be taken back. */
function mayStick(stage: StepStage, isBehindPivot: boolean, met: DrillCase): boolean {
  const trouble = met.troubles.get(stage.id)
  if (isBehindPivot && (isRefused(trouble) || mayHaveHappened(trouble, met))) return true
  const hasWayBack = !stage.isPivot && (stage.undo !== undefined || stage.channel.effect.kind === 'read')
  if (!hasWayBack && !stage.channel.effect.probe && mayHaveHappened(trouble, met)) return true
  return mayDoubt(stage.channel, trouble, met)
}

function mayUndoStick({ id, undo }: StepStage, met: DrillCase): boolean {
  const trouble = met.troubles.get(`${id}:undo`)
  if (isRefused(trouble) || mayHaveHappened(trouble, met)) return true
  return undo !== undefined && mayDoubt(undo.channel, trouble, met)
}

/** It is refused, and may have been called before: without an answer, or by a process that has died. */
function mayHaveHappened(trouble: Trouble | undefined, { onlyOnce, death }: DrillCase): boolean {
  return trouble?.includes(', then ') === true || (death !== undefined && (onlyOnce || trouble === 'refused'))
}

/** Nobody may repeat it, and nobody can be asked. */
function mayDoubt({ effect }: CalledChannel, trouble: Trouble | undefined, { death }: DrillCase): boolean {
  return !isRepeatable(effect) && !effect.probe && (trouble !== undefined || death !== undefined)
}

/** Of what was taken back in one saga after another, the last first; parts that ran side by side have no order. */
function inReverse({ state, world }: DrillRun): boolean {
  const undone = world.effects
    .filter(({ step }) => step.endsWith(':undo'))
    .map(({ step }) => step.slice(0, -5))
  const versions = undone.flatMap(step => state?.stages.get(step)?.do.version ?? [])
  return versions.every((version, n) => n === 0 || (versions[n - 1] ?? 0) >= version)
}
