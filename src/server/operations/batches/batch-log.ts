import type { Json } from '../../../message/json-value.ts'
import type { Append, StoreReader } from '../../../store/store.ts'
import type { Batch, BatchOrder, ItemOutcome, Selection } from './batch-schemas.ts'

export const kind = 'batch'

/** What came of one message: its number in the selection from 0, milliseconds, and of a replay its number in the flow. */
export type Result = readonly [
  n: number,
  outcome: ItemOutcome,
  ms: number,
  code: string | null,
  seq: number | null,
]

export interface BatchFact {
  readonly type: 'begun' | 'results' | 'went' | 'paused' | 'aborted'
  readonly by?: string | undefined
  readonly why?: string | undefined
  readonly results?: readonly Result[] | undefined
}

/** A batch as it stands, with the version of its stream. */
export interface Logged {
  readonly batch: Batch
  readonly version: number
}

const failed = new Set<ItemOutcome>(['parked', 'doubt', 'trying', 'refused'])
const skipped = new Set<ItemOutcome>(['changed', 'gone'])

export function newBatch(order: BatchOrder, selection: Selection, by: string, now: number): Batch {
  const { do: what, why, rate = 50, allowed = 0, effects = 'kept', acceptChanges = false } = order
  return {
    batch: selection.selection,
    do: what,
    by,
    why,
    at: now,
    changed: now,
    state: 'running',
    count: selection.count,
    next: 0,
    stage: 0,
    stages: stagesOf(order.stages ?? [1, 10], selection.count).map((size, n) => {
      return { size, done: 0, failed: 0, skipped: 0, ...(n === 0 && { began: now }) }
    }),
    rate,
    allowed,
    effects,
    acceptChanges,
    flows: selection.flows.map(({ flow }) => flow),
  }
}

function stagesOf(sizes: readonly number[], count: number): number[] {
  const stages: number[] = []
  let left = count
  for (const size of sizes) {
    if (left === 0) break
    stages.push(Math.min(size, left))
    left -= Math.min(size, left)
  }
  return left > 0 ? [...stages, left] : stages
}

/** The batch after a fact. Pure. */
export function evolve(batch: Batch, fact: BatchFact, now: number): Batch {
  const { by, why } = fact
  switch (fact.type) {
    case 'begun':
      return batch
    case 'results':
      return afterResults({ ...batch, changed: now }, fact.results ?? [], now)
    case 'went':
      return went({ ...batch, changed: now }, now)
    case 'paused':
      return { ...batch, changed: now, state: 'paused', reason: said(by, why) }
    case 'aborted':
      return { ...batch, changed: now, state: 'aborted', reason: said(by, why) }
  }
}

function afterResults(batch: Batch, results: readonly Result[], now: number): Batch {
  const count = (of: ReadonlySet<ItemOutcome>) => results.filter(([, outcome]) => of.has(outcome)).length
  const stage = batch.stages[batch.stage] as Batch['stages'][number]
  const [bad, passed] = [count(failed), count(skipped)]
  const counted = {
    ...stage,
    done: stage.done + results.length - bad - passed,
    failed: stage.failed + bad,
    skipped: stage.skipped + passed,
  }
  const isStageOver = counted.done + counted.failed + counted.skipped >= counted.size
  const stages = batch.stages.with(batch.stage, isStageOver ? { ...counted, ended: now } : counted)
  const next = { ...batch, stages, next: batch.next + results.length }
  if (batch.state === 'aborted') return next
  if (isStageOver && batch.stage === batch.stages.length - 1)
    return { ...next, state: 'ended', reason: undefined }
  if (batch.state !== 'running') return next
  if (counted.failed > batch.allowed) return { ...next, state: 'stopped', reason: undefined }
  return isStageOver ? { ...next, state: 'waiting', reason: undefined } : next
}

/** The next stage where this one is over; where it was stopped by failures, these are allowed from now on. */
function went(batch: Batch, now: number): Batch {
  const stage = batch.stages[batch.stage] as Batch['stages'][number]
  const at = stage.ended !== undefined ? batch.stage + 1 : batch.stage
  const begun = batch.stages[at] as Batch['stages'][number]
  const stages = begun.began === undefined ? batch.stages.with(at, { ...begun, began: now }) : batch.stages
  const allowed = at !== batch.stage ? batch.allowed : Math.max(batch.allowed, stage.failed)
  return { ...batch, state: 'running', reason: undefined, stage: at, stages, allowed }
}

function said(by: string | undefined, why: string | undefined): string | undefined {
  return by === undefined ? why : why === undefined ? by : `${by}: ${why}`
}

export function isOver({ state }: Batch): boolean {
  return state === 'ended' || state === 'aborted'
}

export function appendOf(batch: Batch, fact: BatchFact, version: number): Append {
  return {
    kind,
    key: batch.batch,
    version,
    events: [{ type: fact.type, data: plain(fact), at: batch.changed }],
    state: batch.state,
    open: !isOver(batch),
    snapshot: plain(batch),
  }
}

/** Without what is undefined. */
function plain(data: object): Json {
  return JSON.parse(JSON.stringify(data)) as Json
}

export async function readBatch(reader: StoreReader, id: string): Promise<Logged | undefined> {
  const head = await reader.streams.head({ kind, key: id })
  return head?.snapshot && { batch: head.snapshot.data as unknown as Batch, version: head.version }
}

/** What came of the messages behind `after`, by their number. */
export async function readResults(reader: StoreReader, id: string): Promise<Map<number, Result>> {
  const found = new Map<number, Result>()
  for (let after = 0; ; ) {
    const events = await reader.streams.events({ kind, key: id, after, limit: 1000 })
    for (const { data } of events)
      for (const result of (data as unknown as BatchFact).results ?? []) found.set(result[0], result)
    const last = events.at(-1)
    if (!last) return found
    after = last.version
  }
}
