import type { DatabaseSync } from 'node:sqlite'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import { JournalRows } from './journal-rows.ts'
import { SettledRows, settledSpan } from './settled-rows.ts'
import { UnfinishedRows } from './unfinished-rows.ts'

/** Finds the messages that have waited longest. */
export class Waiting {
  readonly #settled: SettledRows
  readonly #unfinished: UnfinishedRows
  readonly #journal: JournalRows

  constructor(db: DatabaseSync) {
    this.#settled = new SettledRows(db, 'read')
    this.#unfinished = new UnfinishedRows(db, 'read')
    this.#journal = new JournalRows(db, 'read')
  }

  /** Acceptance time of the oldest message that is neither settled nor parked. */
  oldest(flow: FlowRow): number | undefined {
    const begun = (['retrying', 'held', 'doubt', 'running'] as const).map(status =>
      this.#unfinished.first(flow, status),
    )
    const first = Math.min(this.firstUntouched(flow), ...begun.map(seq => seq ?? Infinity))
    if (first > flow.head) return undefined
    const block = this.#journal.holding(flow, first)
    if (block === undefined)
      throw damaged('journal', 'the message is missing', { flow: flow.name, seq: first })
    return block.record(first).acceptedAt
  }

  /** The lowest `seq` that has neither ended nor an unfinished row; head + 1 if there is none. */
  firstUntouched(flow: FlowRow): number {
    for (let from = flow.untouched; from <= flow.head; from += settledSpan) {
      const to = Math.min(from + settledSpan - 1, flow.head)
      const ended = this.#settled.ended(flow, from, to)
      const begun = this.#unfinished.statuses(flow, from, to)
      for (let seq = from; seq <= to; seq++) {
        if (ended.has(seq) || begun.has(seq)) continue
        if (seq > flow.floor || this.#journal.hasAny(flow, seq, seq)) return seq
      }
    }
    return flow.head + 1
  }
}
