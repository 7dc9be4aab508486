import { nameBytes } from '../name-bytes.ts'
import type { StreamAppend, StreamEvent, StreamHead, StreamName, StreamReader } from '../streams.ts'
import { copyJson, type MemoryState } from './memory-state.ts'

export function appendToStream(
  state: MemoryState,
  append: StreamAppend,
): { readonly status: 'appended' | 'conflict'; readonly version: number } {
  const { kind, key, snapshot } = append
  const known = state.streams.get(idOf(append))
  const before = known?.head.version ?? 0
  const [first] = append.events
  if (append.version !== before || !first) return { status: 'conflict', version: before }
  const events = append.events.map((event, n) => ({
    ...event,
    kind,
    key,
    version: before + n + 1,
    position: ++state.position,
  }))
  const version = before + events.length
  const head: StreamHead = {
    kind,
    key,
    version,
    state: append.state ?? known?.head.state ?? '',
    open: append.open ?? true,
    began: known?.head.began ?? first.at,
    changed: events.at(-1)?.at ?? first.at,
    snapshot: snapshot === undefined ? known?.head.snapshot : { version, data: snapshot },
  }
  state.streams.set(idOf(append), { head, events: [...(known?.events ?? []), ...events] })
  return { status: 'appended', version }
}

/** Gives how many went. */
export function retireStreams(state: MemoryState, before: number, most: number): number {
  let count = 0
  for (const [id, { head }] of state.streams) {
    if (count === most) break
    if (head.open || head.changed >= before) continue
    state.streams.delete(id)
    count++
  }
  return count
}

export function memoryStreams(state: MemoryState): StreamReader {
  const eventsOf = (name: StreamName): readonly StreamEvent[] => state.streams.get(idOf(name))?.events ?? []
  return {
    head: async name => copyJson([state.streams.get(idOf(name))?.head])[0] ?? undefined,
    events: async ({ after = 0, limit, ...name }) =>
      eventsOf(name)
        .slice(after, after + limit)
        .map(copyJson),
    heads: async ({ kind, states, open, after, limit }) =>
      [...state.streams.values()]
        .map(({ head }) => head)
        .filter(head => head.kind === (kind ?? head.kind) && head.open === (open ?? head.open))
        .filter(head => states?.includes(head.state) ?? true)
        .filter(head => after === undefined || compare(head, after) > 0)
        .sort(compare)
        .slice(0, limit)
        .map(copyJson),
    log: async ({ kind, after, limit }) =>
      [...state.streams.values()]
        .flatMap(({ events }) => events)
        .filter(event => event.kind === kind && event.position > after)
        .sort((a, b) => a.position - b.position)
        .slice(0, limit)
        .map(copyJson),
  }
}

function idOf({ kind, key }: StreamName): string {
  return JSON.stringify([kind, key])
}

/** By the bytes of UTF-8, as databases do. */
function compare(a: StreamName, b: StreamName): number {
  return (
    Buffer.compare(nameBytes(a.kind), nameBytes(b.kind)) || Buffer.compare(nameBytes(a.key), nameBytes(b.key))
  )
}
