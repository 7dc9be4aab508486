import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { RetireLimits, Settled } from '../store.ts'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import type { FlowsInWork } from './flows-in-work.ts'
import { type Block, JournalRows } from './journal-rows.ts'
import { removeEmptyBlocks } from './name-index.ts'
import type { SettledRow } from './settled-rows.ts'
import { packedRows, SettledRows } from './settled-rows.ts'

/** What one call removes, or looks at, at most: intake waits meanwhile. */
const messagesAtMost = 1000
const identitiesAtMost = 5000

/** A message that has ended, in the row that says so. */
interface Finished {
  readonly flow: FlowRow
  readonly row: SettledRow
  readonly message: Settled
  readonly at: number
  readonly bytes: number
}

/** Removes what is old, within the transaction of its caller. */
export class Retiring {
  readonly #flows: FlowsInWork
  readonly #db: DatabaseSync
  readonly #settled: SettledRows
  readonly #journal: JournalRows
  #identitiesSeen: SQLOutputValue = null

  constructor(db: DatabaseSync, flows: FlowsInWork) {
    this.#db = db
    this.#flows = flows
    this.#settled = new SettledRows(db, 'write')
    this.#journal = new JournalRows(db, 'write')
  }

  retire({ before = 0, bytes = Infinity, identitiesBefore = 0 }: RetireLimits): number {
    if (identitiesBefore > 0) this.#identities(identitiesBefore)
    const going = this.#choose(before, bytes)
    for (const part of Map.groupBy(going, each => each.row).values()) this.#takeAway(part)
    for (const [flow, part] of Map.groupBy(going, each => each.flow)) {
      const seqs = part.map(each => each.message.seq)
      this.#journal.remove(flow, seqs)
      removeEmptyBlocks(this.#db, flow, seqs)
    }
    return going.length
  }

  #choose(before: number, bytes: number): Finished[] {
    const going: Finished[] = []
    const flows = this.#flows.all()
    const sources = flows.map(flow => this.#finished(flow))
    const next = sources.map(source => source.next().value)
    let held = flows.reduce((sum, flow) => sum + flow.bytes, 0)
    while (going.length < messagesAtMost) {
      const limit = held > bytes ? Infinity : before
      const oldest = next.reduce((a, b) => (b !== undefined && b.at < (a?.at ?? limit) ? b : a), undefined)
      if (oldest === undefined) break
      going.push(oldest)
      held -= oldest.bytes
      const index = flows.indexOf(oldest.flow)
      next[index] = sources[index]?.next().value
    }
    return going
  }

  /** In order of `seq`. Rows of several partitions overlap: what a later row may still precede waits in `open`. */
  *#finished(flow: FlowRow): Generator<Finished, undefined> {
    let open: { readonly row: SettledRow; readonly message: Settled }[] = []
    for (const row of this.#settled.all(flow)) {
      const first = row.messages[0]?.seq ?? 0
      yield* this.#details(
        flow,
        open.filter(each => each.message.seq < first),
      )
      open = open.filter(each => each.message.seq > first)
      open.push(...row.messages.map(message => ({ row, message })))
      open.sort((a, b) => a.message.seq - b.message.seq)
    }
    yield* this.#details(flow, open)
  }

  *#details(
    flow: FlowRow,
    open: readonly Pick<Finished, 'row' | 'message'>[],
  ): Generator<Finished, undefined> {
    let block: Block | undefined
    for (const { row, message } of open) {
      block = this.#journal.holding(flow, message.seq, block)
      if (block === undefined)
        throw damaged('journal', 'the message is missing', { flow: flow.name, seq: message.seq })
      const { acceptedAt: at, size: bytes } = block.record(message.seq)
      yield { flow, row, message, at, bytes }
    }
  }

  #takeAway(part: readonly Finished[]): void {
    const { flow, row } = part[0] as Finished
    this.#flows.get(flow.name)
    for (const { message, bytes } of part) {
      flow.entries--
      flow.ended--
      flow.bytes -= bytes
      flow[message.outcome]++
      flow.floor = Math.max(flow.floor, message.seq)
    }
    const gone = new Set(part.map(each => each.message))
    this.#settled.remove(flow, row)
    for (const rest of packedRows(row.messages.filter(message => !gone.has(message))))
      this.#settled.add(flow, row.partition, rest)
  }

  /** Looks at some identities at a time, in order of name, round and round. */
  #identities(before: number): void {
    const from = this.#identitiesSeen
    const after = from === null ? '?1 is null' : 'name > ?1'
    const names = this.#db
      .prepare(`select name from identities where ${after} order by name limit ?2`)
      .all(from, identitiesAtMost)
    const last = names.at(-1)?.name ?? null
    const remove = `delete from identities where ${after} and name <= ?2 and at < ?3`
    if (last !== null) this.#db.prepare(remove).run(from, last, before)
    this.#identitiesSeen = names.length < identitiesAtMost ? null : last
  }
}
