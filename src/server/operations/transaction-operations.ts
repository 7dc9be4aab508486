import { type LoggedTransaction, openTransactions } from '../../engine/two-phase-commit/open-transactions.ts'
import type { Orphan } from '../../engine/two-phase-commit/orphans.ts'
import {
  type LoggedBranch,
  type TransactionState,
  wordOf,
} from '../../engine/two-phase-commit/transaction-log.ts'
import type { Promises, Transactions } from '../../engine/two-phase-commit/transactions.ts'
import { IsthmusError } from '../../errors.ts'
import type { Log } from '../../observe/log.ts'
import type { StoreReader } from '../../store/store.ts'
import { refused } from './deciding.ts'
import { settling } from './open-work.ts'
import type { TransactionOperations } from './operations.ts'
import { quoted } from './saga-choices.ts'
import type { InDoubt, InDoubtDecision, InDoubtList } from './transaction-schemas.ts'

export interface LocalTransactionsOptions {
  readonly reader: StoreReader
  readonly log: Log
  /** Those that run; undefined on a stopped store. Throws CONTROL-REFUSED while the instance starts or stops. */
  running(): Transactions | undefined
}

type Branch = InDoubt['branches'][number]

export class LocalTransactions implements TransactionOperations {
  readonly #options: LocalTransactionsOptions

  constructor(options: LocalTransactionsOptions) {
    this.#options = options
  }

  async inDoubt(gid?: string): Promise<InDoubtList> {
    const running = this.#options.running()
    // What the databases and the log explain together is settled by looking.
    const orphans = (await running?.orphans().catch(() => [])) ?? []
    const logged = await openTransactions(this.#options.reader.streams)
    const promises = (await running?.promises()) ?? []
    const shown = logged.filter(({ state }) => isShown(state, gid, running !== undefined))
    return {
      transactions: [
        ...shown.map(each => ofLog(each, promises)),
        ...byGid(orphans).filter(each => gid === undefined || isNamed(each, gid)),
      ],
      unasked: promises.flatMap(({ system, failure }) =>
        failure === undefined ? [] : [{ system, reason: failure }],
      ),
    }
  }

  async resolve(gid: string, { do: what, by, why }: InDoubtDecision): Promise<number> {
    const running = this.#options.running()
    if (!running) throw refused('The instance does not run, and only it reaches the databases: start it.')
    const done = what === 'acknowledge' ? 0 : await this.#end(running, gid, what, by, why)
    if (what === 'acknowledge') await running.acknowledge(gid, by, why)
    this.#options.log({
      level: 'info',
      event: 'decided',
      text: `transaction ${gid}: ${what} by ${by}: ${why}`,
      fields: { gid, do: what, by, why },
    })
    return done
  }

  async #end(
    running: Transactions,
    gid: string,
    what: 'commit' | 'rollback',
    by: string,
    why: string,
  ): Promise<number> {
    const orphans = (await asked(() => running.orphans())).filter(each => isNamed(each, gid))
    if (orphans.length === 0) throw await this.#nothingToEnd(gid)
    const decision = what === 'commit' ? 'commit' : 'roll back'
    for (const { id } of orphans) await asked(() => running.resolve(id, decision, by, why))
    return orphans.length
  }

  async #nothingToEnd(gid: string): Promise<IsthmusError> {
    const known = (await openTransactions(this.#options.reader.streams)).find(
      ({ state }) => state.gid === gid,
    )
    if (!known) return refused(`There is no transaction ${gid} that waits for a person.`, 404)
    if (known.state.outcome === 'mixed')
      return refused(
        `Transaction ${gid} came out mixed. Repair it by hand, then: isthmus indoubt acknowledge.`,
      )
    return refused(
      `Transaction ${gid} is ${wordOf(known.state)} by its log, and ends so by itself as soon as its databases answer.`,
    )
  }
}

function isShown(state: TransactionState, gid: string | undefined, isRunning: boolean): boolean {
  if (gid !== undefined) return isNamed({ gid: state.gid, branches: state.branches }, gid)
  return !isRunning || state.outcome === 'mixed' || Date.now() - state.began >= settling
}

function isNamed(
  one: { readonly gid: string; readonly id?: string; readonly branches?: readonly { readonly id: string }[] },
  name: string,
): boolean {
  return one.gid === name || one.id === name || (one.branches ?? []).some(({ id }) => id === name)
}

function ofLog({ state }: LoggedTransaction, promises: readonly Promises[]): InDoubt {
  const { gid, transaction, began, decision, reason, outcome, branches } = state
  const isMixed = outcome === 'mixed'
  const acknowledge = {
    do: 'acknowledge' as const,
    command: `isthmus indoubt acknowledge ${quoted(gid)} --why TEXT`,
    what: 'says that you have repaired it by hand',
  }
  return {
    gid,
    transaction,
    state: wordOf(state) as InDoubt['state'],
    began,
    decision,
    reason,
    needsPerson: isMixed,
    branches: branches.map(branch => ({ ...said(branch, promises), logged: loggedOf(branch, decision) })),
    next: isMixed ? [acknowledge] : [],
  }
}

/** That a branch was promised is known by the decision to commit. */
function loggedOf(
  { found, readOnly }: LoggedBranch,
  decision: TransactionState['decision'],
): Branch['logged'] {
  if (found !== undefined) return found
  if (readOnly) return 'read only'
  return decision === 'commit' ? 'promised' : 'begun'
}

function said(
  { system, id }: { readonly system: string; readonly id: string },
  promises: readonly Promises[],
): Omit<Branch, 'logged'> {
  const told = promises.find(each => each.system === system)
  if (!told || told.failure !== undefined)
    return { system, id, database: 'not asked', reason: told?.failure ?? 'the instance does not run' }
  const promise = told.branches.find(each => each.id === id)
  return promise
    ? { system, id, database: 'promised', since: promise.since }
    : { system, id, database: 'not promised' }
}

function byGid(orphans: readonly Orphan[]): InDoubt[] {
  const gids = [...new Set(orphans.map(({ gid }) => gid))]
  return gids.map(gid => {
    const own = orphans.filter(each => each.gid === gid)
    const since = own.flatMap(each => (each.since === undefined ? [] : [each.since]))
    const order = (what: string) => `isthmus indoubt resolve ${quoted(gid)} ${what} --why TEXT`
    return {
      gid,
      transaction: 'unknown',
      state: 'unexplained',
      began: since.length > 0 ? Math.min(...since) : undefined,
      reason: 'no log knows it: the store may have been lost or restored',
      needsPerson: true,
      branches: own.map(({ system, id, since: at }) => ({
        system,
        id,
        logged: 'not logged',
        database: 'promised',
        since: at,
      })),
      next: [
        { do: 'commit', command: order('commit'), what: 'its other databases have committed it' },
        { do: 'rollback', command: order('rollback'), what: 'nobody has committed it' },
      ],
    }
  })
}

/** A database that is away is told to the caller. */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof IsthmusError && error.code !== 'CONTROL-REFUSED') throw refused(error.message, 503)
    throw error
  }
}
