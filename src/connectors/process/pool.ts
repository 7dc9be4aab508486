import { IsthmusError } from '../../errors.ts'
import { Worker, type WorkerOptions } from './worker.ts'

/** Pauses before a program that did not start is started again, in milliseconds. */
const firstPause = 500
const longestPause = 15_000

/** Runs so many programs alike; one that ended is started again when there is work. */
export class Pool {
  readonly #options: WorkerOptions
  readonly #idle: Worker[] = []
  readonly #waiting: (() => void)[] = []
  readonly #size: number
  #free: number
  #failures = 0
  #notBefore = 0

  constructor(options: WorkerOptions, workers: number) {
    this.#options = options
    this.#size = workers
    this.#free = workers
  }

  /**
   * Lends a program for as long as `use` takes. Rejects with TARGET-UNAVAILABLE when none can be had; then `use` was not
   * called.
   */
  async lend<T>(use: (worker: Worker) => Promise<T>): Promise<T> {
    while (this.#free === 0) await this.#returned()
    this.#free--
    try {
      const worker = await this.#worker()
      try {
        return await use(worker)
      } finally {
        if (worker.isAlive) this.#idle.push(worker)
      }
    } finally {
      this.#free++
      for (const resolve of this.#waiting.splice(0)) resolve()
    }
  }

  #returned(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** Programs end when what they were lent for is done. */
  async close(): Promise<void> {
    while (this.#free < this.#size) await this.#returned()
    await Promise.all(this.#idle.splice(0).map(worker => worker.close()))
  }

  async #worker(): Promise<Worker> {
    for (let worker = this.#idle.pop(); worker; worker = this.#idle.pop()) if (worker.isAlive) return worker
    const wait = this.#notBefore - Date.now()
    if (wait > 0) {
      const text = `The program ${this.#options.command[0]} did not start ${this.#failures} times in a row.`
      throw new IsthmusError('TARGET-UNAVAILABLE', text, { retryAfter: wait })
    }
    try {
      const worker = await Worker.start(this.#options)
      this.#failures = 0
      return worker
    } catch (error) {
      this.#failures++
      this.#notBefore = Date.now() + Math.min(longestPause, firstPause * 2 ** (this.#failures - 1))
      // Nothing was asked of it yet.
      if (error instanceof IsthmusError && error.code !== 'TARGET-UNANSWERED') throw error
      throw new IsthmusError('TARGET-UNAVAILABLE', (error as Error).message, { cause: error })
    }
  }
}
