import { createHash } from 'node:crypto'
import { groupsOf } from '../../../engine/members/tenure.ts'
import { leaseTime } from '../../../store/members.ts'
import { SeededRandom } from '../seeded-random.ts'
import { VirtualTime } from '../virtual-time.ts'
import { LeaseTable } from './lease-table.ts'
import { LeaseWatch, type Moved } from './lease-watch.ts'
import { ModelledServer, type ServerFigures } from './modelled-server.ts'
import { Partitions } from './partitions.ts'
import { type Plant, SimulatedMember } from './simulated-member.ts'

export interface MembersOptions {
  readonly seed: number
  readonly members: number
  readonly partitions: number
  /** Cores of the modelled server; 8 if absent. */
  readonly cores?: number
  /** False lets the store take writes of whoever has lost a lease, which must be noticed. */
  readonly isFenced?: boolean
  /** Every sign of life reads all members and leases, not only what has changed. */
  readonly readsWhole?: boolean
}

/** What one stretch of a simulation came to; times in milliseconds of virtual time. */
export interface Stretch extends Moved, ServerFigures {
  readonly name: string
  /** From its beginning until every share was fair and everything was worked off. */
  readonly settledAfter: number
  /** How many leases had to change hands at least. */
  readonly least: number
  /** Members that found that they had lost a lease, and ended. */
  readonly ended: number
}

export interface MembersResult {
  readonly seed: number
  readonly violations: readonly string[]
  readonly stretches: readonly Stretch[]
  readonly digest: string
}

/** Virtual time in which a stretch must come to rest when what is done in it is over. */
const patience = 180_000

/**
 * Many members of one modelled store under virtual time. Each has the engine's own tenure; network, server, processes
 * and messages are modelled. The same seed gives the same.
 */
export class MembersSimulation {
  readonly time = new VirtualTime()
  readonly random: SeededRandom
  readonly server: ModelledServer
  readonly #options: MembersOptions
  readonly #watch: LeaseWatch
  readonly #plant: Plant
  readonly #table: LeaseTable
  readonly #partitions: Partitions
  readonly #members = new Map<string, SimulatedMember>()
  readonly #stretches: Stretch[] = []
  readonly #violations: string[] = []
  #born = 0
  /** Members that have found that they must end. */
  #ends = 0
  #isOver = false

  constructor(options: MembersOptions) {
    const { time } = this
    this.#options = options
    this.random = new SeededRandom(options.seed)
    this.server = new ModelledServer(time, this.random, options.cores ?? 8)
    this.#table = new LeaseTable(time, leaseTime)
    this.#table.isFenced = options.isFenced ?? true
    this.#table.readsWhole = options.readsWhole ?? false
    this.#partitions = new Partitions(options.partitions, 50, this.#table)
    this.#watch = new LeaseWatch(time)
    this.#plant = {
      time,
      random: this.random,
      server: this.server,
      table: this.#table,
      partitions: this.#partitions,
      groups: groupsOf(options.partitions, []).slice(0, 1),
      count: options.partitions,
      watch: event => this.#watch.see(event),
    }
    this.#arrive()
  }

  get members(): readonly SimulatedMember[] {
    return [...this.#members.values()]
  }

  /** Starts a member. Who finds that it must end is started again, as another, within three seconds. */
  born(): SimulatedMember {
    const id = `m${++this.#born}`
    const member = new SimulatedMember(id, this.#plant, () => this.#ended(member))
    this.#members.set(id, member)
    void member.start()
    return member
  }

  /** It does not come again. */
  kill(member: SimulatedMember): void {
    this.#members.delete(member.id)
    member.die()
  }

  /** Stops it where it stands; what it holds is not worked off from now on. */
  pause(member: SimulatedMember): void {
    member.process.stop()
    for (const name of member.working.keys()) this.#watch.see({ what: 'died', name, member: member.id })
  }

  async leave(member: SimulatedMember): Promise<void> {
    this.#members.delete(member.id)
    await member.leave()
  }

  #ended(member: SimulatedMember): void {
    if (!this.#members.delete(member.id) || this.#isOver) return
    this.#ends++
    this.time.after(1_000 + this.random.next() * 2_000, () => void this.born())
  }

  /** Does something, and waits until all is at rest again. `least` is how many leases must change hands for it. */
  async stretch(name: string, least: number, work: () => Promise<void>): Promise<void> {
    const began = this.time.now
    const ends = this.#ends
    this.#watch.take()
    await work()
    const deadline = this.time.now + patience
    while (!this.isSettled() && this.time.now < deadline) await this.time.sleep(250)
    const settledAfter = Math.round(this.time.now - began)
    if (!this.isSettled()) this.#violations.push(`${name}: not settled after ${patience} ms`)
    const figures = this.server.figures(began)
    this.#stretches.push({
      name,
      settledAfter,
      least,
      ended: this.#ends - ends,
      ...figures,
      ...this.#watch.take(),
    })
  }

  /** Every lease is worked off by one who holds it, and shares differ by one at most. */
  isSettled(): boolean {
    const shares = this.members.map(({ working }) => working.size)
    const worked = shares.reduce((sum, share) => sum + share, 0)
    return worked === this.#options.partitions && Math.max(...shares) - Math.min(...shares) <= 1
  }

  /** Runs what `scenario` does to the members, then waits until every message has ended. */
  async run(scenario: (simulation: MembersSimulation) => Promise<void>): Promise<MembersResult> {
    const { seed } = this.#options
    let isDone = false
    const whole = scenario(this).then(
      () => {
        isDone = true
      },
      error => {
        this.#violations.push(String(error))
        isDone = true
      },
    )
    const limit = 3_600_000
    try {
      await this.time.run(() => isDone, limit)
      await whole
      this.#isOver = true
      const deadline = this.time.now + 120_000
      await this.time.run(() => this.#partitions.waiting === 0 || this.time.now > deadline, limit)
    } catch (error) {
      this.#violations.push(String(error))
    }
    if (this.#partitions.waiting > 0)
      this.#violations.push(`${this.#partitions.waiting} messages have not ended`)
    const violations = [...new Set([...this.#partitions.violations, ...this.#violations])]
    const digest = createHash('sha256')
      .update(JSON.stringify([this.time.now, this.#stretches]))
      .digest('hex')
    return { seed, violations, stretches: this.#stretches, digest }
  }

  /** Messages come for a partition here and there, until it is over. */
  #arrive(): void {
    if (this.#isOver) return
    for (let n = 0; n < this.#options.partitions / 4; n++)
      this.#partitions.accept(this.random.int(0, this.#options.partitions - 1))
    this.time.after(1_000, () => this.#arrive())
  }
}
