import type { Entry, Unfinished } from '../store/store.ts'
import type { RunTrace } from './tracing.ts'

/** A message in memory on its way through a flow. */
export interface Task {
  readonly entry: Entry
  /** The data, where they were decoded at acceptance. */
  readonly data: unknown
  /** The row it was found with, if it was begun before. */
  readonly row: Unfinished | undefined
  /** Of the attempt that runs, where it is followed. */
  trace?: RunTrace | undefined
}

/**
 * The messages of one key, in order: at most one is running; those behind it wait in memory, or, once one ahead is set
 * aside, as `held` rows in the store.
 */
export interface Lane {
  readonly partition: number
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

/** Somebody waits until nothing is running in some lanes. */
interface Idle {
  readonly isMeant: (lane: Lane) => boolean
  readonly resolve: () => void
}

export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  #idle: Idle[] = []
  readonly #partitionOf: (key: string) => number

  constructor(partitionOf: (key: string) => number) {
    this.#partitionOf = partitionOf
  }

  get(key: string): Lane {
    let lane = this.#lanes.get(key)
    if (!lane) {
      const partition = this.#partitionOf(key)
      lane = {
        partition,
        running: false,
        blockedBy: undefined,
        queue: [],
        held: 0,
        holding: undefined,
        gaps: 0,
      }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  /** Forgets a lane in which nothing is left. */
  tidy(key: string, lane: Lane): void {
    if (lane.running || lane.blockedBy !== undefined || lane.queue.length > 0) return
    if (lane.held === 0 && lane.gaps === 0) this.#lanes.delete(key)
  }

  /** Forgets the lanes of a partition; nothing is running in them. Gives what waited in memory. */
  drop(partition: number): Task[] {
    const waiting: Task[] = []
    for (const [key, lane] of this.#lanes) {
      if (lane.partition !== partition) continue
      waiting.push(...lane.queue)
      this.#lanes.delete(key)
    }
    return waiting
  }

  /** Resolves when nothing is running in these lanes. */
  idle(isMeant: (lane: Lane) => boolean): Promise<void> {
    return new Promise(resolve => {
      this.#idle.push({ isMeant, resolve })
      this.tellIdle()
    })
  }

  /** A lane may have ended what it was running. */
  tellIdle(): void {
    if (this.#idle.length === 0) return
    const running = [...this.#lanes.values()].filter(lane => lane.running)
    const isIdle = ({ isMeant }: Idle) => !running.some(isMeant)
    for (const { resolve } of this.#idle.filter(isIdle)) resolve()
    this.#idle = this.#idle.filter(waiting => !isIdle(waiting))
  }

  entries(): IterableIterator<[string, Lane]> {
    return this.#lanes.entries()
  }
}
