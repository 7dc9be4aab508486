import { createHash } from 'node:crypto'
import type { EngineEvent } from '../../../engine/events.ts'
import { Transactions } from '../../../engine/two-phase-commit/transactions.ts'
import { IsthmusError } from '../../../errors.ts'
import { copyMemoryState, type MemoryState } from '../../../store/memory/memory-state.ts'
import type { Store } from '../../../store/store.ts'
import type { Participant } from '../../../system/roles.ts'
import { SeededRandom } from '../seeded-random.ts'
import { type Boot, SimulatedMachine } from '../simulated-machine.ts'
import { VirtualTime } from '../virtual-time.ts'
import { judgeTransactions } from './judge-transactions.ts'
import { SimulatedDatabase } from './simulated-database.ts'
import { drawTransfers, type Wanted } from './transfers.ts'

/** What one seed came to. */
export interface TransactionSimulation {
  readonly seed: number
  /** What was violated; empty when every promise held. */
  readonly violations: readonly string[]
  /** SHA-256 of everything that happened: the same seed gives the same. */
  readonly digest: string
  readonly trace: readonly string[]
  readonly crashes: number
  readonly transactions: number
}

/** Virtual milliseconds for trouble, for giving locks back after it, and for everything to come to rest. */
const troubleLength = 60_000
const releaseLength = 60_000
const restLength = 600_000

/** Runs random transactions over simulated databases through random faults, all drawn from the seed. */
export async function simulateTransactions(seed: number): Promise<TransactionSimulation> {
  const simulation = new Simulation(seed)
  const violations = await simulation.run()
  const { trace, crashes, transactions } = simulation
  const digest = createHash('sha256').update(trace.join('\n')).digest('hex')
  return { seed, violations, digest, trace, crashes, transactions }
}

class Simulation {
  readonly trace: string[] = []
  readonly #time = new VirtualTime()
  readonly #random: SeededRandom
  readonly #databases: readonly [SimulatedDatabase, ...SimulatedDatabase[]]
  readonly #machine: SimulatedMachine<Transactions>
  readonly #violations: string[] = []
  readonly #wanted: readonly Wanted[]
  readonly #isRestored: boolean
  readonly #isCleaned: boolean
  readonly #copies: MemoryState[] = []
  #clients = 0
  #atRest = false

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    const log = (text: string) => this.#log(text)
    const database = (name: string) => new SimulatedDatabase(name, this.#time, this.#random, log)
    const more = this.#random.chance(0.3) ? [database('west')] : []
    this.#databases = [database('north'), database('south'), ...more]
    this.#isRestored = this.#random.chance(0.25)
    this.#isCleaned = !this.#isRestored && this.#random.chance(0.2)
    this.#wanted = drawTransfers(
      this.#random,
      this.#databases.map(({ name }) => name),
    )
    this.#machine = new SimulatedMachine<Transactions>({
      time: this.#time,
      random: this.#random,
      log,
      boot: boot => this.#boot(boot),
      stop: running => running.stop(),
    })
  }

  get crashes(): number {
    return this.#machine.crashes
  }

  get transactions(): number {
    return this.#wanted.length
  }

  async run(): Promise<string[]> {
    this.#drawFaults()
    for (const wanted of this.#wanted) void this.#client(wanted)
    void this.#machine.start()
    this.#scheduleTrouble()
    try {
      await this.#time.run(() => this.#atRest || this.#violations.length > 0, troubleLength + restLength)
      if (this.#violations.length === 0)
        this.#violations.push(...judgeTransactions(this.#databases, this.#wanted, this.trace))
    } catch (error) {
      this.#violations.push(`${error}; ${this.#clients} wait; standing: ${this.#standing().join(', ')}`)
    }
    return this.#violations
  }

  async #boot({ store: whole, claim, host, process, onFatal }: Boot): Promise<Transactions> {
    // As in an engine, whose flows end a process that cannot write any more.
    const fatal = (error: unknown): never => {
      const code = error instanceof IsthmusError ? error.code : undefined
      if (code === 'STORE-FAILED' || code === 'STORE-FENCED') onFatal()
      throw error
    }
    const store: Store = { ...whole, append: (appends, token) => whole.append(appends, token).catch(fatal) }
    const participants = new Map<string, Participant>(
      this.#databases.map(database => [database.name, database.open(process)]),
    )
    const running = new Transactions({
      cluster: 'simulated',
      store,
      token: claim.token,
      host,
      watch: event => process.alive && this.#watch(event),
      systems: this.#databases.map(({ name }) => name),
      participant: system => participants.get(system) as Participant,
      turn: async () => () => {},
    })
    running.start()
    return running
  }

  #drawFaults(): void {
    const random = this.#random
    const harsh = random.next() ** 2
    this.#machine.disk.faults = {
      slow: random.chance(0.2) ? random.pick([0.05, 0.4]) : 0,
      full: random.chance(0.2) ? 0.1 : 0,
      failed: random.chance(0.2) ? 0.02 : 0,
      away: random.chance(0.2) ? 0.05 : 0,
    }
    const deadly = random.chance(0.3) ? 0.1 : 0
    for (const database of this.#databases) {
      database.committed = () => {
        if (random.chance(deadly)) this.#time.after(random.next() * 20, () => void this.#die())
      }
      database.faults = {
        trouble: harsh * random.next(),
        outage: random.chance(0.2) ? 0.02 : 0,
        hand: random.chance(this.#isCleaned ? 0 : 0.2) ? 0.1 : 0,
      }
    }
  }

  async #client(wanted: Wanted): Promise<void> {
    this.#clients++
    await this.#time.sleep(this.#random.next() * troubleLength * this.#random.next())
    const times = this.#random.chance(0.15) ? 2 : 1
    await Promise.all(Array.from({ length: times }, () => this.#send(wanted)))
    // A store that was restored has forgotten what was done: whoever fed it feeds it again.
    if (this.#isRestored) {
      await this.#time.sleep(troubleLength + 1_000 - this.#time.now)
      await this.#send(wanted)
    }
    this.#clients--
  }

  /** Asks again until there is an end. */
  async #send(wanted: Wanted): Promise<void> {
    const { data, effectKey, over } = wanted
    for (let attempt = 1; ; attempt++) {
      try {
        const item = { data, effectKey, key: data.no, messageId: effectKey, attempt }
        const { signal } = new AbortController()
        const [answer] = await this.#machine.call(running => running.sink(over).write([item], signal))
        if (answer?.ok) return this.#end(wanted, 'done')
        throw answer?.error
      } catch (error) {
        const code = error instanceof IsthmusError ? error.code : undefined
        this.#log(`not now ${data.no}: ${error}`)
        if (code === 'TARGET-REFUSED') return this.#end(wanted, 'refused')
        if (code === 'TARGET-CONTRACT') return this.#end(wanted, 'mixed')
        await this.#time.sleep(this.#random.int(50, 2_000))
      }
    }
  }

  #end(wanted: Wanted, how: NonNullable<Wanted['ended']>): void {
    this.#log(`${how} ${wanted.data.no}`)
    if (how === 'mixed' && this.#isRestored) wanted.mayBeMixed = wanted.data.nothing !== ''
    const isByHand = this.#databases.some(({ byHand }) => byHand.has(wanted.effectKey))
    if (wanted.ended !== undefined && wanted.ended !== how && !isByHand && !wanted.mayBeMixed)
      this.#violate(`${wanted.data.no} was ${wanted.ended}, and is ${how}`)
    wanted.ended = how
    if (how === 'done' && this.#isCleaned) this.#cleanUp(wanted)
  }

  /** Somebody deletes effect keys that the log still knows: those of one database have no log. */
  #cleanUp({ data, effectKey }: Wanted): void {
    if (data.without !== '' && this.#databases.length === 2) return
    for (const database of this.#databases) database.forget(effectKey)
  }

  #scheduleTrouble(): void {
    const random = this.#random
    const often = (most: number, make: () => unknown) => {
      for (let n = random.int(0, most); n > 0; n--)
        this.#time.after(random.next() ** 2 * troubleLength, () => void make())
    }
    often(6, () => (random.chance(0.2) ? this.#machine.restartGently() : this.#machine.crash('kill -9')))
    often(random.chance(0.3) ? 2 : 0, () => this.#machine.usurp())
    often(random.chance(0.3) ? 3 : 0, () => random.pick(this.#databases).crash())
    often(random.chance(this.#isCleaned ? 0 : 0.2) ? 6 : 0, () => random.pick(this.#databases).endByHand())
    if (this.#isRestored)
      often(4, () => {
        const copy = copyMemoryState(this.#machine.disk.state)
        this.#copies.push(copy)
        this.#time.after(random.next() * 10_000, () => void this.#restore(copy))
      })
    this.#time.after(troubleLength, () => void this.#calm())
  }

  /** The machine dies, and may lose its newest log over it. */
  async #die(): Promise<void> {
    const copy = this.#copies.at(-1)
    if (copy && this.#random.chance(0.5)) await this.#restore(copy)
    else await this.#machine.crash('kill -9')
  }

  /** What an older log does not know: who looks after it may die over that, and an administrator may be faster. */
  async #restore(copy: MemoryState): Promise<void> {
    const random = this.#random
    await this.#machine.restore(copy)
    if (random.chance(0.5))
      this.#time.after(random.next() ** 2 * 500, () => void this.#machine.crash('kill -9'))
    // Nobody asks again at the end, and would hear of it.
    if (random.chance(0.1) && this.#time.now < troubleLength - 5_000)
      this.#time.after(random.next() * 5_000, () => random.pick(this.#databases).endByHand())
  }

  async #calm(): Promise<void> {
    this.#log('calm')
    this.#machine.disk.faults = { slow: 0, full: 0, failed: 0 }
    for (const database of this.#databases) {
      database.faults = { trouble: 0, outage: 0, hand: 0 }
      database.committed = () => {}
    }
    while (!this.#atRest && this.#violations.length === 0) {
      await this.#time.sleep(2_000)
      if (!this.#machine.running) continue
      await this.#person().catch(error => this.#log(`person: ${error}`))
      const standing = this.#standing()
      if (standing.length > 0 && this.#time.now > troubleLength + releaseLength && this.#clients === 0)
        this.#violate(`locks are still held: ${standing.join(', ')}`)
      if (this.#clients > 0 || standing.length > 0) continue
      const open = await this.#machine.call(running => running.log.open()).catch(() => undefined)
      this.#atRest = open?.length === 0
    }
  }

  /** Ends what no log explains by what the databases show, and takes note of what came out mixed. */
  #person(): Promise<void> {
    return this.#machine.call(async running => {
      for (const { id, gid } of await running.orphans()) {
        const isDone = this.#databases.some(({ rows }) => rows.some(row => row.branch.startsWith(`${gid}:`)))
        if (isDone) this.#violate(`${id} waits for a person, though a database shows that it was committed`)
        await running.resolve(id, isDone ? 'commit' : 'roll back', 'somebody', 'simulated')
      }
      for (const { effectKey, state } of await running.log.open())
        if (state.outcome === 'mixed') await this.#acknowledge(running, effectKey, state.gid)
    })
  }

  /** Two may do so at the same moment: who is told that it is taken down must stand in the log. */
  async #acknowledge(running: Transactions, effectKey: string, gid: string): Promise<void> {
    const people = this.#random.chance(0.5) ? ['ann', 'bob'] : ['ann']
    const answers = await Promise.allSettled(people.map(by => running.acknowledge(gid, by, 'simulated')))
    const state = await running.log.read(effectKey)
    for (const [n, by] of people.entries())
      if (answers[n]?.status === 'fulfilled' && state?.acknowledged?.by !== by)
        this.#violate(`what ${by} has taken note of is not in the log of ${gid}`)
  }

  #standing(): string[] {
    return this.#databases.flatMap(({ name, standing }) =>
      [...standing.keys()].filter(id => id.startsWith('isth:')).map(id => `${name} ${id}`),
    )
  }

  #watch(event: EngineEvent): void {
    this.#log(JSON.stringify(event))
  }

  #violate(what: string): void {
    this.#log(`VIOLATION ${what}`)
    this.#violations.push(what)
  }

  #log(text: string): void {
    this.trace.push(`${this.#time.now.toFixed(3)} ${text}`)
  }
}
