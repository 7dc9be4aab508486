import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { checksum } from '../checksum.ts'
import type { Settled } from '../store.ts'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import { basePos } from './flow-table.ts'

/** A row spans fewer messages than this, so that those around a `seq` are found by looking back so far. */
export const settledSpan = 1024

const outcomes = ['delivered', 'filtered', 'discarded'] as const

/** One message within a row: distance to the row's first message and time, and the rest as far as there is any. */
type Packed = [distance: number, outcome: number, later: number, attempts: number, ...rest: unknown[]]

export interface SettledRow {
  readonly partition: number
  readonly messages: readonly Settled[]
}

interface StoredRow {
  readonly pos: number
  readonly last: number
  readonly partition: number
  readonly data: string
  readonly crc: number
}

/** The rows of table `settled`: what became of messages, as many in a row as one settlement had next to each other. */
export class SettledRows {
  readonly #around: StatementSync
  readonly #next: StatementSync
  readonly #insert: StatementSync | undefined
  readonly #delete: StatementSync | undefined

  constructor(db: DatabaseSync, access: 'read' | 'write') {
    const select = 'select pos, last, partition, data, crc from settled where pos > ? and pos <= ?'
    this.#around = db.prepare(`${select} order by pos`)
    this.#next = db.prepare(`${select} order by pos limit 1`)
    if (access === 'read') return
    this.#insert = db.prepare('insert into settled (pos, last, partition, data, crc) values (?, ?, ?, ?, ?)')
    this.#delete = db.prepare('delete from settled where pos = ?')
  }

  /** In order of `seq`. */
  range(flow: FlowRow, from: number, to: number): Settled[] {
    const found = this.rows(flow, from, to).flatMap(row => row.messages)
    if (from <= 1 && to >= flow.head && found.length !== flow.ended) {
      const counts = `${flow.ended} messages are counted, ${found.length} are there`
      throw damaged('settled', counts, { flow: flow.name })
    }
    return found.filter(each => each.seq >= from && each.seq <= to).sort((a, b) => a.seq - b.seq)
  }

  /** The `seq`s that ended, of a partition or of all, in the rows that reach into `from` to `to`. */
  ended(flow: FlowRow, from: number, to: number, partition?: number): Set<number> {
    return new Set(this.rows(flow, from, to, partition).flatMap(row => row.messages.map(each => each.seq)))
  }

  /** The rows that reach into `from` to `to`, whole, in order of their first message. */
  rows(flow: FlowRow, from: number, to: number, partition?: number): SettledRow[] {
    const base = basePos(flow)
    const found = this.#around.all(base + Math.max(from - settledSpan, 0), base + Math.min(to, flow.head))
    return found
      .map(row => checked(flow, row as unknown as StoredRow))
      .filter(row => row.last >= base + from && row.partition === (partition ?? row.partition))
      .map(row => unpack(flow, row))
  }

  /** All rows, in order of their first message. */
  *all(flow: FlowRow): Generator<SettledRow> {
    const end = basePos(flow) + flow.head
    for (let pos = basePos(flow); ; ) {
      const row = this.#next.get(pos, end) as StoredRow | undefined
      if (row === undefined) return
      pos = row.pos
      yield unpack(flow, checked(flow, row))
    }
  }

  /** Adds messages of one partition, in order of `seq`, near to each other, none of which is there yet. */
  add(flow: FlowRow, partition: number, messages: readonly Settled[]): void {
    const [first, last] = [messages[0], messages.at(-1)]
    if (first === undefined || last === undefined) return
    const pos = basePos(flow) + first.seq
    const end = basePos(flow) + last.seq
    const data = pack(messages)
    this.#insert?.run(pos, end, partition, data, checksum([pos, end, partition, data]))
  }

  remove(flow: FlowRow, row: SettledRow): void {
    this.#delete?.run(basePos(flow) + (row.messages[0]?.seq ?? 0))
  }
}

function pack(messages: readonly Settled[]): string {
  const { seq = 0, at = 0 } = messages[0] ?? {}
  const packed = messages.map((each): Packed => {
    const { note, results, edited } = each
    const packed: Packed = [each.seq - seq, outcomes.indexOf(each.outcome), each.at - at, each.attempts]
    const more = [note, results, edited]
    while (more.length > 0 && more.at(-1) === undefined) more.pop()
    packed.push(...more.map(value => value ?? 0))
    return packed
  })
  return JSON.stringify([at, packed])
}

function checked(flow: FlowRow, row: StoredRow): StoredRow {
  if (checksum([row.pos, row.last, row.partition, row.data]) !== row.crc)
    throw damaged('settled', 'the checksum does not fit', { flow: flow.name, seq: row.pos - basePos(flow) })
  return row
}

function unpack(flow: FlowRow, { pos, partition, data }: StoredRow): SettledRow {
  const first = pos - basePos(flow)
  const [start, packed] = JSON.parse(data) as [number, Packed[]]
  const messages = packed.map(
    ([distance, outcome, later, attempts, note = 0, results = 0, edited = 0]): Settled => ({
      seq: first + distance,
      outcome: outcomes[outcome] ?? 'delivered',
      at: start + later,
      attempts,
      ...(results !== 0 && { results: results as NonNullable<Settled['results']> }),
      ...(edited !== 0 && { edited: edited as NonNullable<Settled['edited']> }),
      ...(typeof note === 'string' && { note }),
    }),
  )
  return { partition, messages }
}
