import { hash } from 'node:crypto'
import type { Json } from '../../../message/json-value.ts'
import type { NewEvent, StreamEvent } from '../../../store/streams.ts'

/** The streams of the audit: one for each node, by whose key its heads are signed. */
export const auditKind = 'audit'

/** `asked` is written before something is done, `done` with what came of it. What only happened is `done` alone. */
export type Phase = 'asked' | 'done'

/** `denied`: not allowed, or not known who; `refused`: it makes no sense; `failed`: inside. */
export type Outcome = 'ok' | 'denied' | 'refused' | 'failed'

/** What is audited. Texts are cut where they are longer than a line; payloads are there as hashes only. */
export interface AuditEntry {
  /** Joins what was asked to what came of it. */
  readonly operation: string
  readonly phase: Phase
  readonly actor: string
  /** How the actor is known. */
  readonly how: 'local' | 'session' | 'token' | 'none' | 'instance'
  /** From where, as far as it is known. */
  readonly address: string
  readonly action: string
  readonly object: string
  readonly outcome?: Outcome | undefined
  /** Of the answer; an HTTP status. */
  readonly status?: number | undefined
  readonly why?: string | undefined
  /** SHA-256 of the object as it was, and as it is now. */
  readonly before?: string | undefined
  readonly after?: string | undefined
  /** How often, where many of a kind are one record. */
  readonly times?: number | undefined
}

/** One link of the chain. */
export interface AuditRecord extends AuditEntry {
  /** 1, 2, 3, ... without a gap. */
  readonly no: number
  /** Milliseconds since 1970 UTC. */
  readonly at: number
  /** The hash of the record before; empty for the first. */
  readonly prev: string
  readonly hash: string
}

/** In this order they are hashed; a field that is not there is null. */
const hashed = [
  'operation',
  'phase',
  'actor',
  'how',
  'address',
  'action',
  'object',
  'outcome',
  'status',
  'why',
  'before',
  'after',
  'times',
] as const satisfies readonly (keyof AuditEntry)[]

export function linked(entry: AuditEntry, no: number, at: number, prev: string): AuditRecord {
  const record = { ...entry, no, at, prev }
  return { ...record, hash: hashOf(record) }
}

/** What the hash of a record must be. */
export function hashOf(record: Omit<AuditRecord, 'hash'>): string {
  const { no, at, prev } = record
  return sha256(JSON.stringify([no, at, prev, ...hashed.map(name => record[name] ?? null)]))
}

export function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}

/** Of anything that JSON can say, whatever the order of its names; undefined for nothing. */
export function hashOfState(state: unknown): string | undefined {
  return state === undefined ? undefined : sha256(JSON.stringify(ordered(state)) ?? '')
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const names = Object.keys(value).sort()
  return names.map(name => [name, ordered((value as Record<string, unknown>)[name])])
}

export function writtenRecord({ no, at, action, ...rest }: AuditRecord): NewEvent {
  return { type: action, at, data: JSON.parse(JSON.stringify(rest)) as Json }
}

/** As it stands in the store, right or not. */
export function readRecord({ version, type, at, data }: StreamEvent): AuditRecord {
  return { ...(data as unknown as AuditRecord), action: type, no: version, at }
}
