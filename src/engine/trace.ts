import { IsthmusError, reasonOf } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import type { Json } from '../message/json-value.ts'
import type { Entry, Settled, StoreReader, Unfinished } from '../store/store.ts'
import { Filtered, type Plan, planFlow } from './plan.ts'
import { dataOf } from './run-message.ts'
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
  const traces = await Promise.all(entries.map(entry => traceEntry(reader, plans.get(entry.flow), entry)))
  return traces.sort((a, b) => a.entry.acceptedAt - b.entry.acceptedAt)
}

export async function traceEntry(
  reader: StoreReader,
  plan: Plan | undefined,
  entry: Entry,
): Promise<MessageTrace> {
  const { flow, seq } = entry
  const [settled] = await reader.settled({ flow, from: seq, to: seq })
  const rows = await reader.unfinished({ flow, after: seq - 1, limit: 1 })
  const unfinished = rows.find(row => row.seq === seq)
  const hops = plan ? await recompute(plan, entry, settled, unfinished) : []
  return { entry, settled, unfinished, hops }
}

/**
 * Payloads between steps are not stored: pure steps give the same again, and the answers of effects are recorded. No
 * effect is called.
 */
async function recompute(
  plan: Plan,
  entry: Entry,
  settled: Settled | undefined,
  unfinished: Unfinished | undefined,
): Promise<Hop[]> {
  const hops: Hop[] = []
  const results = unfinished?.results ?? settled?.results ?? {}
  const effect = async (_plan: unknown, path: string): Promise<Json> => {
    if (Object.hasOwn(results, path)) return results[path] as Json
    if (settled?.outcome === 'delivered') return null
    throw new StepError(
      path,
      new IsthmusError('TARGET-UNANSWERED', unfinished?.error?.reason ?? 'not reached yet'),
    )
  }
  const watch = (path: string, before: unknown, after: unknown) => {
    hops.push({ path, before, after: after instanceof Filtered ? `filtered: ${after.reason}` : after })
  }
  try {
    await runSteps(plan.steps, dataOf({ entry, data: undefined, row: unfinished }, plan), { effect, watch })
  } catch (error) {
    const path = error instanceof StepError ? error.path : 'flow'
    hops.push({ path, before: hops.at(-1)?.after, after: undefined, error: reasonOf(error) })
  }
  return hops
}
