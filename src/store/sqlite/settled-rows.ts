import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { checksum } from '../checksum.ts'
import type { Settled } from '../store.ts'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import { basePos } from './flow-table.ts'

/** A row spans fewer messages than this, so that those around a `seq` are found by looking back so far. */
export const settledSpan = 1024

const outcomes = ['delivered', 'filtered', 'discarded'] as const

/**
 * Messages next to each other of which there is the same to say: distance to the row's first message, how many, outcome,
 * time after that of the first, and the rest as far as there is any.
 */
type Packed = [
  distance: number,
  count: number,
  outcome: number,
  later: number,
  attempts: number,
  ...rest: unknown[],
]

/** What becomes a row: from the first `seq` to the last, as JSON. */
export interface PackedRow {
  readonly first: number
  readonly last: number
  readonly count: number
  readonly data: string
}

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

  /** Adds messages of one partition none of which is there yet. */
  add(flow: FlowRow, partition: number, { first, last, data }: PackedRow): void {
    const pos = basePos(flow) + first
    const end = basePos(flow) + last
    this.#insert?.run(pos, end, partition, data, checksum([pos, end, partition, data]))
  }

  remove(flow: FlowRow, row: SettledRow): void {
    this.#delete?.run(basePos(flow) + (row.messages[0]?.seq ?? 0))
  }
}

/** As few rows as messages, in any order, need. */
export function packedRows(settled: readonly Settled[]): PackedRow[] {
  const sorted = settled.toSorted((a, b) => a.seq - b.seq)
  const rows: PackedRow[] = []
  for (let from = 0; from < sorted.length; ) {
    const end = (sorted[from]?.seq ?? 0) + settledSpan
    let to = from
    while ((sorted[to]?.seq ?? Infinity) < end) to++
    rows.push(packed(sorted.slice(from, to)))
    from = to
  }
  return rows
}

function packed(messages: readonly Settled[]): PackedRow {
  const { seq: first = 0, at: start = 0 } = messages[0] ?? {}
  const all: Packed[] = []
  let before: Settled | undefined
  for (const each of messages) {
    const last = all.at(-1)
    if (last && before && saysTheSame(before, each)) last[1]++
    else
      all.push([
        each.seq - first,
        1,
        outcomes.indexOf(each.outcome),
        each.at - start,
        each.attempts,
        ...rest(each),
      ])
    before = each
  }
  const count = messages.length
  return { first, last: before?.seq ?? first, count, data: JSON.stringify([start, all]) }
}

function saysTheSame(one: Settled, next: Settled): boolean {
  const same = one.outcome === next.outcome && one.at === next.at && one.attempts === next.attempts
  return same && next.seq === one.seq + 1 && rest(one).length === 0 && rest(next).length === 0
}

function rest({ note, results, edited }: Settled): unknown[] {
  if (note === undefined && results === undefined && edited === undefined) return []
  const more = [note, results, edited]
  while (more.at(-1) === undefined) more.pop()
  return more.map(value => value ?? 0)
}

function checked(flow: FlowRow, row: StoredRow): StoredRow {
  if (checksum([row.pos, row.last, row.partition, row.data]) !== row.crc)
    throw damaged('settled', 'the checksum does not fit', { flow: flow.name, seq: row.pos - basePos(flow) })
  return row
}

function unpack(flow: FlowRow, { pos, partition, data }: StoredRow): SettledRow {
  return { partition, messages: unpacked(pos - basePos(flow), data) }
}

/** The messages of a row, in order of `seq`. */
export function unpacked(first: number, data: string): Settled[] {
  const [start, all] = JSON.parse(data) as [number, Packed[]]
  return all.flatMap(([distance, count, outcome, later, attempts, note = 0, results = 0, edited = 0]) =>
    Array.from(
      { length: count },
      (_, n): Settled => ({
        seq: first + distance + n,
        outcome: outcomes[outcome] ?? 'delivered',
        at: start + later,
        attempts,
        ...(results !== 0 && { results: results as NonNullable<Settled['results']> }),
        ...(edited !== 0 && { edited: edited as NonNullable<Settled['edited']> }),
        ...(typeof note === 'string' && { note }),
      }),
    ),
  )
}
