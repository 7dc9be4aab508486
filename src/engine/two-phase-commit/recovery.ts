import type { CoordinatorOptions } from './coordinator-options.ts'
import type { LoggedBranch, TransactionState } from './transaction-log.ts'

/**
 * Decides a transaction that its log does not decide: rolled back (presumed abort), unless a database shows that a
 * branch was committed. Then the log has lost a decision, as one that was restored from a backup has, and everything is
 * committed. Rejects while a database cannot be asked.
 */
export async function decideByEvidence(
  options: CoordinatorOptions,
  effectKey: string,
  state: TransactionState,
): Promise<TransactionState> {
  // A process that does not own the store any more is turned away here, before it touches a database.
  const asked = state.asked ? state : await options.log.add(effectKey, state, { type: 'asked' })
  const standing = await standingBranches(options, state)
  const others = state.branches.filter(({ id, readOnly }) => !readOnly && !standing.has(id))
  // A branch whose promise does not stand is only looked up by this.
  const found = await Promise.all(
    others.map(({ system, id }) => options.participant(system).end(id, 'roll back')),
  )
  const decision = found.includes('committed') ? 'commit' : 'roll back'
  const reason =
    decision === 'commit' ? 'a branch was committed, though the log does not say so' : 'it was not decided'
  return options.log.add(effectKey, asked, { type: 'decided', decision, reason })
}

async function standingBranches(
  { participant }: CoordinatorOptions,
  { gid, branches }: TransactionState,
): Promise<ReadonlySet<string>> {
  const systems = [...new Set(branches.map(({ system }: LoggedBranch) => system))]
  const listed = await Promise.all(systems.map(system => participant(system).prepared(`${gid}:`)))
  return new Set(listed.flat().map(({ id }) => id))
}
