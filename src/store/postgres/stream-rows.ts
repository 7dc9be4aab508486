import type { EventRow, SnapshotRow, StreamRow } from '../stream-chain.ts'
import { checkedStream } from '../stream-chain.ts'
import { fromText } from './stored-text.ts'
import type { StoredName } from './stream-names.ts'
import { nameOfStored } from './stream-names.ts'

/** A row of `streams` as it is read: bigints come as text. */
export interface StoredStream extends StoredName, Record<'no' | 'version' | 'last' | 'checksum', string> {
  readonly state: string
  readonly open: boolean
  readonly began: number
  readonly changed: number
  readonly snapshot: string | null
}

export interface StoredEvent extends Record<Exclude<keyof EventRow, 'data'>, string> {
  readonly data: string
}

export interface StoredSnapshot {
  readonly snapshot_version: string | null
  readonly snapshot_data: string
  readonly snapshot_checksum: string
}

export const streamColumns = [
  'no',
  'kind',
  'key',
  'long',
  'state',
  'open',
  'began',
  'changed',
  'version',
  'last',
]
  .concat('snapshot', 'checksum')
  .map(column => `s.${column}`)
  .join(', ')

/** Gives what a row says after checking it. */
export function streamOf(row: StoredStream): StreamRow {
  const { open, began, changed } = row
  const [no, version, last] = [Number(row.no), Number(row.version), Number(row.last)]
  const snapshot = row.snapshot === null ? null : Number(row.snapshot)
  const stream = {
    no,
    ...nameOfStored(row),
    state: fromText(row.state),
    open,
    began,
    changed,
    version,
    last,
    snapshot,
  }
  return checkedStream(stream, Number(row.checksum))
}

export function eventRow({ data, ...row }: StoredEvent): EventRow {
  const { position, version, kind, prev, checksum } = row
  const numbers = { position: Number(position), version: Number(version), kind: Number(kind) }
  return { ...numbers, prev: Number(prev), checksum: Number(checksum), data }
}

export function snapshotRow(row: StoredSnapshot): SnapshotRow | undefined {
  if (row.snapshot_version === null) return undefined
  const { snapshot_version: version, snapshot_data: data, snapshot_checksum: checksum } = row
  return { version: Number(version), data, checksum: Number(checksum) }
}
