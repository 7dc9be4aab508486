import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Transaction } from '../../flow/transaction.ts'
import type { SinkChannel } from '../../system/channel.ts'
import type { PreparedBranch, Sink } from '../../system/roles.ts'
import { sleep } from '../host.ts'
import { Coordinator } from './coordinator.ts'
import type { TransactionsOptions } from './coordinator-options.ts'
import { DecisionLog } from './decision-log.ts'
import { Gids } from './gid.ts'
import type { LoggedTransaction } from './open-transactions.ts'
import { findOrphans, type Orphan, resolveOrphan } from './orphans.ts'
import { type Decision, type TransactionState, wordOf } from './transaction-log.ts'

/** From one look after what is open to the next, milliseconds. */
const pace = 5_000
/** Instead of an effect key: who looks for orphans may end some, which is done by one at a time. */
const orphanage = 'orphans'
/** When a person hears of what is open, milliseconds: once to know, once to act. */
const ages = [60_000, 300_000]

/** The branches of ours whose promise stands at a database, or why it cannot be asked. */
export interface Promises {
  readonly system: string
  readonly branches: readonly PreparedBranch[]
  readonly failure?: string | undefined
}

/** Runs the transactions of a landscape, and looks after what an earlier process, or a database that was away, left. */
export class Transactions {
  readonly log: DecisionLog
  readonly #options: TransactionsOptions
  readonly #coordinator: Coordinator
  readonly #gids: Gids
  readonly #stopping = new AbortController()
  /** How many of the ages each has been told at. */
  readonly #told = new Map<string, number>()
  #looking: Promise<void> = Promise.resolve()

  constructor(options: TransactionsOptions) {
    this.#options = options
    this.log = new DecisionLog(options)
    this.#gids = new Gids(options.cluster, options.host)
    this.#coordinator = new Coordinator({ ...options, log: this.log, gids: this.#gids })
  }

  sink(channel: SinkChannel<unknown>): Sink {
    const transaction = channel as Transaction<unknown>
    return {
      batch: 8,
      concurrency: 4,
      write: (items, signal) =>
        Promise.all(items.map(item => this.#coordinator.run(transaction, item, signal))),
    }
  }

  /** Looks after what is open, now and then again until it stops. */
  start(): void {
    if (this.#options.systems.length > 0) this.#looking = this.#keepLooking()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#looking
  }

  /** Branches that stand at databases and that the log does not explain: nothing is done about them without a person. */
  orphans(): Promise<readonly Orphan[]> {
    return this.#coordinator.alone(orphanage, () => findOrphans(this.#context))
  }

  /** What each database says stands there, whether the log explains it or not. Never rejects. */
  promises(): Promise<readonly Promises[]> {
    const { systems, participant } = this.#options
    return Promise.all(
      systems.map(async system => {
        try {
          return { system, branches: await participant(system).prepared(this.#gids.prefix) }
        } catch (error) {
          return { system, branches: [], failure: reasonOf(error) }
        }
      }),
    )
  }

  /** A person ends a branch that nothing explains. */
  async resolve(id: string, decision: Decision, by: string, why: string): Promise<void> {
    await this.#coordinator.alone(orphanage, async () => {
      const orphan = (await findOrphans(this.#context)).find(each => each.id === id)
      if (!orphan)
        throw new IsthmusError('CONTROL-REFUSED', `There is no branch ${id} that waits for a person.`)
      await resolveOrphan(this.#context, orphan, { decision, by, why })
    })
  }

  /** A person has dealt with an outcome that was mixed. */
  async acknowledge(gid: string, by: string, why: string): Promise<void> {
    // Somebody may just have done so.
    const isMeant = ({ state }: LoggedTransaction) => state.gid === gid && wordOf(state) === 'mixed'
    const found = (await this.log.open()).find(isMeant)
    if (!found)
      throw new IsthmusError('CONTROL-REFUSED', `There is no transaction ${gid} whose outcome is mixed.`)
    await this.log.add(found.effectKey, found.state, { type: 'acknowledged', by, why })
  }

  get #context() {
    return { ...this.#options, log: this.log, gids: this.#gids }
  }

  async #keepLooking(): Promise<void> {
    const { host } = this.#options
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#look()
      } catch {
        // The store or a database is away: looked at again.
      }
      await sleep(host, pace, this.#stopping.signal)
    }
  }

  async #look(): Promise<void> {
    const open = await this.log.open()
    await Promise.all(
      open.map(async ({ effectKey, state }) => {
        if (this.#coordinator.isBusy(effectKey)) return
        try {
          await this.#coordinator.alone(effectKey, async () => {
            const now = await this.log.read(effectKey)
            if (now) await this.#coordinator.finish(effectKey, now)
          })
        } catch (error) {
          this.#tell(state, reasonOf(error))
        }
      }),
    )
    for (const { id, since } of await this.orphans())
      this.#tellOnce(id, { transaction: 'unknown', gid: id, reason: 'no log knows it', began: since })
    for (const id of this.#told.keys())
      if (!open.some(({ state }) => state.gid === id) && this.#told.size > 1000) this.#told.delete(id)
  }

  #tell({ transaction, gid, began }: TransactionState, reason: string): void {
    this.#tellOnce(gid, { transaction, gid, reason, began })
  }

  #tellOnce(
    id: string,
    what: { transaction: string; gid: string; reason: string; began?: number | undefined },
  ): void {
    const { watch, host } = this.#options
    const { began, ...rest } = what
    const ms = began === undefined ? 0 : host.now() - began
    const due = ages.filter(age => ms >= age).length
    const told = this.#told.get(id) ?? -1
    if (due <= told || (due === 0 && began !== undefined)) return
    this.#told.set(id, due)
    watch({ type: 'in doubt', ...rest, ms })
  }
}
