import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Transaction } from '../../flow/transaction.ts'
import type { Answer, BranchWork, Outgoing, Participant, Vote } from '../../system/roles.ts'
import { fitting } from '../plan.ts'
import { type Ending, endBranches } from './branches.ts'
import type { CoordinatorOptions } from './coordinator-options.ts'
import { decideByEvidence } from './recovery.ts'
import type { TransactionState } from './transaction-log.ts'
import { Voting } from './voting.ts'

/**
 * Brings transactions over several databases to one end (two-phase commit, presumed abort). Commit is asked for only
 * behind a durable decision; a transaction without one is rolled back.
 */
export class Coordinator {
  readonly options: CoordinatorOptions
  /** Effect keys of transactions under way, each with what is to be waited for before it is touched again. */
  readonly #busy = new Map<string, Promise<unknown>>()

  constructor(options: CoordinatorOptions) {
    this.options = options
  }

  isBusy(effectKey: string): boolean {
    return this.#busy.has(effectKey)
  }

  /** One at a time for each effect key. */
  async alone<T>(effectKey: string, work: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(effectKey) ?? Promise.resolve()
    const done = before.then(work, work)
    this.#busy.set(effectKey, done)
    try {
      return await done
    } finally {
      if (this.#busy.get(effectKey) === done) this.#busy.delete(effectKey)
    }
  }

  /** Never rejects. The same effect key again is the same transaction. */
  async run(transaction: Transaction<unknown>, item: Outgoing, signal: AbortSignal): Promise<Answer> {
    const { host, watch } = this.options
    const began = host.monotonic()
    try {
      const gid = await this.alone(item.effectKey, () => this.#run(transaction, item, signal))
      watch({
        type: 'transaction',
        transaction: transaction.name,
        outcome: 'committed',
        ms: host.monotonic() - began,
      })
      return gid === undefined ? { ok: true } : { ok: true, result: { transaction: gid } }
    } catch (error) {
      watch({
        type: 'transaction',
        transaction: transaction.name,
        outcome: 'failed',
        ms: host.monotonic() - began,
      })
      return { ok: false, error }
    }
  }

  /** Brings what was begun to its end: decided by what the databases tell, where it was not. Gives the outcome. */
  async finish(effectKey: string, state: TransactionState): Promise<TransactionState> {
    if (state.outcome !== undefined) return state
    const decided =
      state.decision === undefined ? await decideByEvidence(this.options, effectKey, state) : state
    return this.#end(effectKey, decided)
  }

  /** The id of the transaction, where one was needed. */
  async #run(
    transaction: Transaction<unknown>,
    item: Outgoing,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { log } = this.options
    const known = await log.read(item.effectKey)
    const before = known && (await this.finish(item.effectKey, known))
    if (before?.outcome === 'committed') return before.gid
    if (before?.outcome === 'mixed') throw mixed(before)
    const work = workOf(transaction, item.data)
    if (work.size === 0) return undefined
    if (work.size === 1) return this.#runAlone(work, item, signal)
    return this.#runAll(transaction, work, item, before, signal)
  }

  /** One database needs no two phases. */
  async #runAlone(work: Work, item: Outgoing, signal: AbortSignal): Promise<undefined> {
    const { gids } = this.options
    for (const [system, parts] of work) {
      const id = gids.branch(gids.next(item.effectKey), 0)
      await this.#prepare(system, { id, effectKey: item.effectKey, work: parts, alone: true }, signal)
    }
  }

  async #runAll(
    transaction: Transaction<unknown>,
    work: Work,
    { effectKey }: Outgoing,
    before: TransactionState | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const { log, gids } = this.options
    const gid = gids.next(effectKey)
    const branches = [...work.keys()].map((system, n) => ({ system, id: gids.branch(gid, n) }))
    const begun = await log.add(effectKey, before, {
      type: 'begun',
      transaction: transaction.name,
      gid,
      branches,
    })
    const voting = new Voting()
    try {
      await this.#vote(begun, work, effectKey, voting, this.#limit(transaction, signal))
    } catch (error) {
      throw await this.#giveUp(effectKey, begun, voting, error)
    }
    if (voting.idle) return this.#wasDone(effectKey, begun, voting)
    if (voting.known) throw await this.#giveUp(effectKey, begun, voting, halfDone(begun))
    const decided = await log.add(effectKey, begun, ...voting.facts(whole), commit)
    const ended = await this.#end(effectKey, decided)
    if (ended.outcome === 'mixed') throw mixed(ended)
    return gid
  }

  async #vote(
    { branches }: TransactionState,
    work: Work,
    effectKey: string,
    voting: Voting,
    limit: Limit,
  ): Promise<void> {
    try {
      for (const { system, id } of branches) {
        const branch = { id, effectKey, work: work.get(system) ?? [], alone: false }
        voting.add(id, await this.#prepare(system, branch, limit.signal))
      }
    } finally {
      limit.end()
    }
  }

  /**
   * Rolls back what was not decided, unless somebody else has written to its log meanwhile: then that stands, and this throws.
   * Gives what is to be told: where a part was committed before, a refusal for good leaves it half done.
   */
  async #giveUp(
    effectKey: string,
    begun: TransactionState,
    voting: Voting,
    error: unknown,
  ): Promise<unknown> {
    const isHalfDone = voting.known && error instanceof IsthmusError && error.fate === 'park'
    const facts = voting.facts({ halfDone: isHalfDone })
    const reason = reasonOf(error)
    const decision = { type: 'decided', decision: 'roll back', reason } as const
    const decided = await this.options.log.add(effectKey, begun, ...facts, decision)
    // What cannot be rolled back now is, once its database answers again.
    const ended = await this.#end(effectKey, decided).catch(() => decided)
    if (ended.outcome === 'mixed') return mixed(ended)
    return isHalfDone ? halfDone(begun, error) : error
  }

  /** Nothing had to be done: it was committed under this effect key before, or nothing was to be changed. */
  async #wasDone(effectKey: string, state: TransactionState, voting: Voting): Promise<string> {
    const reason = voting.known ? 'it was committed before' : 'it changes nothing'
    await this.options.log.add(
      effectKey,
      state,
      ...voting.facts(whole),
      { type: 'decided', decision: 'roll back', reason },
      { type: 'closed', outcome: 'committed' },
    )
    return state.gid
  }

  async #end(effectKey: string, state: TransactionState): Promise<TransactionState> {
    const ending = await endBranches(this.options.participant, state)
    const closed = await this.#close(effectKey, state, ending)
    if (ending.failure) throw ending.failure
    return closed
  }

  async #close(effectKey: string, state: TransactionState, ending: Ending): Promise<TransactionState> {
    const { log, watch } = this.options
    const expected = state.decision === 'commit' ? 'committed' : 'rolled back'
    const isOdd = ending.found.some(({ found }) => found !== expected)
    const isLogged = (id: string) => state.branches.some(branch => branch.id === id && branch.found)
    const facts = ending.found
      .filter(({ id }) => !isLogged(id))
      .map(({ id, found }) => ({ type: 'ended', branch: id, found }) as const)
    if (ending.failure) {
      return facts.length > 0 ? await log.add(effectKey, state, ...facts) : state
    }
    if (!isOdd) return await log.add(effectKey, state, { type: 'closed', outcome: expected })
    const closed = await log.add(effectKey, state, ...facts, { type: 'closed', outcome: 'mixed' })
    watch({
      type: 'in doubt',
      transaction: state.transaction,
      gid: state.gid,
      reason: mixed(closed).message,
      mixed: true,
      ms: 0,
    })
    return closed
  }

  async #prepare(
    system: string,
    branch: Parameters<Participant['prepare']>[0],
    signal: AbortSignal,
  ): Promise<Vote> {
    const done = await this.options.turn(system, signal)
    try {
      const vote = await this.options.participant(system).prepare(branch, signal)
      done()
      return vote
    } catch (error) {
      done(error)
      throw error
    }
  }

  #limit({ within }: Transaction<unknown>, outer: AbortSignal): Limit {
    const abort = new AbortController()
    const text = `It was not decided within ${within} ms, and was rolled back.`
    const cancel = this.options.host.after(within, () =>
      abort.abort(new IsthmusError('TARGET-UNAVAILABLE', text)),
    )
    return { signal: AbortSignal.any([abort.signal, outer]), end: cancel }
  }
}

/** How long votes are waited for. */
interface Limit {
  readonly signal: AbortSignal
  end(): void
}

const commit = { type: 'decided', decision: 'commit' } as const
const whole = { halfDone: false }

/** What each database has to do, in the order of their names: who locks in one order cannot wait in a circle. */
type Work = ReadonlyMap<string, readonly BranchWork[]>

function workOf(transaction: Transaction<unknown>, data: unknown): Work {
  const work = new Map<string, BranchWork[]>()
  for (const { channel, convert } of transaction.writes) {
    const written = convert(data)
    if (written === undefined) continue
    const parts = work.get(channel.system) ?? []
    parts.push({ channel, data: fitting(channel.model, written) })
    work.set(channel.system, parts)
  }
  return new Map([...work].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Somebody else has ended a branch in another way than the rest (heuristic outcome). */
export function mixed({ gid, branches }: TransactionState): IsthmusError {
  const list = branches.flatMap(({ system, found }) => (found === undefined ? [] : [`${found} in ${system}`]))
  const text = `Transaction ${gid} came out mixed, since somebody else ended a branch: ${list.join(', ')}. Nothing was repaired.`
  return new IsthmusError('TARGET-CONTRACT', text)
}

function halfDone({ gid }: TransactionState, cause?: unknown): IsthmusError {
  const text = `Of transaction ${gid} a part was committed before, under another id, and a part was not: see isthmus indoubt list.`
  return new IsthmusError('TARGET-CONTRACT', text, { cause })
}
