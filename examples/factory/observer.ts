import type { Plant } from './plant.ts'
import type { Snapshot } from './summary.ts'
import type { Workforce } from './workers.ts'

/** Looks at a plant from outside, programs that are down included. */
export class Observer {
  readonly #plant: Plant
  readonly #began = performance.now()
  #trouble = ''
  /** All that was told since the last look. */
  readonly #troubles: string[] = []
  #counted: Snapshot['counted']
  #nextCount = 0
  #holders: Workforce['holders'] = new Map()
  #moved: Snapshot['moved']

  constructor(plant: Plant) {
    this.#plant = plant
  }

  readonly onTrouble = (trouble: string): void => {
    this.#trouble = trouble
    if (trouble) this.#troubles.push(trouble)
  }

  async look(): Promise<Snapshot> {
    const plant = this.#plant
    const [status, parked, mes, erp, crm, hrm, partners, sagas, workers] = await Promise.all([
      ifThere(plant.status()),
      ifThere(plant.latestParked()),
      ifThere(plant.figures('mes')),
      ifThere(plant.figures('erp')),
      ifThere(plant.figures('crm')),
      ifThere(plant.figures('hrm')),
      ifThere(plant.figures('partners')),
      ifThere(plant.sagas()),
      ifThere(this.#workers()),
      this.#count(),
    ])
    const counted = this.#counted
    return {
      seconds: this.#seconds(),
      trouble: this.#troubles.splice(0).join('; ') || this.#trouble,
      status,
      counted,
      parked: parked ?? [],
      mes,
      erp,
      crm,
      hrm,
      partners,
      sagas,
      workers,
      moved: this.#moved,
    }
  }

  async #workers(): Promise<Workforce['workers'] | undefined> {
    const workforce = await this.#plant.workforce()
    if (!workforce) return undefined
    const moved = [...workforce.holders].filter(([name, holder]) => this.#holders.get(name) !== holder)
    if (moved.length > 0) this.#moved = { at: this.#seconds(), partitions: moved.length }
    this.#holders = workforce.holders
    return workforce.workers
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
