import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { checksum } from '../checksum.ts'
import type { EventRow, StreamRow } from '../stream-chain.ts'
import { checkedStream } from '../stream-chain.ts'
import type { StreamName } from '../streams.ts'
import { damaged } from './failure.ts'
import type { StoredText } from './stored-text.ts'
import { fromStored } from './stored-text.ts'

type Row = Record<string, unknown>

export const streamColumns = 'no, kind, key, state, open, began, changed, version, last, snapshot, crc'
export const eventColumns = 'pos as position, events.version, events.kind, data, prev, events.crc as checksum'

export const nameHash = ({ kind, key }: StreamName): number => checksum([kind, key])

/** Gives what a row says after checking it. */
export function streamOf(row: Row): StreamRow {
  const { no, began, changed, version, last, snapshot } = row as unknown as StreamRow
  const state = fromStored(row.state as StoredText)
  const open = row.open === 1
  return checkedStream({ no, ...nameOf(row), state, open, began, changed, version, last, snapshot }, row.crc)
}

export const nameOf = (row: Row): StreamName => ({
  kind: fromStored(row.kind as StoredText),
  key: fromStored(row.key as StoredText),
})

export const eventRow = (row: Row): EventRow => row as unknown as EventRow

/** Rows of a statement: a number that JavaScript cannot hold was never written, so it is damage. */
export function rowsOf(statement: StatementSync, ...values: SQLInputValue[]): Row[] {
  try {
    return statement.all(...values)
  } catch (error) {
    if (error instanceof RangeError) throw damaged('streams or events', 'a number is out of range')
    throw error
  }
}
