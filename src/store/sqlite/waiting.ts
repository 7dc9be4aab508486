import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import { basePos } from './flow-table.ts'
import { SettledRows, settledSpan } from './settled-rows.ts'
import { UnfinishedRows } from './unfinished-rows.ts'

/** Finds the messages that have waited longest. */
export class Waiting {
  readonly #settled: SettledRows
  readonly #unfinished: UnfinishedRows
  readonly #acceptedAt: StatementSync

  constructor(db: DatabaseSync) {
    this.#settled = new SettledRows(db, 'read')
    this.#unfinished = new UnfinishedRows(db, 'read')
    this.#acceptedAt = db.prepare('select at from journal where pos = ?')
  }

  /** Acceptance time of the oldest message that is neither settled nor parked. */
  oldest(flow: FlowRow): number | undefined {
    const begun = (['retrying', 'held', 'doubt', 'running'] as const).map(status =>
      this.#unfinished.first(flow, status),
    )
    const first = Math.min(this.firstUntouched(flow), ...begun.map(seq => seq ?? Infinity))
    if (first > flow.head) return undefined
    const at = this.#acceptedAt.get(basePos(flow) + first)?.at
    if (typeof at !== 'number')
      throw damaged('journal', 'the message is missing', { flow: flow.name, seq: first })
    return at
  }

  /** The lowest `seq` that has neither ended nor an unfinished row; head + 1 if there is none. */
  firstUntouched(flow: FlowRow): number {
    for (let from = flow.untouched; from <= flow.head; from += settledSpan) {
      const to = Math.min(from + settledSpan - 1, flow.head)
      const ended = this.#settled.ended(flow, from, to)
      const begun = this.#unfinished.statuses(flow, from, to)
      for (let seq = from; seq <= to; seq++) {
        if (ended.has(seq) || begun.has(seq)) continue
        if (seq > flow.floor || this.#acceptedAt.get(basePos(flow) + seq) !== undefined) return seq
      }
    }
    return flow.head + 1
  }
}
