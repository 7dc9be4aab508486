import type { Host } from '../../../engine/host.ts'
import type { SeededRandom } from '../seeded-random.ts'
import { epoch } from '../simulated-process.ts'
import type { VirtualTime } from '../virtual-time.ts'

/** A process that may be stopped for a while (SIGSTOP) or die: what was to happen in it happens late, or never. */
export class MemberProcess {
  alive = true
  readonly #time: VirtualTime
  readonly #random: SeededRandom
  /** What waits until it goes on; undefined while it runs. */
  #late: (() => void)[] | undefined

  constructor(time: VirtualTime, random: SeededRandom) {
    this.#time = time
    this.#random = random
  }

  host(): Host {
    return {
      now: () => epoch + Math.floor(this.#time.now),
      monotonic: () => this.#time.now,
      after: (ms, callback) => this.after(ms, callback),
      soon: callback => void this.after(0, callback),
      random: () => this.#random.next(),
      randomBytes: count => Uint8Array.from({ length: count }, () => this.#random.int(0, 255)),
      freeDisk: async () => undefined,
    }
  }

  after(ms: number, callback: () => void): () => void {
    let isCancelled = false
    const cancel = this.#time.after(ms, () => this.run(() => isCancelled || callback()))
    return () => {
      isCancelled = true
      cancel()
    }
  }

  /** What code inside sees of an answer: nothing while it is stopped, and never anything once it is dead. */
  inside<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      answer.then(
        value => this.run(() => resolve(value)),
        error => this.run(() => reject(error)),
      )
    })
  }

  sleep(ms: number): Promise<void> {
    return new Promise(resolve => this.after(ms, resolve))
  }

  /** Now, or when it goes on; never if it has died. */
  run(callback: () => void): void {
    if (!this.alive) return
    if (this.#late) this.#late.push(callback)
    else callback()
  }

  stop(): void {
    this.#late ??= []
  }

  goOn(): void {
    const late = this.#late ?? []
    this.#late = undefined
    // As timers that are due together: what one of them has resolved runs before the next.
    for (const callback of late) this.#time.after(0, () => this.run(callback))
  }

  kill(): void {
    this.alive = false
    this.#late = undefined
  }
}
