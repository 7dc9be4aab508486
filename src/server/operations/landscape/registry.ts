import type { Flow } from '../../../flow/flow.ts'
import type { Landscape } from '../../../flow/landscape.ts'
import type { Json } from '../../../message/json-value.ts'
import type { Append, Appended, StoreReader } from '../../../store/store.ts'
import type { NewEvent } from '../../../store/streams.ts'
import { flowHash, landscapeHash } from './described.ts'
import type { Place } from './layout.ts'

/** A time during which a flow, or the landscape, was declared alike. `event` is the place of its text in the stream. */
export interface KnownVersion {
  readonly version: number
  readonly hash: string
  readonly since: number
  readonly event?: number
}

/** What is known of a landscape beyond its process: versions, starts, and where its islands stand. */
export interface Known {
  readonly versions: readonly KnownVersion[]
  readonly starts: readonly number[]
  readonly flows: Readonly<Record<string, readonly KnownVersion[]>>
  readonly places: Readonly<Record<string, Place>>
}

const kind = 'landscape'
const versionsKept = 50
const startsKept = 100
const nothing: Known = { versions: [], starts: [], flows: {}, places: {} }

/** Reads what is known of the landscape; nothing of one that has never run with this. */
export async function knownOf(reader: StoreReader, landscape: string): Promise<Known & { version: number }> {
  const head = await reader.streams.head({ kind, key: landscape })
  return { ...nothing, ...(head?.snapshot?.data as Partial<Known> | undefined), version: head?.version ?? 0 }
}

/**
 * Notes that the landscape has started, with the versions of flows that begin. `layout` gives places to islands that
 * have none. What was known before is read again if somebody else has noted something in between.
 */
export async function noteStart(
  landscape: Landscape,
  reader: StoreReader,
  append: (append: Append) => Promise<Appended>,
  parts: {
    readonly now: number
    textOf(flow: Flow): string
    layout(known: Known['places']): Known['places']
  },
): Promise<Known> {
  for (let tries = 0; ; tries++) {
    const before = await knownOf(reader, landscape.name)
    const { events, known } = started(landscape, before, parts)
    const name = { kind, key: landscape.name, version: before.version }
    const snapshot = known as unknown as Json
    const { status } = await append({ ...name, events, state: 'running', snapshot })
    if (status === 'appended' || tries === 3) return known
  }
}

function started(
  landscape: Landscape,
  before: Known & { readonly version: number },
  { now, textOf, layout }: Parameters<typeof noteStart>[3],
): { events: NewEvent[]; known: Known } {
  const hash = landscapeHash(landscape)
  const versions = withVersion(before.versions, hash, now)
  const events: NewEvent[] = [
    { type: 'started', at: now, data: { hash, version: versions[0]?.version ?? 1 } },
  ]
  const flows: Record<string, readonly KnownVersion[]> = { ...before.flows }
  for (const flow of landscape.flows) {
    const known = flows[flow.name] ?? []
    const next = withVersion(known, flowHash(flow), now, before.version + events.length + 1)
    if (next === known) continue
    flows[flow.name] = next
    const { version = 1, hash = '' } = next[0] ?? {}
    events.push({ type: 'version', at: now, data: { flow: flow.name, version, hash, text: textOf(flow) } })
  }
  const starts = [now, ...before.starts].slice(0, startsKept)
  return { events, known: { versions, starts, flows, places: layout(before.places) } }
}

/** The newest first; the same list if nothing has changed. */
function withVersion(
  known: readonly KnownVersion[],
  hash: string,
  since: number,
  event?: number,
): readonly KnownVersion[] {
  const [last] = known
  if (last?.hash === hash) return known
  const next = { version: (last?.version ?? 0) + 1, hash, since, ...(event !== undefined && { event }) }
  return [next, ...known].slice(0, versionsKept)
}

/** The text of a flow's version as it was noted. */
export async function textOfVersion(
  { streams }: StoreReader,
  landscape: string,
  { event = 0 }: KnownVersion,
): Promise<string | undefined> {
  const [found] = await streams.events({ kind, key: landscape, after: event - 1, limit: 1 })
  const { text } = (found?.data ?? {}) as { readonly text?: string }
  return text
}
