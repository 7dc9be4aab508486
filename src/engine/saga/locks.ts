/** Who holds and who waits for semantic locks. Durable in the logs of the sagas, from which it is made anew at each start. */
export class Locks {
  readonly #holders = new Map<string, string>()
  readonly #queues = new Map<string, string[]>()
  /** What each saga waits for. */
  readonly #waits = new Map<string, Set<string>>()

  /**
   * `held` if it is the saga's now, `waits` if another one has it, else the circle of sagas that would wait for each other:
   * then the saga does not wait.
   */
  acquire(on: string, saga: string): 'held' | 'waits' | readonly string[] {
    const holder = this.#holders.get(on)
    if (holder === undefined || holder === saga) {
      this.#holders.set(on, saga)
      this.#stopWaiting(on, saga)
      return 'held'
    }
    const circle = this.#circle(saga, holder, [saga])
    if (circle) {
      this.#stopWaiting(on, saga)
      return circle
    }
    const queue = this.#queues.get(on) ?? []
    if (!queue.includes(saga)) queue.push(saga)
    this.#queues.set(on, queue)
    this.#waitsOf(saga).add(on)
    return 'waits'
  }

  /** Gives up what the saga holds and waits for. Gives the sagas that are to ask again, each now holding its lock. */
  release(saga: string): string[] {
    this.withdraw(saga)
    const next: string[] = []
    for (const [on, holder] of [...this.#holders]) {
      if (holder !== saga) continue
      this.#holders.delete(on)
      const heir = this.#queues.get(on)?.[0]
      if (heir === undefined) continue
      this.#holders.set(on, heir)
      this.#stopWaiting(on, heir)
      next.push(heir)
    }
    return next
  }

  /** Waits for nothing more. */
  withdraw(saga: string): void {
    for (const on of [...this.#waitsOf(saga)]) this.#stopWaiting(on, saga)
    this.#waits.delete(saga)
  }

  /** How often somebody waits. */
  get waiting(): number {
    let count = 0
    for (const queue of this.#queues.values()) count += queue.length
    return count
  }

  holder(on: string): string | undefined {
    return this.#holders.get(on)
  }

  #circle(saga: string, holder: string, path: readonly string[]): readonly string[] | undefined {
    if (holder === saga) return path
    if (path.includes(holder)) return undefined
    for (const on of this.#waitsOf(holder)) {
      const next = this.#holders.get(on)
      const circle = next === undefined ? undefined : this.#circle(saga, next, [...path, holder])
      if (circle) return circle
    }
    return undefined
  }

  #stopWaiting(on: string, saga: string): void {
    this.#waits.get(saga)?.delete(on)
    const queue = this.#queues.get(on)
    if (!queue) return
    const rest = queue.filter(each => each !== saga)
    if (rest.length > 0) this.#queues.set(on, rest)
    else this.#queues.delete(on)
  }

  #waitsOf(saga: string): Set<string> {
    const waits = this.#waits.get(saga) ?? new Set()
    this.#waits.set(saga, waits)
    return waits
  }
}
