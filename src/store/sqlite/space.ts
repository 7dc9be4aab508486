import { IsthmusError } from '../../errors.ts'
import { Ballast } from './ballast.ts'
import { isSpaceSuspected, storeError } from './failure.ts'

/** How often it is tried whether there is space again, in milliseconds. */
const lookEvery = 1000

/** Whether the disk is full, as far as the writer has met it, and the reserve for that case. */
export class Space {
  readonly #directory: string
  readonly #ballast: Ballast
  #full = false
  #looked = 0

  constructor(directory: string, ballastBytes: number) {
    this.#directory = directory
    this.#ballast = new Ballast(directory, ballastBytes)
  }

  /** What to throw for an error: also some that do not say so mean a full disk. */
  failureOf(error: unknown): IsthmusError {
    const failure = storeError(error, this.#directory)
    const isFull = failure.code === 'STORE-FAILED' && isSpaceSuspected(error) && !this.#ballast.hasRoom()
    return isFull ? this.error() : failure
  }

  error(): IsthmusError {
    const text = `no space is left for the store in ${this.#directory}; it goes on by itself once there is some`
    return new IsthmusError('STORE-FULL', text)
  }

  /** Tries, once in a while, to have the reserve again: then the disk is no longer full. */
  isFull(): boolean {
    if (this.#full && performance.now() - this.#looked >= lookEvery) this.reserve()
    return this.#full
  }

  reserve(): void {
    this.#looked = performance.now()
    this.#full = !this.#ballast.restore()
  }

  /** Gives up the reserve; gives whether that was news. */
  giveUp(): boolean {
    const isNews = !this.#full
    this.#full = true
    this.#looked = performance.now()
    this.#ballast.giveUp()
    return isNews
  }

  /** Does something that must work on a full disk. */
  insist<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (this.failureOf(error).code !== 'STORE-FULL') throw error
      this.giveUp()
      return work()
    }
  }
}
