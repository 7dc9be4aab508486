/** Who holds and who waits for semantic locks. Durable in the logs of the sagas, from which it is made anew at each start. */
export class Locks {
  readonly #holders = new Map<string, string>()
  readonly #held = new Map<string, Set<string>>()
  /** In the order in which they came. */
  readonly #queues = new Map<string, Set<string>>()
  /** What each saga waits for. */
  readonly #waits = new Map<string, Set<string>>()
  /** The children under way of each saga: it ends, and gives up what it holds, only after them. */
  readonly #children = new Map<string, Set<string>>()

  /** From now until `child` releases, `parent` waits for it. */
  joins(parent: string, child: string): void {
    const children = this.#children.get(parent) ?? new Set()
    this.#children.set(parent, children.add(child))
  }

  /**
   * `held` if it is the saga's now, `waits` if another one has it, else the circle of sagas that would wait for each other:
   * then the saga does not wait.
   */
  acquire(on: string, saga: string): 'held' | 'waits' | readonly string[] {
    const holder = this.#holders.get(on)
    if (holder === undefined || holder === saga) {
      this.#hold(on, saga)
      return 'held'
    }
    const circle = this.#circle(saga, holder, [saga])
    if (circle) {
      this.#stopWaiting(on, saga)
      return circle
    }
    this.#queues.set(on, (this.#queues.get(on) ?? new Set()).add(saga))
    this.#waitsOf(saga).add(on)
    return 'waits'
  }

  /**
   * The saga has ended: gives up what it holds and waits for. Gives the sagas that are to ask again: those that hold its locks
   * now, and their children, whom that may have brought into a circle.
   */
  release(saga: string, parent?: string): string[] {
    this.withdraw(saga)
    if (parent !== undefined) this.#leaves(parent, saga)
    const next: string[] = []
    for (const on of this.#held.get(saga) ?? []) {
      this.#holders.delete(on)
      const [heir] = this.#queues.get(on) ?? []
      if (heir === undefined) continue
      this.#hold(on, heir)
      next.push(heir, ...this.#descendants(heir))
    }
    this.#held.delete(saga)
    return next
  }

  /** Waits for nothing more. */
  withdraw(saga: string): void {
    for (const on of [...(this.#waits.get(saga) ?? [])]) this.#stopWaiting(on, saga)
    this.#waits.delete(saga)
  }

  /** How often somebody waits. */
  get waiting(): number {
    let count = 0
    for (const queue of this.#queues.values()) count += queue.size
    return count
  }

  holder(on: string): string | undefined {
    return this.#holders.get(on)
  }

  #hold(on: string, saga: string): void {
    this.#holders.set(on, saga)
    this.#held.set(saga, (this.#held.get(saga) ?? new Set()).add(on))
    this.#stopWaiting(on, saga)
  }

  #circle(saga: string, holder: string, path: readonly string[]): readonly string[] | undefined {
    if (holder === saga) return path
    if (path.includes(holder)) return undefined
    const holders = [...(this.#waits.get(holder) ?? [])].flatMap(on => this.#holders.get(on) ?? [])
    for (const next of [...holders, ...(this.#children.get(holder) ?? [])]) {
      const circle = this.#circle(saga, next, [...path, holder])
      if (circle) return circle
    }
    return undefined
  }

  #descendants(saga: string): string[] {
    return [...(this.#children.get(saga) ?? [])].flatMap(child => [child, ...this.#descendants(child)])
  }

  #leaves(parent: string, child: string): void {
    const children = this.#children.get(parent)
    if (children?.delete(child) && children.size === 0) this.#children.delete(parent)
  }

  #stopWaiting(on: string, saga: string): void {
    this.#waits.get(saga)?.delete(on)
    const queue = this.#queues.get(on)
    if (queue?.delete(saga) && queue.size === 0) this.#queues.delete(on)
  }

  #waitsOf(saga: string): Set<string> {
    const waits = this.#waits.get(saga) ?? new Set()
    this.#waits.set(saga, waits)
    return waits
  }
}
