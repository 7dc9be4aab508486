import type { Plant } from './plant.ts'
import type { Snapshot } from './summary.ts'

/** Looks at a plant from outside, programs that are down included. */
export class Observer {
  readonly #plant: Plant
  readonly #began = performance.now()
  #trouble = ''
  #counted: Snapshot['counted']
  #nextCount = 0

  constructor(plant: Plant) {
    this.#plant = plant
  }

  readonly onTrouble = (trouble: string): void => {
    this.#trouble = trouble
  }

  async look(): Promise<Snapshot> {
    const plant = this.#plant
    const [status, parked, mes, erp, crm, hrm, partners, sagas] = await Promise.all([
      ifThere(plant.status()),
      ifThere(plant.latestParked()),
      ifThere(plant.figures('mes')),
      ifThere(plant.figures('erp')),
      ifThere(plant.figures('crm')),
      ifThere(plant.figures('hrm')),
      ifThere(plant.figures('partners')),
      ifThere(plant.sagas()),
      this.#count(),
    ])
    const counted = this.#counted
    return {
      seconds: this.#seconds(),
      trouble: this.#trouble,
      status,
      counted,
      parked: parked ?? [],
      mes,
      erp,
      crm,
      hrm,
      partners,
      sagas,
    }
  }

  /** The balance looks at every message there is, so it is asked for the more seldom the longer it takes. */
  async #count(): Promise<void> {
    const begin = performance.now()
    if (begin < this.#nextCount) return
    const at = this.#seconds()
    const balance = await ifThere(this.#plant.balance())
    if (balance) this.#counted = { at, balance }
    this.#nextCount = performance.now() + 10 * (performance.now() - begin)
  }

  #seconds(): number {
    return Math.floor((performance.now() - this.#began) / 1000)
  }
}

function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch(() => undefined)
}
