import { checksum } from '../checksum.ts'
import type { Settled, Unfinished, UnfinishedEntry } from '../store.ts'
import { assertUndamaged } from './row-checksum.ts'
import { fromText, toText } from './stored-text.ts'

/** A row of `settled` as it is read: bigints come as text. */
export interface SettledRow extends Pick<Settled, 'attempts' | 'outcome'> {
  readonly seq: string
  readonly ended_at: string
  /** JSON of what has no column. */
  readonly detail: string | null
  readonly checksum: string
}

export interface UnfinishedRow extends Pick<UnfinishedEntry, 'partition' | 'key' | 'status'> {
  readonly seq: string
  readonly detail: string
  readonly checksum: string
}

export function settledRow(flow: string, settled: Settled) {
  const { seq, outcome, at, attempts, ...rest } = settled
  const more = JSON.stringify(rest)
  const detail = more === '{}' ? null : more
  return {
    seq,
    outcome,
    at,
    attempts,
    detail,
    checksum: checksum([flow, outcome, at, attempts, detail]),
  }
}

export function settledOf(flow: string, row: SettledRow): Settled {
  const { outcome, attempts, detail, ended_at: at } = row
  const seq = Number(row.seq)
  assertUndamaged(checksum([flow, outcome, at, attempts, detail]), row.checksum, 'settled', flow, seq)
  return { seq, outcome, at: Number(at), attempts, ...(detail === null ? {} : JSON.parse(detail)) }
}

export function unfinishedRow(flow: string, partition: number, unfinished: Unfinished) {
  const { seq, key, status, ...rest } = unfinished
  const texts = [toText(key), JSON.stringify(rest)] as const
  const sum = checksum([flow, partition, status, ...texts])
  return { seq, partition, status, key: texts[0], detail: texts[1], checksum: sum }
}

export function unfinishedOf(flow: string, row: UnfinishedRow): UnfinishedEntry {
  const { partition, status, key, detail } = row
  const seq = Number(row.seq)
  const expected = checksum([flow, partition, status, key, detail])
  assertUndamaged(expected, row.checksum, 'unfinished', flow, seq)
  return { seq, partition, key: fromText(key), status, ...JSON.parse(detail) }
}
