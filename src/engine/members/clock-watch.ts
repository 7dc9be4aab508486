/** Milliseconds by which this machine's clock may differ from the store's before anybody is told. */
const tolerated = 60_000

/** Tells when this machine's clock is off by more than a minute, by as much again, or no longer. No lease depends on it. */
export class ClockWatch {
  readonly #tell: (ahead: number) => void
  #told = 0
  #ahead = 0

  /** `tell` learns by how many milliseconds we are ahead of the store; 0 if the clocks agree again. */
  constructor(tell: (ahead: number) => void) {
    this.#tell = tell
  }

  /** By how many milliseconds we were ahead when we compared last. */
  get ahead(): number {
    return this.#ahead
  }

  /** `store`: the store's clock at a moment between `asked` and `answered` of ours. */
  compare(store: number, asked: number, answered: number): void {
    // It jumped meanwhile.
    if (answered < asked) return
    // What may be due to the way is not the clocks'.
    const ahead = asked > store ? asked - store : Math.min(0, answered - store)
    this.#ahead = ahead
    const now = Math.abs(ahead) > tolerated ? ahead : 0
    const isNews = now === 0 ? this.#told !== 0 : Math.abs(now - this.#told) > tolerated
    if (!isNews) return
    this.#told = now
    this.#tell(now)
  }
}
