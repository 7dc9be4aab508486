import { IsthmusError } from '../../../errors.ts'
import type { Branch, Participant, PreparedBranch, Vote } from '../../../system/roles.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { SimulatedProcess } from '../simulated-process.ts'
import type { VirtualTime } from '../virtual-time.ts'

/** Probabilities, per call. */
export interface DatabaseFaults {
  /** That a call meets trouble at all. */
  readonly trouble: number
  /** That the database crashes now, and is away for a while. */
  readonly outage: number
  /** That an administrator ends a branch by hand meanwhile. */
  readonly hand: number
}

/** What a branch writes: a row that is refused, or nothing at all. */
export interface RowData {
  readonly no: string
  readonly poison: boolean
  readonly nothing: boolean
}

interface Promised {
  readonly branch: Branch
  /** While its connection is open, nobody can end it who has not closed that before. */
  openUntil: number
}

/** Longest time for which a database that does not answer is waited for, virtual milliseconds. */
const patience = 5_000

/**
 * A database that votes. It goes on when the engine's process dies: what it was told may take effect later, promises outlive
 * its own crashes, and the connection of a process that died may stay half open.
 */
export class SimulatedDatabase {
  readonly name: string
  readonly rows: { readonly no: string; readonly effectKey: string; readonly branch: string }[] = []
  readonly standing = new Map<string, Promised>()
  /** Effect keys of which an administrator has ended a branch. */
  readonly byHand = new Set<string>()
  faults: DatabaseFaults = { trouble: 0, outage: 0, hand: 0 }
  /** Called when the engine has had a branch committed. */
  committed: () => void = () => {}
  /** Branches that were told to be rolled back. A promise of one comes late, against what a participant must do. */
  readonly #rolledBack = new Set<string>()
  readonly #markers = new Set<string>()
  readonly #time: VirtualTime
  readonly #random: SeededRandom
  readonly #log: (text: string) => void
  #downUntil = 0
  /** How often it has crashed: work under way then is lost. */
  #life = 0

  constructor(name: string, time: VirtualTime, random: SeededRandom, log: (text: string) => void) {
    this.name = name
    this.#time = time
    this.#random = random
    this.#log = log
    const foreign: Branch = { id: 'app-1', effectKey: 'app', work: [], alone: false }
    this.standing.set('app-1', { branch: foreign, openUntil: 0 })
  }

  /** What one process makes of it. */
  open(process: SimulatedProcess): Participant {
    const inside = <T>(work: () => Promise<T>) =>
      process.inside(process.alive ? work() : new Promise<T>(() => {}))
    return {
      prepare: (branch, signal) =>
        inside(() => this.#called(isHeard => this.#prepare(branch, process, isHeard), signal)),
      end: (id, how) => inside(() => this.#called(() => this.#end(id, how))),
      prepared: prefix => inside(() => this.#called(() => this.#prepared(prefix))),
      unfit: async () => [],
    }
  }

  /** Loses what is under way, and keeps promises. */
  crash(): void {
    this.#life++
    this.#downUntil = this.#time.now + this.#random.int(100, 10_000)
    for (const promised of this.standing.values()) promised.openUntil = 0
    this.#log(`${this.name} crashes`)
  }

  /** What an administrator does who is tired of the locks; nobody could tell of one that came late. */
  endByHand(): void {
    const ours = [...this.standing].filter(([id]) => id.startsWith('isth:') && !this.#rolledBack.has(id))
    const [id, promised] = ours[this.#random.int(0, ours.length - 1)] ?? []
    if (id === undefined || promised === undefined) return
    this.byHand.add(promised.branch.effectKey)
    this.standing.delete(id)
    const how = this.#random.pick(['commit', 'roll back'])
    this.#log(`${this.name}: ${how} of ${id} by hand`)
    if (how === 'commit') this.#commit(promised.branch)
  }

  forget(effectKey: string): void {
    this.#markers.delete(effectKey)
  }

  /** One call over a network that may lose the question, or the answer. */
  async #called<T>(work: (isHeard: boolean) => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#time.sleep(this.#random.next() * 3)
    if (this.#random.chance(this.faults.outage)) this.crash()
    if (this.#time.now < this.#downUntil) throw new IsthmusError('TARGET-UNAVAILABLE', `${this.name} is down`)
    if (!this.#random.chance(this.faults.trouble)) return work(true)
    const trouble = this.#random.pick(['refused', 'lost', 'answer lost', 'hang', 'answer hangs'])
    if (trouble === 'refused') throw new IsthmusError('TARGET-UNAVAILABLE', `${this.name} is full`)
    if (trouble === 'lost') throw unanswered(this.name)
    if (trouble === 'hang') return this.#hang(signal)
    // It is done, though nobody hears of it.
    const done = work(false).catch(() => {})
    if (trouble === 'answer hangs') return this.#hang(signal)
    if (this.#random.chance(0.5)) await done
    throw unanswered(this.name)
  }

  async #hang(signal?: AbortSignal): Promise<never> {
    const aborted = new Promise<void>(resolve => signal?.addEventListener('abort', () => resolve()))
    await Promise.race([this.#time.sleep(patience), aborted])
    throw unanswered(this.name)
  }

  async #prepare(branch: Branch, process: SimulatedProcess, isHeard: boolean): Promise<Vote> {
    const life = this.#life
    const rows = branch.work.map(({ data }) => data as RowData)
    await this.#time.sleep(this.#random.next() * (this.#random.chance(0.1) ? 8_000 : 10))
    if (life !== this.#life) throw unanswered(this.name)
    if (this.#markers.has(branch.effectKey)) return { vote: 'known' }
    if (rows.some(({ poison }) => poison)) throw new IsthmusError('TARGET-REFUSED', 'a row is refused')
    if (rows.every(({ nothing }) => nothing)) return { vote: 'read only' }
    if ([...this.standing.values()].some(each => each.branch.effectKey === branch.effectKey))
      throw new IsthmusError('TARGET-UNAVAILABLE', 'another branch has locked the marker')
    if (branch.alone) this.#commit(branch)
    else this.#promise(branch, process, isHeard)
    return { vote: branch.alone ? 'committed' : 'prepared' }
  }

  #promise(branch: Branch, process: SimulatedProcess, isHeard: boolean): void {
    const halfOpen = this.#random.chance(0.3) ? this.#random.int(1_000, 20_000) : 0
    const promised = { branch, openUntil: Number.POSITIVE_INFINITY }
    const close = () => {
      promised.openUntil = Math.min(promised.openUntil, this.#time.now + halfOpen)
    }
    this.standing.set(branch.id, promised)
    this.#log(`${this.name} prepared ${branch.id}`)
    // Who has not heard the vote gives the connection up.
    if (process.alive && isHeard) process.died(close)
    else close()
  }

  async #end(id: string, how: 'commit' | 'roll back'): Promise<'committed' | 'rolled back'> {
    const life = this.#life
    if (this.#random.chance(this.faults.hand)) this.endByHand()
    await this.#time.sleep(this.#random.next() * 10)
    if (life !== this.#life) throw unanswered(this.name)
    const promised = this.standing.get(id)
    if (promised && this.#time.now < promised.openUntil) await this.#cut(promised)
    if (life !== this.#life) throw unanswered(this.name)
    if (this.standing.get(id) !== promised) return this.#end(id, how)
    this.standing.delete(id)
    if (promised) this.#log(`${this.name}: ${how} of ${id}`)
    if (promised && how === 'commit') {
      this.#commit(promised.branch)
      this.committed()
    }
    if (this.#markers.has(id)) return 'committed'
    this.#rolledBack.add(id)
    return 'rolled back'
  }

  /** Closes the connection that promised, which the server may notice too late for who waits. */
  async #cut(promised: Promised): Promise<void> {
    promised.openUntil = this.#time.now + this.#random.next() * 40
    await this.#time.sleep(this.#random.next() * 40)
    if (this.#time.now < promised.openUntil)
      throw new IsthmusError('TARGET-UNAVAILABLE', `${promised.branch.id} is still held by its connection`)
  }

  async #prepared(prefix: string): Promise<readonly PreparedBranch[]> {
    return [...this.standing.keys()].filter(id => id.startsWith(prefix)).map(id => ({ id }))
  }

  #commit({ id, effectKey, work }: Branch): void {
    this.#markers.add(id).add(effectKey)
    for (const { data } of work) this.rows.push({ no: (data as RowData).no, effectKey, branch: id })
  }
}

function unanswered(name: string): IsthmusError {
  return new IsthmusError('TARGET-UNANSWERED', `${name} has not answered`)
}
