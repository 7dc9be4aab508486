import type { IsthmusError } from '../../errors.ts'
import { storeError } from './failure.ts'

/** Whether a store may still be used: the first STORE-FAILED of its writer or a reader is its last word. */
export class Health {
  readonly #directory: string
  #dead: IsthmusError | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Gives what to throw for an error of the database or the system. */
  fail(error: unknown): IsthmusError {
    const failure = storeError(error, this.#directory)
    if (failure.code === 'STORE-FAILED') this.#dead ??= failure
    return this.#dead ?? failure
  }

  requireAlive(): void {
    if (this.#dead !== undefined) throw this.#dead
  }
}
