import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { checksum } from '../checksum.ts'
import type { FlowState } from '../store.ts'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'

type Cursor = FlowState['cursors'][number]

/** How far each partition of a flow has come. */
export class CursorTable {
  readonly #all: StatementSync
  readonly #one: StatementSync
  readonly #put: StatementSync | undefined

  constructor(db: DatabaseSync, access: 'read' | 'write') {
    this.#all = db.prepare('select partition, cursor, crc from cursors where flow = ? order by partition')
    this.#one = db.prepare('select partition, cursor, crc from cursors where flow = ? and partition = ?')
    if (access === 'write')
      this.#put = db.prepare('replace into cursors (flow, partition, cursor, crc) values (?, ?, ?, ?)')
  }

  of(flow: FlowRow): Cursor[] {
    return this.#all.all(flow.no).map(row => checked(flow, row))
  }

  /** Moves a cursor forward, never back. */
  advance(flow: FlowRow, partition: number, cursor: number): void {
    const row = this.#one.get(flow.no, partition)
    if (row !== undefined && checked(flow, row).cursor >= cursor) return
    this.#put?.run(flow.no, partition, cursor, checksum([flow.no, partition, cursor]))
  }
}

function checked(flow: FlowRow, row: Record<string, unknown>): Cursor {
  const { partition, cursor } = row as unknown as Cursor
  if (checksum([flow.no, partition, cursor]) !== row.crc)
    throw damaged('cursors', `the checksum of partition ${partition} does not fit`, { flow: flow.name })
  return { partition, cursor }
}
