import { IsthmusError } from '../errors.ts'
import type { Settled, Store, Unfinished, UnfinishedEntry } from '../store/store.ts'
import type { Edit } from './edit.ts'

/** What a person decides about a message that is parked or in doubt, and why. */
export type Decision =
  /** Run it again: effects with a recorded result are not repeated, one in doubt is, since the person says that it did not happen. */
  | { readonly do: 'retry'; readonly why?: string | undefined }
  /** Run it again with other data in the place of its own: see `prepareEdit`. */
  | { readonly do: 'edit'; readonly edit: Edit; readonly why?: string | undefined }
  /** The effects in doubt did happen: go on behind them. */
  | { readonly do: 'confirm'; readonly why?: string | undefined }
  /** End it undelivered. */
  | { readonly do: 'discard'; readonly why: string }

export type Decided = { readonly unfinished: Unfinished } | { readonly settled: Settled }

/** Codes of what was set aside before it could run, and would be so again. */
const unreadable = new Set(['SOURCE-DEFECT', 'MESSAGE-CONFLICT', 'MESSAGE-STALE'])

/** What a decision makes of a row. Throws CONTROL-REFUSED where it makes no sense. */
export function decide(row: UnfinishedEntry, decision: Decision, by: string, now: number): Decided {
  const { partition: _, ...kept } = row
  if (row.status !== 'parked' && row.status !== 'doubt') throw refused(row, notSetAside(row))
  if (decision.do === 'discard') {
    const note = `discarded by ${by}: ${decision.why}`
    const { seq, attempts, results, edited } = row
    return { settled: { seq, outcome: 'discarded', at: now, attempts, results, note, edited } }
  }
  if (decision.do === 'retry' && unreadable.has(row.error?.code ?? ''))
    throw refused(
      row,
      `it would be parked again for the same reason (${row.error?.code}). Edit or discard it`,
    )
  const decisions = [...(row.decisions ?? []), { do: decision.do, by, why: decision.why, at: now }]
  const afresh = { status: 'retrying', due: now, crashes: 0, sent: undefined, error: undefined } as const
  const again: Unfinished = { ...kept, ...afresh, decisions }
  if (decision.do === 'retry') return { unfinished: again }
  if (decision.do === 'edit') {
    const { data, results, renewed } = decision.edit
    const { why } = decision
    const before = row.edited && {
      data: row.edited.data,
      by: row.edited.by,
      at: row.edited.at,
      why: row.edited.why,
    }
    const earlier = before && [...(row.edited?.earlier ?? []), before]
    const edited = {
      data,
      renewed,
      by,
      at: now,
      ...(why !== undefined && { why }),
      ...(earlier && { earlier }),
    }
    return { unfinished: { ...again, results, edited } }
  }
  if (!row.sent) throw refused(row, 'none of its effects is in doubt')
  const confirmed = Object.fromEntries(row.sent.map(path => [path, null]))
  return { unfinished: { ...again, results: { ...row.results, ...confirmed } } }
}

/** Applies a decision on a store of which no engine works on the flow; the token shows that the partition is ours. */
export async function applyOffline(
  store: Store,
  flow: string,
  { partition, token }: { readonly partition: number; readonly token: number },
  decided: Decided,
): Promise<void> {
  const settled = 'settled' in decided ? [decided.settled] : []
  const unfinished = 'unfinished' in decided ? [decided.unfinished] : []
  await store.settle({ flow, partition, token, cursor: 0, settled, unfinished })
}

function notSetAside(row: UnfinishedEntry): string {
  if (row.status === 'held') return 'it waits for an earlier message of its key'
  return 'it is not parked and will be tried again by itself'
}

function refused(row: UnfinishedEntry, reason: string): IsthmusError {
  return new IsthmusError(
    'CONTROL-REFUSED',
    `Message ${row.seq} (${row.key}) cannot be decided about: ${reason}.`,
  )
}
