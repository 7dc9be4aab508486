/** Events between a socket, which cannot be told to wait, and an intake that makes us wait: bounded. */
export class EventQueue<T> {
  readonly #most: number
  #waiting: T[] = []
  #end: { readonly error?: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(most: number) {
    this.#most = most
  }

  /** False if there is no room left, and this one was not taken. */
  put(event: T): boolean {
    if (this.#end) return true
    if (this.#waiting.length >= this.#most) return false
    this.#waiting.push(event)
    this.#wake?.()
    return true
  }

  /** What comes later does not count; what waits is still handed out. */
  end(error?: unknown): void {
    this.#end ??= { error }
    this.#wake?.()
  }

  /** Waits for events and gives at most `most`; undefined, or the error, when it has ended and nothing waits. */
  async take(most: number): Promise<readonly T[] | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#end?.error !== undefined) throw this.#end.error
      if (this.#end) return undefined
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return this.#waiting.splice(0, most)
  }
}
