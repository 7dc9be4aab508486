import { runningId, undoable } from '../../engine/saga/advance.ts'
import { isPivotDone } from '../../engine/saga/perform.ts'
import type { SagaState } from '../../engine/saga/saga-state.ts'
import type { SagaDefinition } from '../../flow/saga/stage.ts'
import { allStages, type StepStage } from '../../flow/saga/stage.ts'
import { isRepeatable } from '../../system/effect.ts'
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
function mayNeedPerson(
  saga: SagaDefinition,
  { case: { troubles, silent, death }, world }: DrillRun,
): boolean {
  if (silent.size > 0) return true
  for (const stage of allStages(saga.stages)) {
    if (stage.kind === 'child') return troubles.size > 0 || death !== undefined
    if (stage.kind !== 'step') continue
    for (const [id, called] of [
      [stage.id, stage],
      [runningId(stage, 'undo'), stage.undo],
    ] as const) {
      if (!called) continue
      const { effect } = called.channel
      const mayDoubt = !isRepeatable(effect) && !effect.probe
      if (troubles.get(id) === 'refused' && world.called.has(id)) return true
      if (mayDoubt && (troubles.has(id) || death) && world.called.has(id)) return true
    }
  }
  return false
}

/** Of what was taken back in one saga after another, the last first; parts that ran side by side have no order. */
function inReverse({ state, world }: DrillRun): boolean {
  const undone = world.effects
    .filter(({ step }) => step.endsWith(':undo'))
    .map(({ step }) => step.slice(0, -5))
  const versions = undone.flatMap(step => state?.stages.get(step)?.do.version ?? [])
  return versions.every((version, n) => n === 0 || (versions[n - 1] ?? 0) >= version)
}
