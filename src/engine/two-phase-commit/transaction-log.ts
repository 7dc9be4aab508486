import type { Json } from '../../message/json-value.ts'
import type { NewEvent, StreamEvent, StreamName } from '../../store/streams.ts'

/** One entry of the decision log. */
export type TransactionFact =
  /** Durable before anything is prepared: a branch of ours that no log knows was not begun over this store. */
  | {
      readonly type: 'begun'
      readonly transaction: string
      readonly gid: string
      readonly branches: readonly { readonly system: string; readonly id: string }[]
    }
  /** From here on only what the databases tell decides it: whoever gathers votes, and may not know that, cannot. */
  | { readonly type: 'asked' }
  /** A branch has nothing to be ended. Written with the decision, as are facts of what was ended before. */
  | { readonly type: 'voted'; readonly branch: string; readonly readOnly: true }
  /** From here on it is so, whatever happens. */
  | {
      readonly type: 'decided'
      readonly decision: Decision
      readonly reason?: string | undefined
      readonly by?: string | undefined
    }
  | { readonly type: 'ended'; readonly branch: string; readonly found: Found }
  | { readonly type: 'closed'; readonly outcome: 'committed' | 'rolled back' | 'mixed' }
  /** Somebody has dealt with an outcome that was mixed. */
  | { readonly type: 'acknowledged'; readonly by: string; readonly why: string }

export type Decision = 'commit' | 'roll back'
/** What a branch came to. */
export type Found = 'committed' | 'rolled back'

export interface TransactionState {
  readonly version: number
  readonly transaction: string
  readonly gid: string
  /** Milliseconds since 1970 UTC. */
  readonly began: number
  readonly branches: readonly LoggedBranch[]
  readonly asked?: true | undefined
  readonly decision?: Decision | undefined
  readonly reason?: string | undefined
  readonly outcome?: 'committed' | 'rolled back' | 'mixed' | undefined
  readonly acknowledged?: { readonly by: string; readonly why: string } | undefined
}

export interface LoggedBranch {
  readonly system: string
  readonly id: string
  /** It has nothing to be ended. */
  readonly readOnly?: true | undefined
  readonly found?: Found | undefined
}

export function transactionStream(effectKey: string): StreamName {
  return { kind: 'transaction', key: effectKey }
}

export function writtenFact({ type, ...data }: TransactionFact, at: number): NewEvent {
  return { type, data: data as unknown as Json, at }
}

export function foldTransaction(events: readonly StreamEvent[]): TransactionState | undefined {
  let state: TransactionState | undefined
  for (const { type, data, at, version } of events)
    state = evolve(state, { type, ...(data as object) } as TransactionFact, at, version)
  return state
}

/** A fact `begun` begins anew: what was before was rolled back. */
export function evolve(
  state: TransactionState | undefined,
  fact: TransactionFact,
  at: number,
  version: number,
): TransactionState {
  if (fact.type === 'begun') {
    const { transaction, gid, branches } = fact
    return { version, transaction, gid, branches, began: at }
  }
  if (!state) throw new Error(`a transaction log begins with "${fact.type}"`)
  const next = { ...state, version }
  switch (fact.type) {
    case 'asked':
      return { ...next, asked: true }
    case 'voted':
      return { ...next, branches: withBranch(state, fact.branch, { readOnly: fact.readOnly }) }
    case 'decided':
      return { ...next, decision: fact.decision, reason: fact.reason }
    case 'ended':
      return { ...next, branches: withBranch(state, fact.branch, { found: fact.found }) }
    case 'closed':
      return { ...next, outcome: fact.outcome }
    case 'acknowledged':
      return { ...next, acknowledged: { by: fact.by, why: fact.why } }
  }
}

/** In one word, by which a transaction is found. */
export function wordOf({ decision, outcome, acknowledged }: TransactionState): string {
  if (outcome === 'mixed' && acknowledged) return 'acknowledged'
  return outcome ?? (decision === undefined ? 'begun' : decision === 'commit' ? 'committing' : 'rolling back')
}

/** Nothing more is to be done about it. */
export function isClosed({ outcome, acknowledged }: TransactionState): boolean {
  return outcome !== undefined && (outcome !== 'mixed' || acknowledged !== undefined)
}

function withBranch(
  { branches }: TransactionState,
  id: string,
  more: Partial<LoggedBranch>,
): readonly LoggedBranch[] {
  return branches.map(branch => (branch.id === id ? { ...branch, ...more } : branch))
}
