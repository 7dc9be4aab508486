interface Due {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/**
 * A clock that jumps from one thing to the next: what is due at the same time runs in the order in which it was asked
 * for. Between two things every promise that can settle does.
 */
export class VirtualTime {
  /** Milliseconds since the beginning. */
  now = 0
  /** By how many milliseconds the wall clock is ahead, and since when; it begins right. */
  readonly skews: { readonly since: number; readonly ms: number }[] = [{ since: 0, ms: 0 }]
  #order = 0
  readonly #heap: Due[] = []

  /** Gives the function that cancels. */
  after(ms: number, run: () => void): () => void {
    const due = { at: this.now + Math.max(0, ms), order: this.#order++, run }
    this.#push(due)
    return () => {
      this.#cancelled.add(due)
    }
  }

  readonly #cancelled = new WeakSet<Due>()

  /** Sets the wall clock forward, or back. */
  jump(ms: number): void {
    this.skews.push({ since: this.now, ms: this.skew + ms })
  }

  get skew(): number {
    return this.skews.at(-1)?.ms ?? 0
  }

  sleep(ms: number): Promise<void> {
    return new Promise(resolve => this.after(ms, resolve))
  }

  /** Runs until `done` says so; rejects when nothing is left to do or `limit` is reached before. */
  async run(done: () => boolean, limit: number): Promise<void> {
    await settled()
    while (!done()) {
      const next = this.#pop()
      if (!next) throw new Error('nothing is left to do, and the simulation has not come to its end')
      if (this.#cancelled.has(next)) continue
      if (next.at > limit)
        throw new Error(`the simulation has not come to its end by ${limit} ms of virtual time`)
      this.now = next.at
      next.run()
      await settled()
    }
  }

  #push(due: Due): void {
    const heap = this.#heap
    heap.push(due)
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!before(heap[at] as Due, heap[parent] as Due)) return
      swap(heap, at, parent)
      at = parent
    }
  }

  #pop(): Due | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (!first || !last || heap.length === 0) return first
    heap[0] = last
    for (let at = 0; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && before(heap[child] as Due, heap[least] as Due)) least = child
      if (least === at) return first
      swap(heap, at, least)
      at = least
    }
  }
}

function before(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

function swap(heap: Due[], a: number, b: number): void {
  const held = heap[a] as Due
  heap[a] = heap[b] as Due
  heap[b] = held
}

/** Every promise that can settle without time passing has settled. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
