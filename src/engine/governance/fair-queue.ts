interface Waiting {
  readonly go: () => void
}

/** Who waits for its turn: those of one name in the order in which they came, the names one after another. */
export class FairQueue {
  readonly #names = new Map<string, Waiting[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Resolves when it is let go; rejects with the reason of the signal when that aborts first. */
  wait(name: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const abort = () => {
        this.#remove(name, waiting)
        reject(signal.reason)
      }
      const waiting: Waiting = {
        go() {
          signal.removeEventListener('abort', abort)
          resolve()
        },
      }
      signal.addEventListener('abort', abort, { once: true })
      const queue = this.#names.get(name)
      if (queue) queue.push(waiting)
      else this.#names.set(name, [waiting])
      this.#size++
    })
  }

  /** Lets the next go; false if nobody waits. */
  next(): boolean {
    const [first] = this.#names
    if (!first) return false
    const [name, queue] = first
    const waiting = queue.shift()
    this.#names.delete(name)
    if (queue.length > 0) this.#names.set(name, queue)
    this.#size--
    waiting?.go()
    return true
  }

  all(): void {
    while (this.next());
  }

  #remove(name: string, waiting: Waiting): void {
    const queue = this.#names.get(name) ?? []
    queue.splice(queue.indexOf(waiting), 1)
    if (queue.length === 0) this.#names.delete(name)
    this.#size--
  }
}
