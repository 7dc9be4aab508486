import { IsthmusError, reasonOf } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import type { Json } from '../message/json-value.ts'
import type { Rule } from '../model/clean/rule.ts'
import type { Entry, Settled, StoreReader, Unfinished } from '../store/store.ts'
import { channelId } from '../system/channel.ts'
import { outgoingOf } from './outgoing.ts'
import { type EffectPlan, Filtered, type Plan, planFlow } from './plan.ts'
import { dataOf, effectName, standOf, tapFailure } from './run-message.ts'
import { runSteps, StepError } from './run-steps.ts'

/** Everything that happened to one message in one flow. */
export interface MessageTrace {
  readonly entry: Entry
  readonly settled: Settled | undefined
  readonly unfinished: Unfinished | undefined
  readonly hops: readonly Hop[]
}

/** One step with the data before and after it; `error` where it went no further. */
export interface Hop {
  readonly path: string
  readonly before: unknown
  readonly after: unknown
  readonly error?: string | undefined
  /** Rules that the data broke here, and went on. */
  readonly warnings?: readonly { readonly rule: string; readonly reason: string }[] | undefined
  /** There where the step called a channel, or would have. */
  readonly call?: TracedCall | undefined
}

export interface TracedCall {
  readonly channel: string
  readonly effectKey: string
  readonly request: unknown
  /** `failed`: a tap, whose failure let the message go on; `open`: it has not happened, as far as is known. */
  readonly state: 'done' | 'doubt' | 'failed' | 'open'
  readonly answer: Json | undefined
}

/** Traces of all messages of a business key, in every flow of the landscape, in order of acceptance. */
export async function traceKey(
  reader: StoreReader,
  landscape: Landscape,
  key: string,
  limit = 100,
): Promise<MessageTrace[]> {
  const plans = new Map(landscape.flows.map(flow => [flow.name, planFlow(flow)]))
  const entries = await reader.entries({ key, limit })
  const traces = await Promise.all(
    entries.map(entry => traceEntry(reader, plans.get(entry.flow), landscape.name, entry)),
  )
  return traces.sort((a, b) => a.entry.acceptedAt - b.entry.acceptedAt)
}

/** Without the plan of its flow a message has no hops. */
export async function traceEntry(
  reader: StoreReader,
  plan: Plan | undefined,
  landscape: string,
  entry: Entry,
): Promise<MessageTrace> {
  const { flow, seq } = entry
  const [settled] = await reader.settled({ flow, from: seq, to: seq })
  const rows = await reader.unfinished({ flow, after: seq - 1, limit: 1 })
  const unfinished = rows.find(row => row.seq === seq)
  const hops = plan ? await hopsOf(plan, landscape, entry, settled, unfinished) : []
  return { entry, settled, unfinished, hops }
}

/**
 * Payloads between steps are not stored: pure steps give the same again, and the answers of effects are recorded. No
 * effect is called.
 */
export async function hopsOf(
  plan: Plan,
  landscape: string,
  entry: Entry,
  settled: Settled | undefined,
  unfinished: Unfinished | undefined,
): Promise<Hop[]> {
  const hops: Hop[] = []
  const calls = new Map<string, TracedCall>()
  const outgoing = outgoingOf(landscape, entry)
  const stand: Partial<Unfinished> = settled ?? standOf({ entry, row: unfinished })
  const { results = {}, sent, edited } = stand
  // Who came to the end has done every effect on the way; those without an answer are not listed.
  const cameThrough = settled !== undefined && settled.outcome !== 'discarded'
  const effect = async (step: EffectPlan, path: string, request: unknown): Promise<Json> => {
    const done = cameThrough || Object.hasOwn(results, path)
    const failure = step.step.kind === 'tap' ? tapFailure(results[path]) : undefined
    const state = failure ? 'failed' : done ? 'done' : sent?.includes(path) ? 'doubt' : 'open'
    const { effectKey } = outgoing(effectName(path, edited), request, 0)
    const channel = channelId(step.step.channel)
    calls.set(path, { channel, effectKey, request, state, answer: failure ?? results[path] })
    // A tap that failed let the message go on.
    if (done || step.step.kind === 'tap') return results[path] ?? null
    const failed = unfinished?.error?.step === path ? unfinished.error.reason : undefined
    throw new StepError(path, new IsthmusError('TARGET-UNANSWERED', failed ?? 'not reached yet'))
  }
  const leave = (path: string, before: unknown, after: unknown) => {
    const reached = after instanceof Filtered ? `filtered: ${after.reason}` : after
    hops.push({ path, before, after: reached, call: calls.get(path), warnings: warnings.get(path) })
  }
  const warnings = new Map<string, { rule: string; reason: string }[]>()
  const warn = (path: string, { name: rule, reason }: Rule<unknown>) =>
    void warnings.set(path, [...(warnings.get(path) ?? []), { rule, reason }])
  const entered = new Map<string, unknown>()
  const enter = (path: string, data: unknown) => void entered.set(path, data)
  try {
    const data = edited?.data ?? dataOf({ entry, data: undefined, row: undefined }, plan)
    await runSteps(plan.steps, data, { effect, enter, leave, warn })
  } catch (error) {
    const path = error instanceof StepError ? error.path : 'flow'
    const before = entered.get(path)
    hops.push({ path, before, after: undefined, error: reasonOf(error), call: calls.get(path) })
  }
  return hops
}
