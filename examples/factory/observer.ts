import type { Balance } from '../../src/server/operations/schemas.ts'
import type { Plant } from './plant.ts'
import type { Snapshot } from './summary.ts'

/** Looks at a plant from outside, programs that are down included. */
export class Observer {
  readonly #plant: Plant
  readonly #began = performance.now()
  #trouble = ''
  #balance: Balance | undefined
  #nextBalance = 0

  constructor(plant: Plant) {
    this.#plant = plant
  }

  readonly onTrouble = (trouble: string): void => {
    this.#trouble = trouble
  }

  async look(): Promise<Snapshot> {
    const plant = this.#plant
    const [status, parked, mes, books] = await Promise.all([
      ifThere(plant.status()),
      ifThere(plant.latestParked()),
      ifThere(plant.traffic()),
      ifThere(plant.books()),
      this.#count(),
    ])
    const seconds = Math.floor((performance.now() - this.#began) / 1000)
    return {
      seconds,
      trouble: this.#trouble,
      status,
      balance: this.#balance,
      parked: parked ?? [],
      mes,
      books,
    }
  }

  /** The balance looks at every message there is, so it is asked for the more seldom the longer it takes. */
  async #count(): Promise<void> {
    const begin = performance.now()
    if (begin < this.#nextBalance) return
    this.#balance = (await ifThere(this.#plant.balance())) ?? this.#balance
    this.#nextBalance = performance.now() + 10 * (performance.now() - begin)
  }
}

function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch(() => undefined)
}
