import type { DatabaseSync } from 'node:sqlite'
import type { FlowRow } from './flow-table.ts'
import { FlowTable, newFlow } from './flow-table.ts'
import { NameIndexWriter } from './name-index.ts'

/** The flows as the writer has them in memory: changed there, written once per transaction. */
export class FlowsInWork {
  readonly names: NameIndexWriter
  readonly #table: FlowTable
  readonly #flows = new Map<string, FlowRow>()
  readonly #changed = new Set<FlowRow>()

  constructor(db: DatabaseSync) {
    this.names = new NameIndexWriter(db)
    this.#table = new FlowTable(db, 'write')
    this.reload()
  }

  all(): FlowRow[] {
    return [...this.#flows.values()]
  }

  /** The flow, to be changed; created if there are less than `atMost`. */
  get(name: string, atMost = 0): FlowRow | undefined {
    let flow = this.#flows.get(name)
    if (flow === undefined) {
      if (this.#flows.size >= atMost) return undefined
      flow = newFlow(this.#flows.size + 1, name)
      this.#flows.set(name, flow)
    }
    this.#changed.add(flow)
    return flow
  }

  /** Writes what has changed: the last step before a commit. */
  save(): void {
    for (const flow of this.#changed) this.#table.put(flow)
    this.#changed.clear()
  }

  /** Takes everything back that was not committed. */
  reload(): void {
    this.#changed.clear()
    this.#flows.clear()
    this.names.forget()
    for (const flow of this.#table.all()) this.#flows.set(flow.name, flow)
  }
}
