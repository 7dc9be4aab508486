import type { Unfinished } from '../store/store.ts'
import type { Host } from './host.ts'

interface Waiting {
  readonly row: Unfinished
  /** On the monotonic clock: a jump of the wall clock neither hurries nor delays what waits in memory. */
  readonly at: number
}

/** Messages that wait for their next attempt, in order of their time. Calls back when one is due. */
export class DueQueue {
  readonly #host: Host
  readonly #onDue: () => void
  readonly #waiting: Waiting[] = []
  #cancel: (() => void) | undefined

  constructor(host: Host, onDue: () => void) {
    this.#host = host
    this.#onDue = onDue
  }

  get size(): number {
    return this.#waiting.length
  }

  add(row: Unfinished): void {
    const wait = Math.max(0, (row.due ?? 0) - this.#host.now())
    const at = this.#host.monotonic() + wait
    let place = this.#waiting.length
    while (place > 0 && (this.#waiting[place - 1] as Waiting).at > at) place--
    this.#waiting.splice(place, 0, { row, at })
    if (place === 0) this.#arm()
  }

  /** Takes out up to `limit` rows that are due. */
  take(limit: number): Unfinished[] {
    const now = this.#host.monotonic()
    const end = this.#waiting.findIndex(({ at }) => at > now)
    const due = Math.min(limit, end < 0 ? this.#waiting.length : end)
    const taken = this.#waiting.splice(0, due)
    this.#arm()
    return taken.map(({ row }) => row)
  }

  /** A row that is settled by other means waits no longer. */
  remove(seq: number): void {
    const place = this.#waiting.findIndex(({ row }) => row.seq === seq)
    if (place >= 0) this.#waiting.splice(place, 1)
  }

  /** Forgets those of which this holds. */
  drop(isGone: (row: Unfinished) => boolean): void {
    const left = this.#waiting.filter(({ row }) => !isGone(row))
    this.#waiting.splice(0, this.#waiting.length, ...left)
    this.#arm()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #arm(): void {
    this.stop()
    const first = this.#waiting[0]
    if (first) this.#cancel = this.#host.after(Math.max(1, first.at - this.#host.monotonic()), this.#onDue)
  }
}
