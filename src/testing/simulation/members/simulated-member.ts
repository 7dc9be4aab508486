import type { Group } from '../../../engine/members/picture.ts'
import { SharedTenure } from '../../../engine/members/tenure.ts'
import { IsthmusError } from '../../../errors.ts'
import type { Lease, NewMember } from '../../../store/members.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { VirtualTime } from '../virtual-time.ts'
import type { LeaseTable } from './lease-table.ts'
import { MemberProcess } from './member-process.ts'
import { ModelledMembership } from './modelled-membership.ts'
import type { ModelledServer } from './modelled-server.ts'
import type { Partitions } from './partitions.ts'

/** Milliseconds between two settlements of a member, and messages of a partition in one. */
const settleEvery = 1_000
const most = 20

export interface Plant {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly server: ModelledServer
  readonly table: LeaseTable
  readonly partitions: Partitions
  readonly count: number
  readonly groups: readonly Group[]
  /** What happens to a lease, for whoever watches. */
  watch(event: LeaseEvent): void
}

export interface LeaseEvent {
  readonly what: 'begun' | 'giving' | 'died' | 'lost'
  readonly name: string
  readonly member: string
}

interface Working {
  readonly name: string
  readonly token: number
  cursor: number
}

/** One worker: a real tenure over a modelled store, and work that is numbers only. */
export class SimulatedMember {
  readonly id: string
  readonly process: MemberProcess
  /** By lease, what it works off. */
  readonly working = new Map<string, Working>()
  readonly #plant: Plant
  readonly #ended: () => void
  #tenure: SharedTenure | undefined
  #isUnsure = false
  #isSettling = false

  /** `ended`: it has found that it must end, or has left. */
  constructor(id: string, plant: Plant, ended: () => void) {
    this.id = id
    this.#plant = plant
    this.#ended = ended
    this.process = new MemberProcess(plant.time, plant.random)
  }

  async start(): Promise<void> {
    const { count, groups, server, table } = this.#plant
    const member: NewMember = { id: this.id, name: this.id, roles: ['worker'], version: '1' }
    const place = { process: this.process, server, table, partitions: count }
    const membership = await this.#patiently(() => ModelledMembership.join(member, place))
    this.#tenure = new SharedTenure(membership, {
      skew: () => {},
      groups,
      host: this.process.host(),
      take: leases => this.#take(leases),
      give: name => this.#give(name),
      doubt: unsure => {
        this.#isUnsure = unsure
      },
      wake: () => {},
      callers: () => {},
      lost: () => this.die('lost'),
      load: () => null,
    })
    await this.#tenure.begin()
    void this.#work()
  }

  /** Gives everything back, and is no more. */
  async leave(): Promise<void> {
    await this.#tenure?.retire()
    await this.#tenure?.end()
    this.process.kill()
    this.#ended()
  }

  die(what: 'died' | 'lost' = 'died'): void {
    if (!this.process.alive) return
    this.process.kill()
    for (const name of this.working.keys()) this.#plant.watch({ what, name, member: this.id })
    this.#ended()
  }

  async #take(leases: readonly Lease[]): Promise<void> {
    const { server, partitions } = this.#plant
    const numbers = leases.map(({ name }) => numberOf(name))
    const read = () => ({
      answer: numbers.map(number => partitions.read(number).cursor),
      rows: numbers.length,
    })
    const cursors = await this.#patiently(() => server.call(this.process, read))
    for (const [n, { name, token }] of leases.entries()) {
      this.working.set(name, { name, token, cursor: cursors[n] ?? 0 })
      this.#plant.watch({ what: 'begun', name, member: this.id })
    }
  }

  /** What is under way ends within a quarter of a second. */
  async #give(name: string): Promise<void> {
    const working = this.working.get(name)
    if (!working) return
    this.working.delete(name)
    this.#plant.watch({ what: 'giving', name, member: this.id })
    await this.process.sleep(this.#plant.random.next() * 250)
    await this.#settle([working])
  }

  async #work(): Promise<void> {
    await this.process.sleep(this.#plant.random.next() * settleEvery)
    for (;;) {
      if (!this.#isUnsure && !this.#isSettling) await this.#settle([...this.working.values()])
      await this.process.sleep(settleEvery)
    }
  }

  async #settle(all: readonly Working[]): Promise<void> {
    if (all.length === 0) return
    const { server, partitions } = this.#plant
    const ended = all.map(({ name, token, cursor }) => {
      const partition = numberOf(name)
      const to = Math.max(cursor, Math.min(cursor + most, partitions.read(partition).head))
      return { partition, token, from: cursor, to }
    })
    this.#isSettling = true
    const settle = () => ({ answer: partitions.settle(ended), rows: ended.length })
    await this.#patiently(() => server.call(this.process, settle))
    this.#isSettling = false
    for (const [n, working] of all.entries()) working.cursor = ended[n]?.to ?? working.cursor
  }

  /** As an engine does: what gets no answer is tried again, and who is fenced ends. */
  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof IsthmusError) || error.fate !== 'retry') {
          this.die('lost')
          return new Promise(() => {})
        }
        await this.process.sleep(50 + this.#plant.random.next() * 500)
      }
    }
  }
}

function numberOf(name: string): number {
  return Number(name.slice(name.indexOf('/') + 1))
}
