import { runningId } from '../../../engine/saga/advance.ts'
import { effectId, isPivotDone, sagaEffectKey } from '../../../engine/saga/perform.ts'
import type { Doing, SagaFact } from '../../../engine/saga/saga-fact.ts'
import { statusOf } from '../../../engine/saga/saga-log.ts'
import { evolve, newStage, type SagaState } from '../../../engine/saga/saga-state.ts'
import { verifyStreams } from '../../../engine/verify-streams.ts'
import type { ChildStage, Scope, Stage, StepStage, WaitStage } from '../../../flow/saga/stage.ts'
import { allStages } from '../../../flow/saga/stage.ts'
import type { MemoryState } from '../../../store/memory/memory-state.ts'
import { memoryStore } from '../../../store/memory/memory-store.ts'
import { isRepeatable } from '../../../system/effect.ts'
import { wrongAttention } from './judge-attention.ts'
import { type JudgedClock, wrongTimers } from './judge-timers.ts'
import type { SagaPerson } from './saga-person.ts'
import { eventsKept, type SagaLog } from './saga-records.ts'
import { type Begun, type InputData, landscapeName, type SagaWorld } from './saga-scenario.ts'

export interface Judged {
  readonly state: MemoryState
  readonly logs: readonly SagaLog[]
  readonly world: SagaWorld
  readonly begun: readonly Begun[]
  readonly told: ReadonlySet<string>
  readonly person: SagaPerson
  readonly clock: JudgedClock
}

/** Holds the end of a simulation against what was promised of sagas. */
export async function judgeSagas(judged: Judged): Promise<string[]> {
  const { broken } = await verifyStreams(memoryStore(judged.state).read)
  return [
    ...broken.map(({ kind, key, reason }) => `${kind} ${key}: ${reason}`),
    ...wrongBeginnings(judged),
    ...wrongEvents(judged),
    ...wrongLocks(judged.logs),
    ...judged.logs.flatMap(saga => wrongSaga(saga, judged).map(what => `${saga.id}: ${what}`)),
  ]
}

/** Every start that was acknowledged is a saga, and it alone; whoever was refused had come second. */
function wrongBeginnings({ begun, logs }: Judged): string[] {
  return begun.flatMap(({ name, input, startId, acknowledged, refused }) => {
    const saga = logs.find(each => each.name === name && each.key === input.key)
    const own = saga?.state.started.startId === startId
    if (acknowledged && refused) return [`${startId} was acknowledged and refused`]
    if (acknowledged && !own) return [`${startId} was acknowledged, and is no saga`]
    return refused && own ? [`${startId} was refused, and is a saga`] : []
  })
}

function wrongEvents({ state, told }: Judged): string[] {
  const kept = eventsKept(state)
  const ids = [...kept].flatMap(([stream, events]) =>
    events.map(({ data }) => `${stream.replace('/', ' ')} ${(data as { id: string }).id}`),
  )
  const lost = [...told]
    .filter(id => !ids.includes(id))
    .map(id => `the event ${id} was acknowledged and is lost`)
  return ids.length === new Set(ids).size ? lost : [...lost, 'an event is kept twice']
}

/** Of those that lock the same, the next one has it when the one before has ended. */
function wrongLocks(logs: readonly SagaLog[]): string[] {
  const held = logs.flatMap(({ id, log }) => {
    const end = log.find(({ fact }) => fact.type === 'ended')?.position ?? Number.POSITIVE_INFINITY
    return log.flatMap(({ fact, position }) =>
      fact.type === 'locked' ? [{ id, on: fact.on, from: position, end }] : [],
    )
  })
  return held.flatMap(one =>
    held
      .filter(
        other => other.id !== one.id && other.on === one.on && other.from >= one.from && other.from < one.end,
      )
      .map(other => `${one.id} and ${other.id} held ${one.on} at one time`),
  )
}

function wrongSaga(saga: SagaLog, judged: Judged): string[] {
  const { head, state, definition } = saga
  const wrong: string[] = []
  if (head.state !== statusOf(state)) wrong.push(`its head says ${head.state}, its log ${statusOf(state)}`)
  if (head.open !== (state.ended === undefined)) wrong.push(`its head is ${head.open ? 'open' : 'closed'}`)
  if (!state.ended) wrong.push(`it has not ended: ${head.state}`)
  if (state.ended === 'compensated' && isPivotDone(definition.stages, state))
    wrong.push('it was taken back behind its pivot')
  for (const stage of allStages(definition.stages)) {
    if (stage.kind === 'step') wrong.push(...wrongStep(stage, saga, judged))
    if (stage.kind === 'child') wrong.push(...wrongChild(stage, saga, judged))
  }
  if (state.ended === 'completed')
    wrong.push(...leftOut(definition.stages, saga).map(id => `${id} was left out`))
  return [
    ...wrong,
    ...wrongFacts(saga, judged),
    ...wrongAttention(saga),
    ...wrongTimers(saga, judged.clock),
    ...missedEvents(saga, judged),
    ...wrongOrder(saga, judged),
  ]
}

/** What happened at the systems, against what the saga says. */
function wrongStep(stage: StepStage, saga: SagaLog, judged: Judged): string[] {
  const { state } = saga
  const wrong: string[] = []
  const happened = timesOf(stage, 'do', saga, judged)
  const undone = timesOf(stage, 'undo', saga, judged)
  const isDone = state.stages.get(stage.id)?.do.status === 'done'
  if (stage.channel.effect.kind === 'read') return []
  if (happened > 1) wrong.push(`${stage.id} happened ${happened} times`)
  if (undone > 1) wrong.push(`${stage.id} was taken back ${undone} times`)
  if (isDone && happened === 0) wrong.push(`${stage.id} is said to be done, and is not`)
  if (state.ended === 'completed' && undone > 0)
    wrong.push(`${stage.id} was taken back, and the saga is completed`)
  if (state.ended === 'completed' && !isDone && happened > 0)
    wrong.push(`${stage.id} happened, and the saga does not say so`)
  if (state.ended !== 'compensated') return wrong
  if (happened > 0 && stage.undo && undone === 0) wrong.push(`${stage.id} happened and was not taken back`)
  if (happened > 0 && stage.isPivot)
    wrong.push(`the pivot ${stage.id} happened, and what came before was taken back`)
  return wrong
}

/** How often it happened at its system, or by the hand of a person who has confirmed that. */
function timesOf(
  stage: StepStage,
  doing: Doing,
  { name, state, log }: SagaLog,
  { world, person }: Judged,
): number {
  const key = sagaEffectKey(landscapeName, name, state.started.startId, runningId(stage, doing))
  const byHand =
    person.byHand.has(key) &&
    log.some(
      ({ fact }) =>
        fact.type === 'resumed' && fact.how === 'confirm' && fact.stage === stage.id && fact.doing === doing,
    )
  const effects = world.target({ stage, doing })?.effects ?? []
  const happened = effects.filter(({ effectKey }) => world.steps.get(effectKey)?.firstKey === key)
  return happened.length + (byHand ? 1 : 0)
}

function wrongChild(stage: ChildStage, { id, name, key, state, log }: SagaLog, { logs }: Judged): string[] {
  const input = stage.input({ input: state.started.input }) as InputData
  const child = logs.find(each => each.name === stage.saga.name && each.key === input.key)
  const parent = child?.state.started.parent
  const own = parent?.saga === name && parent.key === key && parent.stage === stage.id
  const confirmed = state.stages.get(stage.id)?.do.status === 'done' && child?.state.ended !== 'completed'
  if (!child || !own) return []
  if (recalledBy(child) !== undefined && recalledBy(child) !== id)
    return [`its child ${child.id} was taken back since ${recalledBy(child)} was`]
  if (endOf(child) > endOf({ log }) && !confirmed) return [`it ended before its child ${child.id}`]
  if (state.ended === 'compensated' && child.state.ended === 'completed')
    return [`its child ${child.id} is completed, though it was taken back`]
  return state.ended === 'completed' && child.state.ended !== 'completed' && !confirmed
    ? [`its child ${child.id} is ${child.state.ended}, though it is completed`]
    : []
}

/** The saga whose end had it taken back. */
function recalledBy({ state }: SagaLog): string | undefined {
  return /^its parent (.+?) was taken back: /.exec(state.turned?.reason ?? '')?.[1]
}

/** Where its log ends. */
function endOf({ log }: Pick<SagaLog, 'log'>): number {
  return log.findLast(({ fact }) => fact.type === 'ended')?.position ?? Number.POSITIVE_INFINITY
}

/** Stages of a completed saga that neither happened nor were left out by a condition. */
function leftOut(stages: readonly Stage[], saga: SagaLog): string[] {
  const scope: Scope = { input: saga.state.started.input }
  return stages.flatMap(stage => {
    if (stage.kind === 'together') return stage.branches.flatMap(branch => leftOut(branch.stages, saga))
    if (stage.kind === 'when') return stage.holds(scope) ? leftOut(stage.stages, saga) : []
    if (stage.kind === 'require') return stage.holds(scope) ? [] : [stage.id]
    return saga.state.stages.get(stage.id)?.do.status === 'done' ? [] : [stage.id]
  })
}

/** A person is asked only where a saga cannot go on or back by itself; an event is taken once. */
function wrongFacts(saga: SagaLog, { world }: Judged): string[] {
  const { log, definition } = saga
  const stages = new Map([...allStages(definition.stages)].map(stage => [stage.id, stage]))
  const wrong: string[] = []
  const taken = new Set<string>()
  let state: SagaState | undefined
  for (const recorded of log) {
    const { fact } = recorded
    state = evolve(state, recorded)
    if ('stage' in fact && fact.stage !== undefined && !stages.has(fact.stage))
      wrong.push(`${fact.stage} is no stage of the version it began with`)
    if (fact.type === 'stuck' && !mayBeStuck(stages.get(fact.stage), fact))
      wrong.push(`${fact.stage} needs a person (${fact.code}: ${fact.reason})`)
    if (fact.type === 'stuck' && couldTell(stages.get(fact.stage), fact, { ...saga, state }, world))
      wrong.push(`${fact.stage} needs a person though its target could tell that it never happened`)
    if (fact.type !== 'received') continue
    const event = `${fact.from} ${fact.place}`
    if (taken.has(event)) wrong.push(`it took the event ${event} twice`)
    taken.add(event)
  }
  return wrong
}

function mayBeStuck(
  stage: Stage | undefined,
  { doing, code, reason }: Extract<SagaFact, { type: 'stuck' }>,
): boolean {
  if (stage?.kind === 'child') return ['SAGA-TURNED', 'TARGET-REFUSED'].includes(code)
  if (stage?.kind !== 'step') return false
  const { channel, policy } = doing === 'do' ? stage : (stage.undo ?? stage)
  if (code === 'TARGET-REFUSED') return true
  if (code === 'RETRY-EXHAUSTED')
    return (
      policy.retry?.attempts !== undefined ||
      !isRepeatable(channel.effect) ||
      reason.includes('something odd')
    )
  if (code === 'TARGET-CHANGED') return stage.compares !== undefined
  return code === 'TARGET-UNANSWERED' && !isRepeatable(channel.effect)
}

/** Whether a refused step before the pivot had a target that knows whether it has happened, and that said so whenever asked. */
function couldTell(
  stage: Stage | undefined,
  { doing, code }: Extract<SagaFact, { type: 'stuck' }>,
  { name, state, definition }: Pick<SagaLog, 'name' | 'state' | 'definition'>,
  world: SagaWorld,
): boolean {
  if (stage?.kind !== 'step' || doing === 'undo' || !stage.channel.effect.probe) return false
  if (code !== 'TARGET-REFUSED' || isPivotDone(definition.stages, state)) return false
  const id = effectId(stage, doing, (state.stages.get(stage.id) ?? newStage).do)
  const key = sagaEffectKey(landscapeName, name, state.started.startId, id)
  return world.target({ stage, doing })?.untold.has(key) === false
}

/** Longer than the store takes to keep an event. */
const longestSync = 10_000

/** An event that was there in time is not said to have been missing. Where the clock jumps, nobody can tell. */
function missedEvents(saga: SagaLog, { state, clock }: Judged): string[] {
  if (clock.skews.length > 1) return []
  const kept = eventsKept(state)
  const stages = new Map([...allStages(saga.definition.stages)].map(stage => [stage.id, stage]))
  const waiting = new Map<
    string,
    { readonly key?: string | undefined; readonly until?: number | undefined }
  >()
  const taken = new Set<string>()
  const wrong: string[] = []
  for (const { fact } of saga.log) {
    if (fact.type === 'waiting') waiting.set(fact.stage, fact)
    if (fact.type === 'received') taken.add(`${fact.from} ${fact.place}`)
    const stage = fact.type === 'elapsed' ? stages.get(fact.stage) : undefined
    if (stage?.kind !== 'wait') continue
    const { key, until = 0 } = waiting.get(stage.id) ?? {}
    const from = `${stage.event.name}/${key}`
    for (const { version, at, data } of kept.get(from) ?? [])
      if (at < until - longestSync && !taken.has(`${from} ${version}`) && accepts(stage, data, saga))
        wrong.push(`${stage.id} was late, though event ${from} ${version} had come`)
  }
  return wrong
}

function accepts(stage: WaitStage, kept: unknown, { state }: SagaLog): boolean {
  return stage.accept((kept as { data: unknown }).data, { input: state.started.input })
}

/** What was done last is taken back first. */
function wrongOrder({ name, key, state, definition }: SagaLog, { world }: Judged): string[] {
  const undone = world
    .effects()
    .filter(({ step }) => step.saga === name && step.key === key && step.doing === 'undo')
    .filter(({ step }) => step.definition.version === definition.version)
    .map(({ step }) => step.stage.id)
  const versions = undone.map(id => state.stages.get(id)?.do.version ?? Number.POSITIVE_INFINITY)
  const ordered = versions.every((version, n) => n === 0 || (versions[n - 1] ?? 0) >= version)
  return ordered ? [] : [`it was not taken back in reverse order: ${undone.join(', ')}`]
}
