import { createHash } from 'node:crypto'
import { decide } from '../../../engine/person.ts'
import { verify } from '../../../engine/verify.ts'
import { IsthmusError } from '../../../errors.ts'
import { memoryStore } from '../../../store/memory/memory-store.ts'
import { type SharedStore, shareStore } from '../../../store/shared/share-store.ts'
import type { StoreReader } from '../../../store/store.ts'
import { SeededRandom } from '../seeded-random.ts'
import { type DiskFaults, SimulatedDisk } from '../simulated-disk.ts'
import { SimulatedProcess } from '../simulated-process.ts'
import { VirtualTime } from '../virtual-time.ts'
import { MemberLife } from './member-life.ts'
import { judgeSharing } from './oracles.ts'
import { drawOrders, drawWorld, type OrderData, type World } from './plant.ts'

export interface SharingResult {
  readonly seed: number
  /** What was violated; empty when every promise held. */
  readonly violations: readonly string[]
  /** SHA-256 of everything that happened: the same seed gives the same. */
  readonly digest: string
  readonly trace: readonly string[]
  /** How often a member began to live, and how often one was killed or had to end. */
  readonly lives: number
  readonly crashes: number
}

/** Virtual time for trouble, and for everything to come to rest afterwards, in milliseconds. */
const troubleLength = 90_000
const restLength = 15 * 60_000

/**
 * Engines that share the keys of one store, each in a process of its own: they come and go, die, and stand still, while
 * orders come at any of them, are published where they ran, and are run on by whoever holds their keys.
 */
export async function simulateSharing(seed: number): Promise<SharingResult> {
  const simulation = new Sharing(seed)
  const violations = await simulation.run()
  const { trace, lives, crashes } = simulation
  const digest = createHash('sha256').update(trace.join('\n')).digest('hex')
  return { seed, violations, digest, trace, lives, crashes }
}

class Sharing {
  readonly trace: string[] = []
  lives = 0
  crashes = 0
  readonly #time = new VirtualTime()
  readonly #random: SeededRandom
  readonly #disk: SimulatedDisk
  readonly #world: World
  readonly #orders: readonly OrderData[]
  readonly #limits: { readonly messages: number; readonly retrying: number }
  readonly #violations: string[] = []
  /** Ids given in positive answers, by number of the order. */
  readonly #acknowledged = new Map<number, string>()
  #members: MemberLife[] = []
  #store: SharedStore | undefined
  #clients = 0
  #atRest = false

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    this.#disk = new SimulatedDisk(this.#time, this.#random)
    this.#world = drawWorld(this.#random, this.#time, text => this.#log(text))
    this.#orders = drawOrders(this.#random, this.#random.int(10, 120), 0)
    this.#limits = {
      messages: this.#random.pick([1, 3, 16, 64, 1024]),
      retrying: this.#random.pick([2, 8, 64]),
    }
  }

  async run(): Promise<string[]> {
    try {
      void this.#begin()
      await this.#time.run(() => this.#atRest || this.#violations.length > 0, troubleLength + restLength)
      const { targets, records } = this.#world
      if (this.#violations.length === 0)
        this.#violations.push(...(await judgeSharing(this.#read, targets, records, this.#acknowledged)))
    } catch (error) {
      this.#violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
    }
    return this.#violations
  }

  /** What the store holds, seen from outside of all processes. */
  get #read(): StoreReader {
    return memoryStore(this.#disk.state).read
  }

  async #begin(): Promise<void> {
    const partitions = this.#random.pick([1, 2, 4, 8, 16])
    // It does not die, as a database that is looked after.
    const server = new SimulatedProcess(this.#time, this.#random)
    const store = this.#disk.open(server)
    const claim = await store.claim('simulation', { partitions })
    this.#store = shareStore(store, claim, server.host())
    this.#drawFaults()
    const members = this.#random.int(1, 4)
    for (let n = 0; n < members; n++) this.#time.after(this.#random.next() * 5_000, () => this.#born())
    for (const order of this.#orders) void this.#client(order)
    this.#scheduleTrouble()
    this.#time.after(troubleLength, () => void this.#endTrouble())
  }

  #drawFaults(): void {
    const harsh = this.#random.next() ** 2
    this.#disk.faults = {
      slow: this.#random.chance(0.2) ? 0.05 : 0,
      full: 0,
      failed: 0,
      away: this.#random.chance(0.3) ? 0.03 : 0,
    }
    for (const target of this.#world.targets.values())
      target.faults = {
        trouble: harsh * this.#random.next(),
        outage: harsh > 0 && this.#random.chance(0.3) ? 0.05 : 0,
      }
  }

  #born(): void {
    const id = `m${++this.lives}`
    this.#log(`${id} begins`)
    const life = new MemberLife({
      ...{ id, world: this.#world, store: this.#store as SharedStore, limits: this.#limits },
      faults: (): DiskFaults => this.#disk.faults,
      watch: event => this.#log(`${id} ${JSON.stringify(event)}`),
      ended: why => {
        this.#log(`${id} ends: ${why}`)
        this.crashes++
        this.#members = this.#members.filter(each => each !== life)
        this.#time.after(this.#random.int(100, 3_000), () => this.#born())
      },
    })
    this.#members.push(life)
    void life.start()
  }

  #scheduleTrouble(): void {
    const count = this.#random.int(0, 12)
    for (let n = 0; n < count; n++)
      this.#time.after(this.#random.next() * troubleLength, () => this.#trouble())
    for (let at = 500; at < troubleLength; at += 5_000) this.#time.after(at, () => void this.#verify())
  }

  #trouble(): void {
    if (this.#members.length < 5 && this.#random.chance(0.25)) {
      this.#born()
      return
    }
    const life = this.#members[this.#random.int(0, this.#members.length - 1)]
    if (!life) return
    const kind = this.#random.pick(['kill', 'pause', 'leave'])
    this.#log(`${life.id} ${kind}`)
    if (kind === 'kill') life.die('kill -9')
    else if (kind === 'pause') {
      life.process.stop()
      this.#time.after(this.#random.pick([200, 3_000, 9_000, 12_000, 25_000]), () => life.process.goOn())
    } else {
      this.#members = this.#members.filter(each => each !== life)
      const again = () => this.#time.after(this.#random.int(0, 3_000), () => this.#born())
      void life.stop(this.#random.int(100, 20_000)).then(again)
    }
  }

  /** Sends one order until it is acknowledged, by whomever; sometimes once more. */
  async #client(order: OrderData): Promise<void> {
    this.#clients++
    await this.#time.sleep(this.#random.next() * troubleLength * this.#random.next())
    await this.#send(order)
    if (this.#random.chance(0.1)) {
      await this.#time.sleep(this.#random.next() * 10_000)
      await this.#send(order)
    }
    this.#clients--
  }

  async #send(order: OrderData): Promise<void> {
    for (;;) {
      const open = this.#members.flatMap(({ intake }) => intake ?? [])
      const intake = open[this.#random.int(0, open.length - 1)]
      const accepted = intake?.accept([{ id: String(order.n), data: order }]).catch(() => undefined)
      const receipt = accepted && (await Promise.race([accepted, this.#time.sleep(4_000)]))
      const id = receipt?.[0]?.id
      if (id === undefined) await this.#time.sleep(this.#random.int(50, 2_000))
      else {
        const first = this.#acknowledged.get(order.n) ?? id
        if (first !== id) this.#violate(`order ${order.n} was acknowledged as ${first} and as ${id}`)
        this.#acknowledged.set(order.n, id)
        return
      }
    }
  }

  async #endTrouble(): Promise<void> {
    this.#log('calm')
    this.#disk.faults = { slow: 0, full: 0, failed: 0, away: 0 }
    for (const target of this.#world.targets.values()) target.faults = { trouble: 0, outage: 0 }
    while (!this.#atRest && this.#violations.length === 0) {
      await this.#time.sleep(5_000)
      await this.#person()
      await this.#lookForRest()
    }
  }

  /** Lets everything that was set aside run again, at whichever member is asked. */
  async #person(): Promise<void> {
    for (const { flow } of await this.#read.flows())
      for (const row of await this.#read.unfinished({ flow, status: ['parked', 'doubt'], limit: 100 })) {
        const engine = this.#random.pick(this.#members as [MemberLife, ...MemberLife[]])?.engine
        const decided = decide(row, { do: 'retry' }, 'somebody', this.#time.now)
        void engine?.requests.decide(flow, row, decided).catch(error => {
          if (!(error instanceof IsthmusError)) this.#violate(`a decision failed: ${error}`)
        })
      }
  }

  async #lookForRest(): Promise<void> {
    const flows = await this.#verify()
    const open = flows.reduce((sum, { inFlight, parked }) => sum + inFlight + parked, 0)
    const reports = flows.find(({ flow }) => flow === 'reports')?.accepted ?? 0
    this.#atRest = this.#clients === 0 && open === 0 && reports === this.#world.records.length
  }

  async #verify() {
    const { balanced, flows } = await verify(this.#read)
    if (!balanced) this.#violate(`out of balance: ${JSON.stringify(flows)}`)
    return flows
  }

  #violate(what: string): void {
    this.#log(`VIOLATION ${what}`)
    this.#violations.push(what)
  }

  #log(text: string): void {
    this.trace.push(`${this.#time.now.toFixed(3)} ${text}`)
  }
}
