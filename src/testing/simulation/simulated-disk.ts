import { IsthmusError } from '../../errors.ts'
import { copyMemoryState, type MemoryState, memoryState } from '../../store/memory/memory-state.ts'
import { memoryStore } from '../../store/memory/memory-store.ts'
import type { Store, StoreReader } from '../../store/store.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { VirtualTime } from './virtual-time.ts'

/** How bad a disk is. Probabilities are per sync. */
export interface DiskFaults {
  /** Takes seconds instead of milliseconds. */
  readonly slow: number
  /** Has no space: nothing is kept. */
  readonly full: number
  /** Fails, and nobody knows whether the data are kept. */
  readonly failed: number
  /** Cannot be reached for now, which holds for reading as well: nothing is kept. */
  readonly away?: number
}

interface Waiting {
  apply(): Promise<void>
  reject(error: unknown): void
}

/**
 * A disk with a store on it. What is written is durable, and answered, only when a sync that began afterwards has
 * ended. A crash loses what no sync has reached, or, by chance, keeps a first part of it although nobody was told.
 */
export class SimulatedDisk {
  /** What a process would find that starts now. */
  state: MemoryState = memoryState()
  faults: DiskFaults = { slow: 0, full: 0, failed: 0 }
  readonly #time: VirtualTime
  readonly #random: SeededRandom
  #waiting: Waiting[] = []
  #syncing = false
  /** How often the machine has died. */
  #life = 0

  constructor(time: VirtualTime, random: SeededRandom) {
    this.#time = time
    this.#random = random
  }

  open(process: SimulatedProcess): Store {
    const inner = memoryStore(this.state)
    const durable = <T>(work: () => Promise<T>) => process.inside(this.#write(process, work))
    return {
      claim: (owner, options) => process.inside(this.#later(() => inner.claim(owner, options))),
      accept: (messages, position) => durable(() => inner.accept(messages, position)),
      settle: settlement => durable(() => inner.settle(settlement)),
      append: (appends, token) => durable(() => inner.append(appends, token)),
      retire: limits => durable(() => inner.retire(limits)),
      read: this.#reader(process, () => memoryStore(this.state).read),
      close: how => durable(() => inner.close(how)),
    }
  }

  /** The machine dies: of the writes under way a first part, by chance none or all, becomes durable. */
  async crash(): Promise<void> {
    this.#life++
    const kept = this.#random.int(0, this.#waiting.length)
    for (const { apply } of this.#waiting.splice(0).slice(0, kept)) await apply()
    this.#waiting = []
    this.#syncing = false
    this.state = copyMemoryState(this.state)
  }

  #write<T>(process: SimulatedProcess, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!process.alive) return
      this.#waiting.push({ apply: () => work().then(resolve, reject), reject })
      if (!this.#syncing) this.#sync()
    })
  }

  #sync(): void {
    this.#syncing = true
    const life = this.#life
    const ms = this.#random.chance(this.faults.slow) ? this.#random.int(500, 6_000) : this.#random.next() * 4
    this.#time.after(ms, async () => {
      if (life !== this.#life) return
      const batch = this.#waiting.splice(0)
      if (this.#random.chance(this.faults.full)) refuse(batch, 'STORE-FULL')
      else if (this.#isAway()) refuse(batch, 'STORE-UNAVAILABLE')
      else if (this.#random.chance(this.faults.failed)) {
        const kept = this.#random.int(0, batch.length)
        refuse(batch, 'STORE-FAILED')
        for (const { apply } of batch.slice(0, kept)) await apply()
      } else for (const { apply } of batch) await apply()
      this.#syncing = false
      if (this.#waiting.length > 0) this.#sync()
    })
  }

  #reader(process: SimulatedProcess, now: () => StoreReader): StoreReader {
    const read = <T>(work: () => Promise<T>) => process.inside(this.#later(work))
    return {
      flows: () => read(() => now().flows()),
      heads: () => read(() => now().heads()),
      entries: query => read(() => now().entries(query)),
      unfinished: query => read(() => now().unfinished(query)),
      settled: query => read(() => now().settled(query)),
      find: query => read(() => now().find(query)),
      identified: identity => read(() => now().identified(identity)),
      position: source => read(() => now().position(source)),
      streams: {
        head: name => read(() => now().streams.head(name)),
        events: query => read(() => now().streams.events(query)),
        heads: query => read(() => now().streams.heads(query)),
        log: query => read(() => now().streams.log(query)),
      },
      standing: () => read(() => now().standing()),
      snapshot: use => read(() => now().snapshot(use)),
    }
  }

  #isAway(): boolean {
    const { away } = this.faults
    return away !== undefined && this.#random.chance(away)
  }

  /** The moment that is read lies anywhere between question and answer. */
  async #later<T>(work: () => Promise<T>): Promise<T> {
    await this.#time.sleep(this.#random.next())
    if (this.#isAway()) throw new IsthmusError('STORE-UNAVAILABLE', 'simulated')
    const result = await work()
    await this.#time.sleep(this.#random.next() * 2)
    return result
  }
}

function refuse(batch: readonly Waiting[], code: 'STORE-FULL' | 'STORE-FAILED' | 'STORE-UNAVAILABLE'): void {
  for (const { reject } of batch) reject(new IsthmusError(code, 'simulated'))
}
