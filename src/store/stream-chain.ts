import { IsthmusError } from '../errors.ts'
import type { Json } from '../message/json-value.ts'
import { checksum } from './checksum.ts'
import type { NewEvent, StreamEvent, StreamHead, StreamName } from './streams.ts'

/*
 * How tables hold streams so that damage shows: the checksum of an event covers that of the event before it in its
 * stream, and the row of the stream, which has a checksum too, names that of the last event and of the snapshot.
 */

/** The row of a stream; `last` is the checksum of the last event, `snapshot` that of the snapshot. */
export interface StreamRow extends Omit<StreamHead, 'snapshot'> {
  readonly no: number
  readonly last: number
  readonly snapshot: number | null
}

export interface EventRow {
  readonly position: number
  readonly version: number
  /** `kindHash` of the stream's kind, by which the events of a kind are found. */
  readonly kind: number
  /** `eventJson`. */
  readonly data: string
  /** The checksum of the event before, 0 for the first. */
  readonly prev: number
  readonly checksum: number
}

export interface SnapshotRow {
  readonly version: number
  readonly data: string
  readonly checksum: number
}

export const eventJson = ({ type, at, data }: NewEvent): string => JSON.stringify({ type, at, data })

export const kindHash = (kind: string): number => checksum([kind])

export function streamSum(row: StreamRow): number {
  const { no, kind, key, state, open, began, changed, version, last, snapshot } = row
  return checksum([no, kind, key, state, open ? 1 : 0, began, changed, version, last, snapshot])
}

export function eventSum({ kind, key }: StreamName, event: Omit<EventRow, 'checksum'>): number {
  return checksum([kind, key, event.version, event.position, event.prev, event.kind, event.data])
}

export function snapshotSum(
  { kind, key }: StreamName,
  { version, data }: Omit<SnapshotRow, 'checksum'>,
): number {
  return checksum([kind, key, version, data])
}

/** Gives what a row says after checking it. */
export function checkedStream(row: StreamRow, found: unknown): StreamRow {
  if (streamSum(row) !== found) throw damagedStream(row, 'the checksum of its row does not fit')
  return row
}

export function eventOf(name: StreamName, row: EventRow): StreamEvent {
  const { version, position, data } = row
  if (eventSum(name, row) !== row.checksum || row.kind !== kindHash(name.kind))
    throw damagedStream(name, `the checksum of event ${version} does not fit`)
  const { kind, key } = name
  return { kind, key, version, position, ...(JSON.parse(data) as NewEvent) }
}

export function headOf(stream: StreamRow, row: SnapshotRow | undefined): StreamHead {
  const { no, last, snapshot, ...head } = stream
  if (snapshot === null) return head
  if (row === undefined || row.checksum !== snapshot || snapshotSum(stream, row) !== snapshot)
    throw damagedStream(stream, 'the checksum of its snapshot does not fit')
  return { ...head, snapshot: { version: row.version, data: JSON.parse(row.data) as Json } }
}

/**
 * Events `after` + 1 to `after` + `count` of a stream; `rows` begin at event `after`, if that is not 0, at which the
 * chain is taken up.
 */
export function chainOf(
  stream: StreamRow,
  rows: readonly EventRow[],
  after: number,
  count: number,
): StreamEvent[] {
  const from = Math.max(after, 1)
  let before = after === 0 ? 0 : undefined
  for (let version = from; version <= after + count; version++) {
    const row = rows[version - from]
    if (row?.version !== version) throw damagedStream(stream, `event ${version} is missing`)
    if (before !== undefined && row.prev !== before)
      throw damagedStream(stream, `event ${version} does not follow the one before it`)
    before = row.checksum
  }
  if (after + count === stream.version && before !== stream.last)
    throw damagedStream(stream, `event ${stream.version} is not the one that was last`)
  return rows.slice(after === 0 ? 0 : 1, after + count - from + 1).map(row => eventOf(stream, row))
}

/** An event of the log; `name` and `end`, the version of the stream, are from the row of the stream, if that is there. */
export interface LogRow extends EventRow {
  readonly stream: number
  readonly name: StreamName | undefined
  readonly end: number
}

/** `whole` if the log has no more: then each stream in it must have come to its end. */
export function logOf(rows: readonly LogRow[], whole: boolean): StreamEvent[] {
  const seen = new Map<number, LogRow>()
  const events = rows.map(row => {
    const before = seen.get(row.stream)
    if (row.name === undefined) throw damaged(`the row of stream ${row.stream} is missing`)
    if (before !== undefined && (before.version !== row.version - 1 || before.checksum !== row.prev))
      throw damagedStream(row.name, `an event before ${row.version} is missing`)
    seen.set(row.stream, row)
    return eventOf(row.name, row)
  })
  if (whole)
    for (const { name, version, end } of seen.values())
      if (name !== undefined && version < end) throw damagedStream(name, `event ${version + 1} is missing`)
  return events
}

export function damagedStream({ kind, key }: StreamName, what: string): IsthmusError {
  return damaged(`stream ${kind} ${key}: ${what}`)
}

function damaged(what: string): IsthmusError {
  const text = `the store is damaged: ${what}`
  const remedy = 'Nothing of it is served: run `isthmus verify`, and restore from a backup'
  return new IsthmusError('STORE-FAILED', `${text}. ${remedy}`)
}
