import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/** How much a process or a thread of it has to do, for people who compare several. */
export interface ProcessLoad {
  /** Share of one processor: 1.5 is one and a half. A process counts its threads in, a thread only itself. */
  readonly cpu: number
  /** Milliseconds by which 1 in 100 timers was late. */
  readonly lag: number
  /** Resident memory, bytes; a thread has none of its own. */
  readonly memory?: number
}

const resolution = 20
/** Milliseconds; who asks sooner gets the same again. */
const shortest = 1_000

const cpuUsage = () => (isMainThread ? process.cpuUsage() : process.threadCpuUsage())

/** Of this process or thread, since it was asked last. */
export class LoadMeter {
  readonly #lag = monitorEventLoopDelay({ resolution })
  #since = performance.now()
  #cpu = cpuUsage()
  #last: ProcessLoad | undefined

  constructor() {
    this.#lag.enable()
  }

  read(): ProcessLoad {
    const now = performance.now()
    if (this.#last && now - this.#since < shortest) return this.#last
    const cpu = cpuUsage()
    const used = cpu.user + cpu.system - this.#cpu.user - this.#cpu.system
    const lag = this.#lag.count === 0 ? 0 : Math.max(0, this.#lag.percentile(99) / 1e6 - resolution)
    const ms = Math.max(1, now - this.#since)
    this.#last = {
      cpu: Math.round(used / ms / 10) / 100,
      lag: Math.round(lag),
      ...(isMainThread && { memory: process.memoryUsage.rss() }),
    }
    this.#lag.reset()
    this.#cpu = cpu
    this.#since = now
    return this.#last
  }

  close(): void {
    this.#lag.disable()
  }
}
