import { IsthmusError } from '../../../errors.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { VirtualTime } from '../virtual-time.ts'
import type { MemberProcess } from './member-process.ts'

/** What a call costs the server, in milliseconds of one of its cores, and for each row that it reads. */
const callCost = 0.2
const rowCost = 0.001

/** Milliseconds that a client waits for a server that does not answer, at most. */
const patience = 3_000

export interface ServerFigures {
  /** Calls in the busiest second, and all of them. */
  readonly mostCalls: number
  readonly calls: number
  readonly mostRows: number
  /** Milliseconds that a call has waited at most for one of the server's cores. */
  readonly longestQueue: number
}

/**
 * A database server with so many cores, reached over a network: calls wait for a core, are done one after another, and
 * their answers may be lost.
 */
export class ModelledServer {
  isAway = false
  /** Probability that an answer is lost although the call has been done. */
  losing = 0
  readonly #time: VirtualTime
  readonly #random: SeededRandom
  /** When each core is free again. */
  readonly #cores: number[]
  readonly #calls = new Map<number, { calls: number; rows: number }>()
  #all = 0
  #longestQueue = 0

  constructor(time: VirtualTime, random: SeededRandom, cores: number) {
    this.#time = time
    this.#random = random
    this.#cores = Array.from({ length: cores }, () => 0)
  }

  /** `work` gives how many rows it has read; rejects with STORE-UNAVAILABLE what got no answer. */
  call<T>(process: MemberProcess, work: () => { readonly answer: T; readonly rows: number }): Promise<T> {
    return new Promise((resolve, reject) => {
      const unanswered = () => {
        const wait = this.#random.next() * patience
        process.after(wait, () => reject(new IsthmusError('STORE-UNAVAILABLE', 'the server does not answer')))
      }
      this.#time.after(this.#latency(), () => {
        if (this.isAway) return unanswered()
        this.#serve(work, outcome => {
          if (this.#random.chance(this.losing)) return unanswered()
          process.after(this.#latency(), () =>
            'error' in outcome ? reject(outcome.error) : resolve(outcome.answer),
          )
        })
      })
    })
  }

  /** Of the time since `from`. */
  figures(from: number): ServerFigures {
    const seconds = [...this.#calls].filter(([second]) => second >= from / 1000).map(([, each]) => each)
    return {
      mostCalls: Math.max(0, ...seconds.map(({ calls }) => calls)),
      mostRows: Math.max(0, ...seconds.map(({ rows }) => rows)),
      calls: this.#all,
      longestQueue: Math.round(this.#longestQueue),
    }
  }

  #latency(): number {
    return 0.1 + this.#random.next() * 0.4
  }

  /** Done at once, as of its beginning; its core is busy for as long as that costs. */
  #serve<T>(
    work: () => { readonly answer: T; readonly rows: number },
    end: (outcome: { readonly answer: T } | { readonly error: unknown }) => void,
  ): void {
    const core = this.#cores.indexOf(Math.min(...this.#cores))
    const begins = Math.max(this.#time.now, this.#cores[core] ?? 0)
    const waits = begins - this.#time.now
    this.#longestQueue = Math.max(this.#longestQueue, waits)
    this.#cores[core] = begins + callCost
    this.#time.after(waits, () => {
      let rows = 0
      let outcome: { readonly answer: T } | { readonly error: unknown }
      try {
        const done = work()
        rows = done.rows
        outcome = done
      } catch (error) {
        outcome = { error }
      }
      this.#count(rows)
      const extra = rows * rowCost
      this.#cores[core] = (this.#cores[core] ?? 0) + extra
      this.#time.after(callCost + extra, () => end(outcome))
    })
  }

  #count(rows: number): void {
    const second = Math.floor(this.#time.now / 1000)
    const counted = this.#calls.get(second) ?? { calls: 0, rows: 0 }
    counted.calls++
    counted.rows += rows
    this.#calls.set(second, counted)
    this.#all++
  }
}
