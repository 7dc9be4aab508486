import type { DatabaseSync } from 'node:sqlite'
import type { FlowRow } from './flow-table.ts'
import { basePos } from './flow-table.ts'
import type { FlowsInWork } from './flows-in-work.ts'
import { JournalRows } from './journal-rows.ts'
import { type KeyEntry, KeyRows, keyOf, runSize } from './key-rows.ts'

/** Runs that one call of `retire` looks at. */
const runsAtMost = 4

/** The writer's part of table `keys`: makes a run of messages once there are enough, in a transaction of its caller. */
export class KeyIndexWriter {
  readonly #flows: FlowsInWork
  readonly #journal: JournalRows
  readonly #rows: KeyRows
  #seen = 1

  constructor(db: DatabaseSync, flows: FlowsInWork) {
    this.#flows = flows
    this.#journal = new JournalRows(db, 'read')
    this.#rows = new KeyRows(db, 'write')
  }

  /** Are there enough messages for a run? */
  get isBehind(): boolean {
    return this.#flows.all().reduce((sum, { head, keyed }) => sum + head - keyed, 0) >= runSize
  }

  /** Adds a run. */
  step(): void {
    const entries: KeyEntry[] = []
    for (const flow of this.#flows.all()) {
      const room = runSize - entries.length
      if (room <= 0 || flow.keyed === flow.head) continue
      const last = Math.min(flow.head, flow.keyed + room)
      for (const entry of keysBetween(this.#journal, flow, flow.keyed + 1, last)) entries.push(entry)
      this.#flows.get(flow.name)
      flow.keyed = last
    }
    if (entries.length > 0) this.#rows.add(entries)
  }

  /** Removes runs of which no message is left; a few of them are looked at, round and round. */
  retire(): void {
    const flows = new Map(this.#flows.all().map(flow => [flow.no, flow]))
    let looked = 0
    for (const run of this.#rows.runs(this.#seen)) {
      this.#seen = run + 1
      const directory = this.#rows.directory(run)
      const isNeeded = directory?.flows.some(([no, first, last]) => {
        const flow = flows.get(no)
        return flow !== undefined && this.#journal.hasAny(flow, first, last)
      })
      if (isNeeded === false) this.#rows.remove(run)
      if (++looked === runsAtMost) return
    }
    this.#seen = 1
  }
}

/** The keys of messages that are kept, in order of `seq`. */
export function* keysBetween(
  journal: JournalRows,
  flow: FlowRow,
  from: number,
  to: number,
): Generator<KeyEntry> {
  for (const block of journal.between(flow, from, to))
    for (const { seq, record } of block.records(from, to))
      yield { key: keyOf(record), pos: basePos(flow) + seq, at: record.acceptedAt }
}
