import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../../observe/log.ts'

/** One worker that runs: a thread or a process. */
export interface Hand {
  /** Resolves when it has ended, with how: for people. */
  readonly ended: Promise<string>
  /** Lets what is under way end, for at most so many milliseconds. */
  stop(grace: number): void
  /** Ends it at once. */
  kill(): void
}

export interface CrewOptions {
  readonly count: number
  /** Starts the `n`-th worker: 1 for the first. */
  readonly begin: (n: number) => Hand
  readonly log: Log
  /** Milliseconds that a worker is waited for that died right after its start; doubled each time. Default: 500. */
  readonly firstPause?: number
}

const longestPause = 30_000
/** A worker that ran for so long has not died of how it starts. */
const steady = 60_000
/** Milliseconds beyond its grace time after which a worker is ended. */
const patience = 5_000

/** Keeps workers running: one that ends is started again, the later the more often it has died in a row. */
export class Crew {
  readonly #options: CrewOptions
  readonly #hands = new Map<number, Hand>()
  readonly #stopping = new AbortController()
  readonly #kept: Promise<void>[]
  #overdue: NodeJS.Timeout | undefined

  constructor(options: CrewOptions) {
    this.#options = options
    this.#kept = Array.from({ length: options.count }, (_, index) => this.#keep(index + 1))
  }

  /** Resolves when all have ended. Called again, it can only end sooner. */
  async stop(grace: number): Promise<void> {
    this.#stopping.abort()
    for (const hand of this.#hands.values()) hand.stop(grace)
    clearTimeout(this.#overdue)
    this.#overdue = setTimeout(() => {
      for (const hand of this.#hands.values()) hand.kill()
    }, grace + patience)
    await Promise.all(this.#kept)
    clearTimeout(this.#overdue)
  }

  async #keep(n: number): Promise<void> {
    const { begin, log, firstPause = 500 } = this.#options
    const { signal } = this.#stopping
    for (let deaths = 0; !signal.aborted; ) {
      const began = performance.now()
      const hand = begin(n)
      this.#hands.set(n, hand)
      const how = await hand.ended
      this.#hands.delete(n)
      if (signal.aborted) return
      deaths = performance.now() - began > steady ? 1 : deaths + 1
      const rest = Math.min(longestPause, firstPause * 2 ** (deaths - 1))
      const text = `worker ${n} ended, ${how}; it is started again in ${rest / 1000} s`
      log({ level: 'error', event: 'worker', text, fields: { worker: n, how, deaths } })
      await pause(rest, undefined, { signal }).catch(() => {})
    }
  }
}
