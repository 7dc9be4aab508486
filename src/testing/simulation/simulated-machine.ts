import type { Host } from '../../engine/host.ts'
import { copyMemoryState, type MemoryState } from '../../store/memory/memory-state.ts'
import type { Claim, Store } from '../../store/store.ts'
import type { SeededRandom } from './seeded-random.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { SimulatedProcess } from './simulated-process.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What a process is started with. */
export interface Boot {
  readonly store: Store
  readonly claim: Claim
  readonly host: Host
  readonly process: SimulatedProcess
  readonly onFatal: () => void
}

interface MachineOptions<T> {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly log: (text: string) => void
  readonly boot: (boot: Boot) => Promise<T>
  readonly stop: (running: T) => Promise<void>
}

/** A machine with a disk, on which one process at a time runs; whoever dies is started again. */
export class SimulatedMachine<T> {
  readonly disk: SimulatedDisk
  crashes = 0
  /** When each process was started. */
  readonly starts: number[] = []
  running: T | undefined
  readonly #options: MachineOptions<T>
  #process: SimulatedProcess
  #restarting = false

  constructor(options: MachineOptions<T>) {
    this.#options = options
    this.disk = new SimulatedDisk(options.time, options.random)
    this.#process = new SimulatedProcess(options.time, options.random)
  }

  async start(): Promise<void> {
    const { time, random, log, boot } = this.#options
    const process = new SimulatedProcess(time, random)
    this.#process = process
    this.starts.push(time.now)
    log('start')
    const store = this.disk.open(process)
    try {
      const running = await boot({
        store,
        claim: await store.claim('simulation'),
        host: process.host(),
        process,
        onFatal: () => void this.#fatal(process),
      })
      if (process.alive && process === this.#process) this.running = running
    } catch (error) {
      if (process.alive) await this.crash(`could not start: ${error}`)
    }
  }

  async crash(why: string): Promise<void> {
    if (this.#restarting) return
    await this.#restart(why, async () => {
      this.#process.kill()
      await this.disk.crash()
    })
  }

  /** Another process takes the store over while this one still believes, for a while, that it is its. */
  async usurp(): Promise<void> {
    if (this.#restarting) return
    const { time, random } = this.#options
    const before = this.#process
    time.after(random.next() * 15_000, () => before.kill())
    await this.#restart('usurped', async () => {
      this.disk.state.owner = undefined
    })
  }

  /** The disk is replaced by an older copy of it. */
  async restore(copy: MemoryState): Promise<void> {
    if (this.#restarting) return
    await this.#restart('restored', async () => {
      this.#process.kill()
      await this.disk.crash()
      this.disk.state = copyMemoryState(copy)
    })
  }

  async restartGently(): Promise<void> {
    const { running } = this
    if (!running || this.#restarting) return
    this.#restarting = true
    const process = this.#process
    this.#options.log('stop')
    this.running = undefined
    const gently = await process.inside(this.#options.stop(running)).then(
      () => true,
      () => false,
    )
    this.#restarting = false
    await this.crash(gently ? 'stopped' : 'could not stop')
  }

  /** What a caller from outside sees: an answer, or that the process cannot be reached, or died before it answered. */
  async call<R>(use: (running: T) => Promise<R>): Promise<R> {
    if (!this.running) throw new Error('connection refused')
    return this.#process.answer(use(this.running))
  }

  async #fatal(process: SimulatedProcess): Promise<void> {
    if (process === this.#process) await this.crash('fatal')
    else process.kill()
  }

  async #restart(why: string, end: () => Promise<void>): Promise<void> {
    this.#restarting = true
    if (why !== 'stopped') this.crashes++
    this.#options.log(`crash: ${why}`)
    this.running = undefined
    await end()
    await this.#options.time.sleep(this.#options.random.int(1, 2_000))
    this.#restarting = false
    await this.start()
  }
}
