import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import { checksum } from '../checksum.ts'
import type { NewEvent, StreamEvent, StreamHead, StreamName } from '../streams.ts'
import { damaged } from './failure.ts'
import type { StoredText } from './stored-text.ts'
import { fromStored } from './stored-text.ts'

/** A row of table `streams`; `last` is the checksum of the last event, `snapshot` that of the snapshot. */
export interface StreamRow extends Omit<StreamHead, 'snapshot'> {
  readonly no: number
  readonly last: number
  readonly snapshot: number | null
}

export interface EventRow {
  readonly pos: number
  readonly version: number
  readonly kind: number
  /** JSON of a `NewEvent`. */
  readonly data: string
  readonly prev: number
  readonly crc: number
}

export const streamColumns = 'no, kind, key, state, open, began, changed, version, last, snapshot, crc'
export const eventColumns = 'pos, events.version, events.kind, data, prev, events.crc'

export const nameHash = ({ kind, key }: StreamName): number => checksum([kind, key])
export const kindHash = (kind: string): number => checksum([kind])

export function streamSum({ no, kind, key, state, open, ...row }: StreamRow): number {
  const { began, changed, version, last, snapshot } = row
  return checksum([no, kind, key, state, open ? 1 : 0, began, changed, version, last, snapshot])
}

export function eventSum({ kind, key }: StreamName, event: Omit<EventRow, 'crc'>): number {
  return checksum([kind, key, event.version, event.pos, event.prev, event.kind, event.data])
}

export function snapshotSum({ kind, key }: StreamName, version: number, data: string): number {
  return checksum([kind, key, version, data])
}

/** Gives what a row says after checking it. */
export function streamOf(row: Record<string, unknown>): StreamRow {
  const { no, began, changed, version, last, snapshot } = row as unknown as StreamRow
  const [kind, key, state] = [row.kind, row.key, row.state].map(each => fromStored(each as StoredText)) as [
    string,
    string,
    string,
  ]
  const stream = { no, kind, key, state, open: row.open === 1, began, changed, version, last, snapshot }
  if (streamSum(stream) !== row.crc) throw damagedStream(stream, 'the checksum does not fit')
  return stream
}

export function eventOf(name: StreamName, row: EventRow): StreamEvent {
  const { version, pos: position, data } = row
  if (eventSum(name, row) !== row.crc || row.kind !== kindHash(name.kind))
    throw damagedStream(name, `the checksum of event ${version} does not fit`, 'events')
  const { kind, key } = name
  return { kind, key, version, position, ...(JSON.parse(data) as NewEvent) }
}

export function snapshotOf(
  stream: StreamRow,
  row: Record<string, unknown> | undefined,
): StreamHead['snapshot'] {
  if (stream.snapshot === null) return undefined
  const { version, data } = (row ?? {}) as { version: number; data: string }
  if (row === undefined || row.crc !== stream.snapshot || snapshotSum(stream, version, data) !== row.crc)
    throw damagedStream(stream, 'the checksum of the snapshot does not fit', 'snapshots')
  return { version, data: JSON.parse(data) as Json }
}

export function damagedStream({ kind, key }: StreamName, what: string, table = 'streams'): IsthmusError {
  return damaged(table, `stream ${kind} ${key}: ${what}`)
}

/** Rows of a statement: a number that JavaScript cannot hold was never written, so it is damage. */
export function rowsOf(statement: StatementSync, ...values: SQLInputValue[]): Record<string, unknown>[] {
  try {
    return statement.all(...values)
  } catch (error) {
    if (error instanceof RangeError) throw damaged('streams or events', 'a number is out of range')
    throw error
  }
}
