import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { checksum } from '../checksum.ts'
import type { Settled, Settlement, Unfinished } from '../store.ts'
import type { FlowRow } from './flow-table.ts'
import { basePos } from './flow-table.ts'
import type { FlowsInWork } from './flows-in-work.ts'
import { SettledRows } from './settled-rows.ts'
import { UnfinishedRows } from './unfinished-rows.ts'
import { Waiting } from './waiting.ts'

/** Messages this close are looked at together. */
const window = 1024

/** Records what became of messages, within the transaction of its caller. */
export class Settling {
  readonly #flows: FlowsInWork
  readonly #settled: SettledRows
  readonly #unfinished: UnfinishedRows
  readonly #waiting: Waiting
  readonly #inJournal: StatementSync
  readonly #cursor: StatementSync
  readonly #moveCursor: StatementSync
  readonly #sinceUntouched = new WeakMap<FlowRow, number>()

  constructor(db: DatabaseSync, flows: FlowsInWork) {
    this.#flows = flows
    this.#settled = new SettledRows(db, 'write')
    this.#unfinished = new UnfinishedRows(db, 'write')
    this.#waiting = new Waiting(db)
    this.#inJournal = db.prepare('select 1 from journal where pos = ?')
    this.#cursor = db.prepare('select cursor from cursors where flow = ? and partition = ?')
    this.#moveCursor = db.prepare('replace into cursors (flow, partition, cursor, crc) values (?, ?, ?, ?)')
  }

  settle({ flow: name, partition, cursor, settled, unfinished }: Settlement): void {
    const flow = this.#flows.get(name)
    if (flow === undefined) return
    this.#advance(flow, partition, cursor)
    for (const messages of windows(settled)) this.#end(flow, partition, messages)
    for (const rows of windows(unfinished)) this.#goOn(flow, partition, rows)
    this.#noteUntouched(flow, settled.length + unfinished.length)
  }

  #advance(flow: FlowRow, partition: number, cursor: number): void {
    const before = this.#cursor.get(flow.no, partition)?.cursor
    if (before !== undefined && Number(before) >= cursor) return
    this.#moveCursor.run(flow.no, partition, cursor, checksum([flow.no, partition, cursor]))
  }

  #end(flow: FlowRow, partition: number, messages: readonly Settled[]): void {
    const { from, to } = bounds(messages)
    const ended = this.#settled.ended(flow, from, to)
    const rows = this.#unfinished.statuses(flow, from, to)
    const fresh = messages.filter(({ seq }) => {
      if (this.#isOver(flow, seq, ended)) return false
      ended.add(seq)
      return true
    })
    for (const { seq } of fresh) {
      const status = rows.get(seq)
      if (status === undefined) continue
      this.#unfinished.remove(flow, seq)
      flow[status]--
    }
    this.#settled.add(flow, partition, fresh)
    flow.ended += fresh.length
  }

  #goOn(flow: FlowRow, partition: number, messages: readonly Unfinished[]): void {
    const { from, to } = bounds(messages)
    const ended = this.#settled.ended(flow, from, to)
    const rows = this.#unfinished.statuses(flow, from, to)
    for (const row of messages) {
      if (this.#isOver(flow, row.seq, ended)) continue
      const before = rows.get(row.seq)
      if (before !== undefined) flow[before]--
      this.#unfinished.put(flow, partition, row)
      rows.set(row.seq, row.status)
      flow[row.status]++
    }
  }

  /** Ended already, or even retired, or never accepted. */
  #isOver(flow: FlowRow, seq: number, ended: ReadonlySet<number>): boolean {
    if (ended.has(seq) || seq > flow.head) return true
    return seq <= flow.floor && this.#inJournal.get(basePos(flow) + seq) === undefined
  }

  /** Looking on from the last noted place costs something: it is done once in a while. */
  #noteUntouched(flow: FlowRow, count: number): void {
    const since = (this.#sinceUntouched.get(flow) ?? 0) + count
    this.#sinceUntouched.set(flow, since < window ? since : 0)
    if (since >= window) flow.untouched = this.#waiting.firstUntouched(flow)
  }
}

/** In order of `seq`, cut so that each part spans less than `window`. */
function* windows<T extends { readonly seq: number }>(messages: readonly T[]): Generator<T[]> {
  const sorted = messages.toSorted((a, b) => a.seq - b.seq)
  for (let from = 0; from < sorted.length; ) {
    const end = (sorted[from]?.seq ?? 0) + window
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
