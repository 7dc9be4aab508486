import type { Json } from '../../message/json-value.ts'
import type { Entry, Settled, UnfinishedEntry } from '../store.ts'
import type { StreamEvent, StreamHead } from '../streams.ts'

/**
 * Everything a store in memory holds: the "disk" of a simulation. Records are never changed once they are in here,
 * only added, replaced and removed, so that a copy shares them.
 */
export interface MemoryState {
  readonly flows: Map<string, FlowRecords>
  readonly identities: Map<string, IdentityRecord>
  readonly positions: Map<string, Json>
  /** By kind and key as JSON. */
  readonly streams: Map<string, StreamRecord>
  /** The position of the last event of any stream. */
  position: number
  /** The token of the last claim. */
  token: number
  owner: string | undefined
  clean: boolean
  /** In how many shares the keys are divided. */
  partitions: number
  /** Size of all messages. */
  bytes: number
}

export interface FlowRecords {
  head: number
  readonly entries: Map<number, Entry>
  readonly settled: Map<number, Settled>
  readonly unfinished: Map<number, UnfinishedEntry>
  readonly cursors: Map<number, number>
  readonly retired: Record<Settled['outcome'], number>
}

export interface StreamRecord {
  readonly head: StreamHead
  readonly events: readonly StreamEvent[]
}

export interface IdentityRecord {
  readonly id: string
  readonly content: Uint8Array
  readonly acceptedAt: number
}

export function memoryState(): MemoryState {
  return {
    flows: new Map(),
    identities: new Map(),
    positions: new Map(),
    streams: new Map(),
    position: 0,
    token: 0,
    owner: undefined,
    clean: true,
    partitions: 1,
    bytes: 0,
  }
}

export function flowRecords(): FlowRecords {
  return {
    head: 0,
    entries: new Map(),
    settled: new Map(),
    unfinished: new Map(),
    cursors: new Map(),
    retired: { delivered: 0, filtered: 0, discarded: 0 },
  }
}

/**
 * The state as a process would find it that starts after the owner was killed at this instant: no owner, and not
 * clean unless the owner had closed. Copies containers, not records: cheap for some thousand records.
 */
export function copyMemoryState(state: MemoryState): MemoryState {
  const flows = [...state.flows].map(([name, flow]): [string, FlowRecords] => [name, copyFlow(flow)])
  return {
    ...state,
    flows: new Map(flows),
    identities: new Map(state.identities),
    positions: new Map(state.positions),
    streams: new Map(state.streams),
    owner: undefined,
  }
}

function copyFlow(flow: FlowRecords): FlowRecords {
  return {
    head: flow.head,
    entries: new Map(flow.entries),
    settled: new Map(flow.settled),
    unfinished: new Map(flow.unfinished),
    cursors: new Map(flow.cursors),
    retired: { ...flow.retired },
  }
}

/** As a database would give it back: without what is undefined, and nobody else's to change. */
export function copyJson<T>(value: T): T {
  return copied(value) as T
}

/** Written out, since simulations spend most of their time here: by way of a text it takes thrice as long. */
function copied(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  // There is one zero only.
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0
  if (Array.isArray(value)) return value.map(each => copied(each) ?? null)
  if (isPlain(value)) return copiedRecord(value)
  const text = JSON.stringify(value)
  return text === undefined ? undefined : JSON.parse(text)
}

function copiedRecord(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(value)) {
    const inside = copied(value[name])
    if (inside !== undefined) copy[name] = inside
  }
  return copy
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Object.hasOwn(value, '__proto__')) return false
  return Object.getPrototypeOf(value) === Object.prototype && !('toJSON' in value)
}
