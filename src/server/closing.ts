import type { Log } from '../observe/log.ts'

/** Ends what has been opened, the last first. */
export class Closing {
  readonly #all: (() => Promise<void> | void)[] = []

  push(close: () => Promise<void> | void): void {
    this.#all.push(close)
  }

  /** What cannot be closed is logged, and keeps nothing else from being closed. Called again, it does nothing. */
  async run(log: Log): Promise<void> {
    for (const close of this.#all.splice(0).reverse())
      try {
        await close()
      } catch (error) {
        log({ level: 'warn', event: 'closing', text: String(error) })
      }
  }
}
