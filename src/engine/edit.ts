import { isDeepStrictEqual } from 'node:util'
import { IsthmusError } from '../errors.ts'
import type { Json } from '../message/json-value.ts'
import type { Entry, Results, Unfinished } from '../store/store.ts'
import type { EffectPlan, Plan } from './plan.ts'
import { dataOf } from './run-message.ts'
import { runSteps } from './run-steps.ts'

/** Other data for a message, and what remains of its effects. */
export interface Edit {
  readonly data: Json
  /** Of effects that the new data ask for in the same words. */
  readonly results: Results | undefined
  /** How often the data of an effect that had been tried were changed: each time it gets an effect key of its own. */
  readonly renewed: Readonly<Record<string, number>> | undefined
}

interface Call {
  readonly step: EffectPlan
  readonly request: unknown
}

/**
 * Finds out what an edit means for the effects of a message that went part of its way. What was delivered stays
 * delivered: data that would change it or leave it out are refused (CONTROL-REFUSED). What was only asked, or only
 * tried, is asked and tried anew if the data for it changed.
 */
export async function prepareEdit(plan: Plan, entry: Entry, row: Unfinished, data: Json): Promise<Edit> {
  const { results = {} } = row
  const before = await callsOf(plan, originalData(plan, entry, row), path => results[path])
  const isSame = (path: string, { request }: Call) => isDeepStrictEqual(before.get(path)?.request, request)
  const after = await callsOf(plan, data, (path, call) => (isSame(path, call) ? results[path] : undefined))
  const same = new Set([...after].filter(([path, call]) => isSame(path, call)).map(([path]) => path))
  for (const [path, { step }] of before)
    if (Object.hasOwn(results, path) && !same.has(path) && isDelivery(step)) throw delivered(row, path)
  const changed = [...before.keys()].filter(path => !same.has(path))
  const renewed = { ...row.edited?.renewed }
  for (const path of changed) renewed[path] = (renewed[path] ?? 0) + 1
  const kept = Object.entries(results).filter(([path]) => same.has(path))
  return {
    data,
    results: kept.length > 0 ? Object.fromEntries(kept) : undefined,
    renewed: Object.keys(renewed).length > 0 ? renewed : undefined,
  }
}

/** The calls of a message by path, in order, as far as their answers are known. Calls nothing. */
async function callsOf(
  plan: Plan,
  data: unknown,
  answer: (path: string, call: Call) => Json | undefined,
): Promise<Map<string, Call>> {
  const calls = new Map<string, Call>()
  const effect = async (step: EffectPlan, path: string, request: unknown) => {
    calls.set(path, { step, request })
    const known = answer(path, { step, request })
    if (known === undefined && step.step.kind !== 'tap') throw new Error('goes no further')
    return known ?? null
  }
  await runSteps(plan.steps, data, { effect }).catch(() => {})
  return calls
}

/** Data that cannot be read have had no effects. */
function originalData(plan: Plan, entry: Entry, row: Unfinished): unknown {
  try {
    return dataOf({ entry, data: undefined, row }, plan)
  } catch {
    return undefined
  }
}

function isDelivery({ step }: EffectPlan): boolean {
  return step.kind !== 'tap' && step.channel.effect.kind !== 'read'
}

function delivered(row: Unfinished, path: string): IsthmusError {
  const text =
    `Message ${row.seq} (${row.key}) cannot be edited so: ${path} has been done with the data before, and the new data ` +
    'would change it or leave it out. Leave what it was made of as it is, or discard the message and send another.'
  return new IsthmusError('CONTROL-REFUSED', text)
}
