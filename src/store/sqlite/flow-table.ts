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
}

const counts = [
  ...['head', 'entries', 'bytes', 'delivered', 'filtered', 'discarded'],
  ...['retrying', 'held', 'parked', 'doubt', 'running', 'floor', 'untouched', 'indexed'],
] as (keyof Omit<FlowRow, 'no' | 'name'>)[]

const columns = ['no', 'name', ...counts, 'crc']

export const basePos = (flow: { readonly no: number }): number => flow.no * flowSpan

export function newFlow(no: number, name: string): FlowRow {
  const zeros = Object.fromEntries(counts.map(count => [count, 0])) as Record<(typeof counts)[number], number>
  return { no, name, ...zeros, untouched: 1 }
}

export class FlowTable {
  readonly #all: StatementSync
  readonly #one: StatementSync
  readonly #put: StatementSync | undefined

  constructor(db: DatabaseSync, access: 'read' | 'write') {
    const list = columns.join(', ')
    this.#all = db.prepare(`select ${list} from flows order by no`)
    this.#one = db.prepare(`select ${list} from flows where name = ?`)
    if (access === 'read') return
    this.#put = db.prepare(`replace into flows (${list}) values (${columns.map(() => '?').join(', ')})`)
  }

  all(): FlowRow[] {
    const flows = this.#all.all().map(checked)
    if (flows.some((flow, index) => flow.no !== index + 1))
      throw damaged('flows', undefined, undefined, 'a row is missing')
    return flows
  }

  byName(name: string): FlowRow | undefined {
    const row = this.#one.get(toStored(name))
    // A damaged name is not found by its name: before a flow is said not to exist, all rows are checked.
    return row === undefined ? this.all().find(flow => flow.name === name) : checked(row)
  }

  put(flow: FlowRow): void {
    const numbers = counts.map(count => flow[count])
    this.#put?.run(flow.no, toStored(flow.name), ...numbers, sumOf(flow))
  }
}

function checked(row: Record<string, unknown>): FlowRow {
  const { name, crc, ...numbers } = row
  const flow = { ...numbers, name: fromStored(name as StoredText) } as FlowRow
  if (sumOf(flow) !== crc) throw damaged('flows', flow.name, undefined, 'the checksum does not fit')
  return flow
}

const sumOf = (flow: FlowRow): number => checksum([flow.no, flow.name, ...counts.map(count => flow[count])])
