import type { DatabaseSync } from 'node:sqlite'
import type { Settled, Unfinished } from '../store.ts'
import { CursorTable } from './cursor-table.ts'
import type { FlowRow } from './flow-table.ts'
import type { FlowsInWork } from './flows-in-work.ts'
import { JournalRows } from './journal-rows.ts'
import { type PackedRow, packedRows, SettledRows, settledSpan, unpacked } from './settled-rows.ts'
import { UnfinishedRows } from './unfinished-rows.ts'
import { Waiting } from './waiting.ts'
import type { PackedSettlement } from './wire.ts'

interface Known {
  readonly rows: Map<number, Unfinished['status']>
  readonly ended: Set<number>
}

/** Records what became of messages, within the transaction of its caller. */
export class Settling {
  readonly #flows: FlowsInWork
  readonly #settled: SettledRows
  readonly #unfinished: UnfinishedRows
  readonly #waiting: Waiting
  readonly #journal: JournalRows
  readonly #cursors: CursorTable
  /** The highest message that has ended, by flow and partition, as far as it was needed. */
  readonly #highestEnded = new WeakMap<FlowRow, Map<number, number>>()
  readonly #sinceUntouched = new WeakMap<FlowRow, number>()

  constructor(db: DatabaseSync, flows: FlowsInWork) {
    this.#flows = flows
    this.#settled = new SettledRows(db, 'write')
    this.#unfinished = new UnfinishedRows(db, 'write')
    this.#waiting = new Waiting(db)
    this.#journal = new JournalRows(db, 'read')
    this.#cursors = new CursorTable(db, 'write')
  }

  settle({ flow: name, partition, cursor, settled, unfinished: json }: PackedSettlement): void {
    const unfinished = JSON.parse(json) as Unfinished[]
    const flow = this.#flows.get(name)
    if (flow === undefined) return
    this.#cursors.advance(flow, partition, cursor)
    let count = unfinished.length
    for (const row of settled) {
      count += row.count
      if (this.#isNew(flow, partition, row)) this.#end(flow, partition, row)
      else this.#endRest(flow, partition, unpacked(row.first, row.data))
    }
    for (const rows of windows(unfinished)) this.#goOn(flow, partition, rows)
    this.#noteUntouched(flow, count)
  }

  /** Whether nothing is recorded of any of these messages, as is usual. */
  #isNew(flow: FlowRow, partition: number, { first, last }: PackedRow): boolean {
    if (first <= flow.floor || last > flow.head || first <= this.#highest(flow, partition, first))
      return false
    return this.#unfinished.statuses(flow, first, last, partition).size === 0
  }

  #end(flow: FlowRow, partition: number, row: PackedRow): void {
    this.#settled.add(flow, partition, row)
    flow.ended += row.count
    this.#noteHighest(flow, partition, row.last)
  }

  #endRest(flow: FlowRow, partition: number, messages: readonly Settled[]): void {
    const { rows, ended } = this.#known(flow, partition, messages)
    const fresh: Settled[] = []
    for (const message of messages) {
      if (this.#isOver(flow, message.seq, ended)) continue
      ended.add(message.seq)
      fresh.push(message)
      const status = rows.get(message.seq)
      if (status === undefined) continue
      this.#unfinished.remove(flow, message.seq)
      flow[status]--
    }
    for (const row of packedRows(fresh)) this.#end(flow, partition, row)
  }

  #goOn(flow: FlowRow, partition: number, messages: readonly Unfinished[]): void {
    const { rows, ended } = this.#known(flow, partition, messages)
    for (const row of messages) {
      if (this.#isOver(flow, row.seq, ended)) continue
      const before = rows.get(row.seq)
      if (before !== undefined) flow[before]--
      this.#unfinished.put(flow, partition, row)
      rows.set(row.seq, row.status)
      flow[row.status]++
    }
  }

  /** What is recorded of these messages. Only those are looked up that may have ended: usually none. */
  #known(flow: FlowRow, partition: number, messages: readonly { readonly seq: number }[]): Known {
    const { from, to } = bounds(messages)
    const rows = this.#unfinished.statuses(flow, from, to, partition)
    const highest = this.#highest(flow, partition, from)
    const unsure = messages.filter(({ seq }) => seq <= highest && !rows.has(seq))
    if (unsure.length === 0) return { rows, ended: new Set() }
    const part = bounds(unsure)
    return { rows, ended: this.#settled.ended(flow, part.from, part.to, partition) }
  }

  /** No higher message of the partition has ended. */
  #highest(flow: FlowRow, partition: number, from: number): number {
    const known = this.#highestEnded.get(flow)?.get(partition)
    if (known !== undefined) return known
    const ended = this.#settled.ended(flow, from, flow.head, partition)
    const highest = [...ended].reduce((a, b) => Math.max(a, b), from - 1)
    this.#noteHighest(flow, partition, highest)
    return highest
  }

  #noteHighest(flow: FlowRow, partition: number, seq: number): void {
    const partitions = this.#highestEnded.get(flow) ?? new Map<number, number>()
    partitions.set(partition, Math.max(seq, partitions.get(partition) ?? 0))
    this.#highestEnded.set(flow, partitions)
  }

  /** Ended already, or even retired, or never accepted. */
  #isOver(flow: FlowRow, seq: number, ended: ReadonlySet<number>): boolean {
    if (ended.has(seq) || seq > flow.head) return true
    return seq <= flow.floor && !this.#journal.hasAny(flow, seq, seq)
  }

  /** Looking on from the last noted place costs something: it is done once in a while. */
  #noteUntouched(flow: FlowRow, count: number): void {
    const since = (this.#sinceUntouched.get(flow) ?? 0) + count
    this.#sinceUntouched.set(flow, since < settledSpan ? since : 0)
    if (since >= settledSpan) flow.untouched = this.#waiting.firstUntouched(flow)
  }
}

/** In order of `seq`, cut so that each part spans less than a row may. */
function* windows<T extends { readonly seq: number }>(messages: readonly T[]): Generator<T[]> {
  const sorted = messages.toSorted((a, b) => a.seq - b.seq)
  for (let from = 0; from < sorted.length; ) {
    const end = (sorted[from]?.seq ?? 0) + settledSpan
    let to = from
    while ((sorted[to]?.seq ?? Infinity) < end) to++
    yield sorted.slice(from, to)
    from = to
  }
}

const bounds = (messages: readonly { readonly seq: number }[]): { from: number; to: number } => ({
  from: messages[0]?.seq ?? 0,
  to: messages.at(-1)?.seq ?? 0,
})
