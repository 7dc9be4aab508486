import type { PreparedBranch } from '../../system/roles.ts'
import { patiently } from '../host.ts'
import type { TransactionsOptions } from './coordinator-options.ts'
import type { DecisionLog } from './decision-log.ts'
import type { Gids } from './gid.ts'
import { readEvents } from './open-transactions.ts'
import { type Decision, foldTransaction } from './transaction-log.ts'

/** A branch of ours that stands at a database, and that the log of this store does not explain. */
export interface Orphan extends PreparedBranch {
  readonly system: string
  readonly gid: string
}

type Context = TransactionsOptions & { readonly log: DecisionLog; readonly gids: Gids }

/** Most databases of one transaction that an orphan's marker is looked for by. */
const mostBranches = 8

/**
 * Looks at every database. What the log explains is dealt with by the log. A branch of a transaction that has ended by now
 * came late: it is rolled back. One that no log knows is committed if another database shows that its transaction was;
 * else it waits for a person, since the log that knew may have been lost.
 */
export async function findOrphans(context: Context): Promise<readonly Orphan[]> {
  const orphans: Orphan[] = []
  for (const system of context.systems) {
    for (const branch of await context.participant(system).prepared(context.gids.prefix)) {
      const { gid } = context.gids.read(branch.id)
      const known = await explained(context, branch.id)
      if (known === 'open') continue
      if (known === 'rolled back') await context.participant(system).end(branch.id, 'roll back')
      else if (await wasCommitted(context, gid, system))
        await resolveOrphan(context, { ...branch, system, gid }, byMarker)
      else orphans.push({ ...branch, system, gid })
    }
  }
  return orphans
}

const byMarker = {
  decision: 'commit',
  by: 'isthmus',
  why: 'another database shows that it was committed',
} as const

/**
 * Ends an orphan as it was decided, and writes that down. Its log begins with the decision: one that was not decided would
 * be rolled back as any other is.
 */
export async function resolveOrphan(
  { participant, log }: Context,
  { system, gid, id }: Orphan,
  { decision, by, why }: { readonly decision: Decision; readonly by: string; readonly why: string },
): Promise<void> {
  const key = `orphan ${id}`
  const begun = { type: 'begun', transaction: 'unknown', gid, branches: [{ system, id }] } as const
  const known = await log.read(key)
  const decided = known?.decision
    ? known
    : await log.add(key, known, begun, { type: 'decided', decision, reason: why, by })
  const found = await participant(system).end(id, decided.decision ?? decision)
  await log.add(key, decided, { type: 'ended', branch: id, found }, { type: 'closed', outcome: found })
}

/** Whether the log knows a branch: that it is being dealt with, or that it was rolled back; nothing if not at all. */
async function explained(
  { store, host, gids }: Context,
  id: string,
): Promise<'open' | 'rolled back' | undefined> {
  const { gid, effect } = gids.read(id)
  const after = { kind: 'transaction', key: effect }
  const heads = await patiently(host, () =>
    store.read.streams.heads({ kind: 'transaction', after, limit: 10 }),
  )
  for (const head of heads) {
    if (!head.key.startsWith(effect)) continue
    const events = await patiently(host, () => readEvents(store.read.streams, head.key))
    const begun = events.filter(
      ({ type, data }) => type === 'begun' && (data as { gid?: string }).gid === gid,
    )
    if (begun.length === 0) continue
    const state = foldTransaction(events)
    if (state?.gid !== gid) return 'rolled back'
    // One that has come late is rolled back; never one that was, or may have been, committed.
    const wasRolledBack = state.branches.find(branch => branch.id === id)?.found === 'rolled back'
    const isOver = state.outcome !== undefined && (state.decision !== 'commit' || wasRolledBack)
    return isOver ? 'rolled back' : 'open'
  }
  return undefined
}

async function wasCommitted(
  { systems, participant, gids }: Context,
  gid: string,
  own: string,
): Promise<boolean> {
  for (const system of systems) {
    if (system === own) continue
    const standing = new Set((await participant(system).prepared(`${gid}:`)).map(({ id }) => id))
    for (let number = 0; number < mostBranches; number++) {
      const id = gids.branch(gid, number)
      // A branch whose promise does not stand is only looked up by this.
      if (!standing.has(id) && (await participant(system).end(id, 'roll back')) === 'committed') return true
    }
  }
  return false
}
