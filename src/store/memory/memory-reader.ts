import { meant, newestFirst, pageOf, placeOf, placeOfMessage } from '../find-page.ts'
import { nobody } from '../members.ts'
import type {
  Entry,
  EntryQuery,
  FindQuery,
  FlowState,
  Found,
  FoundMessage,
  Settled,
  StoreReader,
  Unfinished,
  UnfinishedEntry,
  UnfinishedQuery,
} from '../store.ts'
import type { FlowRecords, MemoryState } from './memory-state.ts'
import { copyJson, copyMemoryState } from './memory-state.ts'
import { memoryStreams } from './memory-streams.ts'

export function memoryReader(state: MemoryState): StoreReader {
  return {
    flows: async () => [...state.flows].map(([name, flow]) => flowState(name, flow)),
    heads: async () => [...state.flows].map(([flow, { head }]) => ({ flow, head })),
    entries: async query => entries(state, query),
    unfinished: async query => unfinished(state.flows.get(query.flow), query),
    settled: async ({ flow, from, to }) => settled(state.flows.get(flow), from, to),
    find: async query => find(state, query),
    identified: async identity => state.identities.get(identity)?.id,
    position: async source => copyJson([state.positions.get(source)])[0] ?? missing(state, source),
    streams: memoryStreams(state),
    standing: async () => nobody,
    snapshot: async use => await use(memoryReader(copyMemoryState(state))),
  }
}

/** A stored position may be null, which is not the same as none. */
const missing = (state: MemoryState, source: string) => (state.positions.has(source) ? null : undefined)

function flowState(name: string, flow: FlowRecords): FlowState {
  const unfinished: Record<Unfinished['status'], number> = {
    retrying: 0,
    held: 0,
    parked: 0,
    doubt: 0,
    running: 0,
  }
  for (const row of flow.unfinished.values()) unfinished[row.status]++
  return {
    flow: name,
    head: flow.head,
    retired: { ...flow.retired },
    cursors: [...flow.cursors].map(([partition, cursor]) => ({ partition, cursor })),
    entries: flow.entries.size,
    unfinished,
    oldestWaiting: oldestWaiting(flow),
  }
}

function oldestWaiting(flow: FlowRecords): number | undefined {
  for (const entry of flow.entries.values()) {
    if (!flow.settled.has(entry.seq) && flow.unfinished.get(entry.seq)?.status !== 'parked')
      return entry.acceptedAt
  }
  return undefined
}

function entries(state: MemoryState, query: EntryQuery): Entry[] {
  const found: Entry[] = []
  let bytes = 0
  for (const [name, flow] of state.flows) {
    if (query.flow !== undefined && query.flow !== name) continue
    for (const seq of candidates(flow, query)) {
      const entry = flow.entries.get(seq)
      if (entry === undefined || !matches(entry, query)) continue
      bytes += entry.body.byteLength
      if (found.length === query.limit || (found.length > 0 && bytes > (query.bytes ?? Infinity)))
        return found
      found.push({ ...copyJson({ ...entry, body: undefined }), body: entry.body.slice() })
    }
  }
  return found
}

function find(state: MemoryState, query: FindQuery): Found {
  const isMeant = meant(query)
  const after = placeOf(query.after)
  const found: FoundMessage[] = []
  for (const [name, flow] of state.flows) {
    if (query.flow !== undefined && query.flow !== name) continue
    for (const { seq, key, id, acceptedAt } of flow.entries.values())
      if (isMeant(key)) found.push({ flow: name, seq, key, id, acceptedAt })
  }
  const behind = found.filter(each => !after || newestFirst(placeOfMessage(each), after) > 0)
  behind.sort((a, b) => newestFirst(placeOfMessage(a), placeOfMessage(b)))
  return pageOf(behind, query.limit, 0)
}

function* candidates(flow: FlowRecords, { seqs, after = 0, to = flow.head }: EntryQuery): Iterable<number> {
  if (seqs !== undefined) yield* [...new Set(seqs)].sort((a, b) => a - b)
  else for (let seq = after + 1; seq <= Math.min(to, flow.head); seq++) yield seq
}

function matches(entry: Entry, query: EntryQuery): boolean {
  const { after = 0, to = entry.seq, key = entry.key, id = entry.id, partitions } = query
  if (partitions && !partitions.includes(entry.partition)) return false
  return entry.seq > after && entry.seq <= to && entry.key === key && entry.id === id
}

function unfinished(flow: FlowRecords | undefined, query: UnfinishedQuery): UnfinishedEntry[] {
  return [...(flow?.unfinished.values() ?? [])]
    .filter(row => query.status?.includes(row.status) ?? true)
    .filter(row => query.partitions?.includes(row.partition) ?? true)
    .filter(row => row.seq > (query.after ?? 0) && row.key === (query.key ?? row.key))
    .sort((a, b) => a.seq - b.seq)
    .slice(0, query.limit)
    .map(copyJson)
}

function settled(flow: FlowRecords | undefined, from: number, to: number): Settled[] {
  const found: Settled[] = []
  for (let seq = from; seq <= Math.min(to, flow?.head ?? 0); seq++) {
    const one = flow?.settled.get(seq)
    if (one !== undefined) found.push(copyJson(one))
  }
  return found
}
