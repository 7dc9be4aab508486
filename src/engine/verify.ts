import type { Landscape } from '../flow/landscape.ts'
import type { FlowState, StoreReader } from '../store/store.ts'
import { verifyAggregates } from './aggregate/verify-aggregates.ts'
import { type StreamBalance, verifyStreams } from './verify-streams.ts'

/** How the messages of one flow stand: accepted = delivered + filtered + parked + inFlight. */
export interface FlowBalance {
  readonly flow: string
  readonly accepted: number
  readonly delivered: number
  /** Ended on purpose without delivery; those that a person discarded are among them. */
  readonly filtered: number
  readonly discarded: number
  readonly parked: number
  /** Accepted and not ended; those in doubt are among them. */
  readonly inFlight: number
  readonly inDoubt: number
  /** Messages that break the balance: none when it holds. */
  readonly broken: readonly {
    readonly seq: number
    readonly key: string | undefined
    readonly reason: string
  }[]
}

export interface Balance {
  readonly balanced: boolean
  readonly flows: readonly FlowBalance[]
  /** Undefined if one flow only was asked for. */
  readonly streams?: StreamBalance | undefined
}

/** Most broken messages listed per flow. */
const listed = 100

/**
 * Proves conservation from the store alone: walks over every message of every flow and every record of what became of
 * it, and finds each message in exactly one state, and over every event of every stream; flows of the landscape that had none are among them. Works on a running store (from one snapshot) and on a stopped one.
 */
export function verify(reader: StoreReader, only?: string, landscape?: Landscape): Promise<Balance> {
  return reader.snapshot(async snapshot => {
    const states = await snapshot.flows()
    const known = new Set(states.map(({ flow }) => flow))
    const without = (landscape?.flows ?? [])
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => fresh(name))
    const flows: FlowBalance[] = []
    for (const state of [...states, ...without])
      if (only === undefined || state.flow === only) flows.push(await balanceOf(snapshot, state))
    const streams = only === undefined ? await streamBalance(snapshot, landscape) : undefined
    const broken = [...flows, ...(streams ? [streams] : [])].flatMap<unknown>(each => each.broken)
    return { balanced: broken.length === 0, flows, ...(streams && { streams }) }
  })
}

/** With what the landscape makes of the streams of its aggregates. */
async function streamBalance(reader: StoreReader, landscape: Landscape | undefined): Promise<StreamBalance> {
  const balance = await verifyStreams(reader)
  const folded = landscape ? await verifyAggregates(reader, landscape) : []
  return { ...balance, broken: [...balance.broken, ...folded.slice(0, listed)] }
}

/** A flow that has had no message. */
function fresh(flow: string): FlowState {
  return {
    flow,
    head: 0,
    retired: { delivered: 0, filtered: 0, discarded: 0 },
    cursors: [],
    entries: 0,
    unfinished: { retrying: 0, held: 0, parked: 0, doubt: 0, running: 0 },
    oldestWaiting: undefined,
  }
}

/** What was found of a message so far: `passed` is one that is there behind the cursor of its partition. */
const nothing = 0
const present = 1
const ended = 2
const waiting = 3
const passed = 4

async function balanceOf(reader: StoreReader, state: FlowState): Promise<FlowBalance> {
  const { flow, head, retired } = state
  const found = new Uint8Array(head + 1)
  const broken: { seq: number; key: string | undefined; reason: string }[] = []
  const counts = { ...retired, parked: 0, inDoubt: 0, waiting: 0 }
  const report = (seq: number, reason: string, key?: string) => {
    if (broken.length < listed) broken.push({ seq, key, reason })
  }
  const entries = await walkEntries(reader, state, found)
  await walkSettled(reader, state, found, counts, report)
  await walkUnfinished(reader, state, found, counts, report)
  for (let seq = 1; seq <= head; seq++) {
    if (found[seq] === passed) report(seq, 'the flow has passed it, and nothing says what became of it')
    if (isThere(found[seq])) counts.waiting++
  }
  const gone = retired.delivered + retired.filtered + retired.discarded
  if (entries + gone !== head) report(0, `${head} were accepted, but ${entries} are kept and ${gone} retired`)
  return {
    flow,
    accepted: head,
    delivered: counts.delivered,
    filtered: counts.filtered + counts.discarded,
    discarded: counts.discarded,
    parked: counts.parked,
    inFlight: counts.waiting + counts.inDoubt,
    inDoubt: counts.inDoubt,
    broken: await withKeys(reader, flow, broken),
  }
}

type Report = (seq: number, reason: string, key?: string) => void
type Counts = Record<'delivered' | 'filtered' | 'discarded' | 'parked' | 'inDoubt' | 'waiting', number>

const isThere = (found: number | undefined): boolean => found === present || found === passed

async function walkEntries(
  reader: StoreReader,
  { flow, cursors }: FlowState,
  found: Uint8Array,
): Promise<number> {
  const cursorOf = new Map(cursors.map(({ partition, cursor }) => [partition, cursor]))
  let count = 0
  for (let after = 0; ; ) {
    const entries = await reader.entries({ flow, after, limit: 1000, bytes: 16 * 2 ** 20 })
    for (const { seq, partition } of entries)
      found[seq] = seq <= (cursorOf.get(partition) ?? 0) ? passed : present
    count += entries.length
    const last = entries.at(-1)
    if (!last) return count
    after = last.seq
  }
}

async function walkSettled(
  reader: StoreReader,
  state: FlowState,
  found: Uint8Array,
  counts: Counts,
  report: Report,
): Promise<void> {
  for (let from = 1; from <= state.head; from += 10_000) {
    const to = Math.min(state.head, from + 9_999)
    for (const { seq, outcome } of await reader.settled({ flow: state.flow, from, to })) {
      if (found[seq] === ended) report(seq, 'it ended twice')
      else if (!isThere(found[seq])) report(seq, `it is recorded as ${outcome}, but is not in the journal`)
      else counts[outcome]++
      found[seq] = ended
    }
  }
}

async function walkUnfinished(
  reader: StoreReader,
  { flow, head }: FlowState,
  found: Uint8Array,
  counts: Counts,
  report: Report,
): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await reader.unfinished({ flow, after, limit: 1000 })
    for (const { seq, key, status } of rows) {
      const before = seq > head ? nothing : found[seq]
      if (before === ended) report(seq, `it has ended and is ${status} all the same`, key)
      else if (!isThere(before)) report(seq, `it is ${status}, but is not in the journal`, key)
      else if (status === 'parked') counts.parked++
      else if (status === 'doubt') counts.inDoubt++
      else counts.waiting++
      if (isThere(before)) found[seq] = waiting
    }
    const last = rows.at(-1)
    if (!last) return
    after = last.seq
  }
}

async function withKeys(
  reader: StoreReader,
  flow: string,
  broken: readonly { seq: number; key: string | undefined; reason: string }[],
): Promise<FlowBalance['broken']> {
  const seqs = broken.filter(({ key }) => key === undefined).map(({ seq }) => seq)
  if (seqs.length === 0) return broken
  const entries = await reader.entries({ flow, seqs, limit: seqs.length })
  const keys = new Map(entries.map(({ seq, key }) => [seq, key]))
  return broken.map(item => ({ ...item, key: item.key ?? keys.get(item.seq) }))
}
