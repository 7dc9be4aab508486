import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { checksum } from '../checksum.ts'
import { damaged } from './failure.ts'
import { flowSpan } from './schema.ts'
import type { StoredText } from './stored-text.ts'
import { fromStored, toStored } from './stored-text.ts'

/** What the store counts of one flow, kept with every change. */
export interface FlowRow {
  readonly no: number
  readonly name: string
  /** The highest `seq` given. */
  head: number
  /** Messages in the journal, and the size of their heads and bodies. */
  entries: number
  bytes: number
  /** Messages in the journal that have ended. */
  ended: number
  /** Retired messages by outcome. */
  delivered: number
  filtered: number
  discarded: number
  /** Unfinished rows by status. */
  retrying: number
  held: number
  parked: number
  doubt: number
  running: number
  /** The highest `seq` retired: above it the journal has no gaps. */
  floor: number
  /** Every lower `seq` has ended or has, or had, an unfinished row. A lower bound: reading looks on from here. */
  untouched: number
  /** Keys and ids up to here are in `names`. */
  indexed: number
  /** Keys up to here are in `keys`. */
  keyed: number
}

export const basePos = (flow: { readonly no: number }): number => flow.no * flowSpan

export function newFlow(no: number, name: string): FlowRow {
  const journal = { head: 0, entries: 0, bytes: 0, ended: 0, delivered: 0, filtered: 0, discarded: 0 }
  const unfinished = { retrying: 0, held: 0, parked: 0, doubt: 0, running: 0 }
  return { no, name, ...journal, ...unfinished, floor: 0, untouched: 1, indexed: 0, keyed: 0 }
}

export class FlowTable {
  readonly #all: StatementSync
  readonly #one: StatementSync
  readonly #highest: StatementSync
  readonly #put: StatementSync | undefined

  constructor(db: DatabaseSync, access: 'read' | 'write') {
    this.#all = db.prepare('select no, name, counts, crc from flows order by no')
    this.#one = db.prepare('select no, name, counts, crc from flows where name = ?')
    this.#highest = db.prepare('select max(pos) as pos from journal')
    if (access === 'write')
      this.#put = db.prepare('replace into flows (no, name, counts, crc) values (?, ?, ?, ?)')
  }

  all(): FlowRow[] {
    const flows = this.#all.all().map(checked)
    const highest = Math.floor(Number(this.#highest.get()?.pos ?? 0) / flowSpan)
    if (highest > flows.length || flows.some((flow, index) => flow.no !== index + 1))
      throw damaged('flows', 'a row is missing')
    return flows
  }

  byName(name: string): FlowRow | undefined {
    const row = this.#one.get(toStored(name))
    // A damaged name is not found by its name: before a flow is said not to exist, all rows are checked.
    return row === undefined ? this.all().find(flow => flow.name === name) : checked(row)
  }

  put({ no, name, ...rest }: FlowRow): void {
    const counts = JSON.stringify(rest)
    this.#put?.run(no, toStored(name), counts, checksum([no, name, counts]))
  }
}

function checked(row: Record<string, unknown>): FlowRow {
  const { no, counts } = row as { no: number; counts: string }
  const name = fromStored(row.name as StoredText)
  if (checksum([no, name, counts]) !== row.crc)
    throw damaged('flows', 'the checksum does not fit', { flow: name })
  // Stores that were written before there were `keys` count none.
  return { no, name, keyed: 0, ...(JSON.parse(counts) as Omit<FlowRow, 'no' | 'name' | 'keyed'>) }
}
