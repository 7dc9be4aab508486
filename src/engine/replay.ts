import { reasonOf } from '../errors.ts'
import type { Json } from '../message/json-value.ts'
import { uuidsV7 } from '../message/uuid-v7.ts'
import type { Entry, NewMessage, Replay, Settled, Unfinished } from '../store/store.ts'
import { channelId } from '../system/channel.ts'
import { isRepeatable } from '../system/effect.ts'
import { unansweredRule } from './effects.ts'
import { nameOf, outgoingOf } from './outgoing.ts'
import { type EffectPlan, Filtered, type Plan } from './plan.ts'
import { dataOf, effectName, tapFailure } from './run-message.ts'
import { runSteps } from './run-steps.ts'

/**
 * What a replay does about one effect. `known`: it is recorded, and not sent. `same-key`: it is sent, and the target, or
 * who reads there, knows its key. `probe`: the target is asked first whether it has it. `read`: it changes nothing, and
 * is asked. `first`: it has not been done before. `unsure`: it is sent, and nobody knows whether it was done before.
 * `anew`: it is done once more, under a new key.
 */
export type ReplayAct = 'known' | 'same-key' | 'probe' | 'read' | 'first' | 'unsure' | 'anew'

export interface ReplayEffect {
  readonly path: string
  readonly channel: string
  readonly act: ReplayAct
  /** Undefined for a new one, which is made when the message runs. */
  readonly effectKey: string | undefined
  readonly request: unknown
  /** It may then have been done twice, and the target cannot tell. */
  readonly mayDouble: boolean
}

/** How the message would run now, computed from what is recorded; no system is called. */
export interface ReplayPlan {
  readonly entry: Entry
  readonly effects: readonly ReplayEffect[]
  /** `delivered`, `filtered: STEP`, or where it goes no further, and why. */
  readonly end: string
  /** What is not as it was. */
  readonly differences: readonly ReplayDifference[]
  /** What the run begins with. */
  readonly start: Replay['start']
}

export interface ReplayDifference {
  /** Path of a step, or `end`. */
  readonly at: string
  readonly was: unknown
  readonly now: unknown
}

export type ReplayEffects = 'kept' | 'new'

interface PlannedCall {
  readonly step: EffectPlan
  readonly request: unknown
  /** Whether it had been done when the message ended, as far as that is known. */
  readonly was: 'done' | 'maybe' | 'not done'
}

interface Course {
  readonly calls: ReadonlyMap<string, PlannedCall>
  readonly end: string
}

/** Plans the replay of a message that has ended. Calls nothing. */
export async function planReplay(
  plan: Plan,
  landscape: string,
  entry: Entry,
  settled: Settled,
  effects: ReplayEffects,
): Promise<ReplayPlan> {
  const course = await courseOf(plan, entry, settled)
  const outgoing = outgoingOf(landscape, entry)
  const planned = [...course.calls].map(([path, call]): ReplayEffect => {
    const act = effects === 'new' ? newAct(call) : keptAct(path, call, settled)
    const { effectKey } = outgoing(effectName(path, settled.edited), undefined, 0)
    return {
      path,
      channel: channelId(call.step.step.channel),
      act,
      effectKey: act === 'anew' ? undefined : effectKey,
      request: call.request,
      mayDouble: act === 'unsure' || (act === 'anew' && call.was !== 'not done'),
    }
  })
  return {
    entry,
    effects: planned,
    end: course.end,
    differences: differencesFrom(settled, course),
    start: startOf(planned, settled),
  }
}

/** The same of a parked message, whose retry repeats nothing that is recorded; it is in doubt about nothing. */
export async function planRetry(
  plan: Plan,
  landscape: string,
  entry: Entry,
  row: Unfinished,
): Promise<ReplayPlan> {
  const { seq, since: at, attempts, results, edited } = row
  const stand: Settled = { seq, outcome: 'discarded', at, attempts, results, edited }
  const planned = await planReplay(plan, landscape, entry, stand, 'kept')
  const actOf = ({ path, act }: ReplayEffect): ReplayAct => {
    if (Object.hasOwn(results ?? {}, path)) return 'known'
    return act === 'read' || act === 'same-key' ? act : 'first'
  }
  const effects = planned.effects.map(effect => ({ ...effect, act: actOf(effect), mayDouble: false }))
  return { ...planned, effects }
}

/** Requests that are not the same when they are computed once more: what makes them uses more than the message. */
export function unstable(first: ReplayPlan, second: ReplayPlan): ReplayDifference[] {
  const again = new Map(second.effects.map(effect => [effect.path, effect]))
  const changed = first.effects.flatMap(({ path, request }) => {
    const now = again.get(path)?.request
    return textOf(request) === textOf(now) ? [] : [{ at: path, was: request, now }]
  })
  return first.end === second.end ? changed : [...changed, { at: 'end', was: first.end, now: second.end }]
}

/** The message that runs again, as a new one of its flow. */
export function replayMessage(
  { entry, start }: ReplayPlan,
  order: { readonly effects: ReplayEffects; readonly by: string; readonly why?: string | undefined },
  made: { readonly now: number; readonly random: Uint8Array },
): NewMessage {
  const { flow, partition, key, seq, id, head, body } = entry
  const { effects, by, why } = order
  const name = effects === 'kept' ? nameOf(entry) : undefined
  const { defect: _defect, identity: _identity, ...kept } = head
  return {
    flows: [{ flow, partition, key }],
    id: uuidsV7(made.now, made.random)[0] as string,
    head: { ...kept, cause: id, replay: { seq, by, why, name, start } },
    body,
    acceptedAt: made.now,
  }
}

/** The way of a message through the steps as they are now, with the answers of then. */
async function courseOf(plan: Plan, entry: Entry, settled: Settled): Promise<Course> {
  const { outcome, results = {}, edited } = settled
  const called = new Map<string, Omit<PlannedCall, 'was'>>()
  /** How many calls came before the filter that had ended the message. */
  let before: number | undefined
  const effect = async (step: EffectPlan, path: string, request: unknown) => {
    called.set(path, { step, request })
    const known = tapFailure(results[path]) === undefined ? results[path] : null
    if (known !== undefined || step.step.kind !== 'enrich') return known ?? null
    // An answer of nothing is not recorded.
    if (outcome === 'delivered') return null
    throw new Error('what it answers is not known yet')
  }
  const leave = (path: string) => {
    if (path === filterOf(settled)) before = called.size
  }
  const end = await endOf(async () => {
    const data = edited?.data ?? dataOf({ entry, data: undefined, row: undefined }, plan)
    return runSteps(plan.steps, data, { effect, leave })
  })
  const calls = [...called].map(
    ([path, call], n) => [path, { ...call, was: was(path, n, before, settled) }] as const,
  )
  return { calls: new Map(calls), end }
}

async function endOf(run: () => Promise<unknown>): Promise<string> {
  try {
    const end = await run()
    return end instanceof Filtered ? `filtered: ${end.reason}` : 'delivered'
  } catch (error) {
    return `stops: ${reasonOf(error)}`
  }
}

/** The step at which a message was filtered. */
function filterOf({ outcome, note }: Settled): string | undefined {
  return outcome === 'filtered' ? note?.split('; ')[0] : undefined
}

/** What came to its end has done every effect on its way; one that was discarded may be in doubt about others than those with a result. */
function was(path: string, n: number, before: number | undefined, settled: Settled): PlannedCall['was'] {
  const { outcome, results = {} } = settled
  if (Object.hasOwn(results, path)) return tapFailure(results[path]) === undefined ? 'done' : 'maybe'
  if (outcome === 'delivered') return 'done'
  if (outcome === 'discarded' || before === undefined) return 'maybe'
  return n < before ? 'done' : 'not done'
}

function keptAct(path: string, { step: { step }, was }: PlannedCall, { results = {} }: Settled): ReplayAct {
  const { effect } = step.channel
  if (effect.kind === 'read') return results[path] === undefined ? 'read' : 'known'
  if (was === 'not done') return 'first'
  if (isRepeatable(effect)) return 'same-key'
  if (unansweredRule(step) === 'probe') return 'probe'
  return was === 'done' ? 'known' : 'unsure'
}

function newAct({ step }: PlannedCall): ReplayAct {
  return step.step.channel.effect.kind === 'read' ? 'read' : 'anew'
}

function startOf(effects: readonly ReplayEffect[], { results = {}, edited }: Settled): Replay['start'] {
  const known = effects.filter(({ act }) => act === 'known').map(({ path }) => path)
  const asked = effects.filter(({ act }) => act === 'probe').map(({ path }) => path)
  const kept: Record<string, Json> = Object.fromEntries(known.map(path => [path, results[path] ?? null]))
  return {
    ...(known.length > 0 && { results: kept }),
    ...(asked.length > 0 && { sent: asked }),
    ...(edited && { edited }),
  }
}

/** A message that was discarded went no further than it did for reasons of its own. */
function differencesFrom(settled: Settled, { calls, end }: Course): ReplayDifference[] {
  const { outcome, results = {} } = settled
  if (outcome === 'discarded') return []
  const lost = Object.entries(results).filter(([path]) => !calls.has(path))
  const was = outcome === 'filtered' ? `filtered: ${filterOf(settled)}` : outcome
  return [
    ...lost.map(([at, result]) => ({ at, was: { answer: result }, now: undefined })),
    ...(was === end ? [] : [{ at: 'end', was, now: end }]),
  ]
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? ''
}
