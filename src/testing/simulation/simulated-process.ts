import type { Host } from '../../engine/host.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The beginning of virtual time as wall clock: 2026-01-01 UTC. */
export const epoch = 1_767_225_600_000

/** One life of the engine's process: what it asked for dies with it. */
export class SimulatedProcess {
  alive = true
  readonly #time: VirtualTime
  readonly #random: SeededRandom
  readonly #deaths: (() => void)[] = []

  constructor(time: VirtualTime, random: SeededRandom) {
    this.#time = time
    this.#random = random
  }

  host(): Host {
    return {
      now: () => epoch + Math.floor(this.#time.now + this.#time.skew),
      monotonic: () => this.#time.now,
      after: (ms, callback) => this.#time.after(ms, () => this.alive && callback()),
      soon: callback => void this.#time.after(0, () => this.alive && callback()),
      random: () => this.#random.next(),
      randomBytes: count => Uint8Array.from({ length: count }, () => this.#random.int(0, 255)),
      freeDisk: async () => undefined,
    }
  }

  kill(): void {
    this.alive = false
    for (const tell of this.#deaths.splice(0)) tell()
  }

  /** Calls back when it dies. */
  died(tell: () => void): void {
    this.#deaths.push(tell)
  }

  /** What a caller outside of the process sees: the answer, or a broken connection when the process dies before. */
  answer<T>(promise: Promise<T>): Promise<T> {
    if (!this.alive) return Promise.reject(new Error('connection refused'))
    return new Promise((resolve, reject) => {
      this.#deaths.push(() => reject(new Error('connection reset')))
      promise.then(resolve, reject)
    })
  }

  /** What code inside the process sees: it never hears of anything after its death. */
  inside<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        value => this.alive && resolve(value),
        error => this.alive && reject(error),
      )
    })
  }
}
