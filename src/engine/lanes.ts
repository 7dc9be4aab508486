import type { Entry, Unfinished } from '../store/store.ts'

/** A message in memory on its way through a flow. */
export interface Task {
  readonly entry: Entry
  /** The data, where they were decoded at acceptance. */
  readonly data: unknown
  /** The row it was found with, if it was begun before. */
  readonly row: Unfinished | undefined
}

/**
 * The messages of one key, in order: at most one is running; those behind it wait in memory, or, once one ahead is set
 * aside, as `held` rows in the store.
 */
export interface Lane {
  running: boolean
  /** Seq of the message set aside that holds back the key. */
  blockedBy: number | undefined
  readonly queue: Task[]
  /** Rows with status `held` in the store, or on their way there. */
  held: number
  /** Resolves when the held rows written last are durable. */
  holding: Promise<void> | undefined
  /** Messages of this key that were parked and let others pass. */
  gaps: number
}

export class Lanes {
  readonly #lanes = new Map<string, Lane>()

  get(key: string): Lane {
    let lane = this.#lanes.get(key)
    if (!lane) {
      lane = { running: false, blockedBy: undefined, queue: [], held: 0, holding: undefined, gaps: 0 }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  /** Forgets a lane in which nothing is left. */
  tidy(key: string, lane: Lane): void {
    if (lane.running || lane.blockedBy !== undefined || lane.queue.length > 0) return
    if (lane.held === 0 && lane.gaps === 0) this.#lanes.delete(key)
  }

  entries(): IterableIterator<[string, Lane]> {
    return this.#lanes.entries()
  }
}
