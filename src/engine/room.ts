import type { Task } from './lanes.ts'
import type { FlowLimits } from './limits.ts'

/** How much of a flow is in memory, and how much more may come. */
export class Room {
  readonly #limits: FlowLimits
  #messages = 0
  #bytes = 0
  #again = 0

  constructor(limits: FlowLimits) {
    this.#limits = limits
  }

  get messages(): number {
    return this.#messages
  }

  /** Those of them that were set aside before, and have a row in the store. */
  get again(): number {
    return this.#again
  }

  /** Bytes of bodies that may still come. */
  get bytes(): number {
    return this.#limits.bytes - this.#bytes
  }

  enter(task: Task): void {
    this.#messages++
    this.#bytes += task.entry.body.byteLength
    if (task.row) this.#again++
  }

  leave(task: Task): void {
    this.#messages--
    this.#bytes -= task.entry.body.byteLength
    if (task.row) this.#again--
  }

  /** How many of so many messages may still come. */
  for(wanted: number): number {
    if (this.bytes <= 0) return 0
    return Math.max(0, Math.min(wanted, this.#limits.messages - this.#messages))
  }

  /** Worth reading for: a quarter of it is free. */
  get isAmple(): boolean {
    return this.for(1) > 0 && this.#messages <= this.#limits.messages * 0.75
  }

  /** Keeps `count` places while messages are being loaded; what is loaded takes them within `enter`, with nobody between. */
  async keep<T, R>(count: number, load: () => Promise<T>, enter: (loaded: T) => R): Promise<R> {
    this.#messages += count
    const loaded = await load()
    this.#messages -= count
    return enter(loaded)
  }
}
