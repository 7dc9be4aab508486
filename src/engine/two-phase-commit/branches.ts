import type { CoordinatorOptions } from './coordinator-options.ts'
import type { Found, LoggedBranch, TransactionState } from './transaction-log.ts'

/** What branches came to; `failure` is why some of them could not be ended yet. */
export interface Ending {
  readonly found: readonly { readonly id: string; readonly found: Found }[]
  readonly failure: unknown
}

/** Has every branch ended as it was decided, those of different databases side by side. Never rejects. */
export async function endBranches(
  participant: CoordinatorOptions['participant'],
  { decision, branches }: TransactionState,
): Promise<Ending> {
  const results = await Promise.allSettled(
    branches
      .filter(({ readOnly }) => !readOnly)
      .map(async branch => ({
        id: branch.id,
        found: await endBranch(participant, branch, decision ?? 'roll back'),
      })),
  )
  const found = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = results.find(result => result.status === 'rejected')
  return { found, failure: failed?.status === 'rejected' ? failed.reason : undefined }
}

/** Not governed: what is promised must be kept, and locks are held meanwhile. */
async function endBranch(
  participant: CoordinatorOptions['participant'],
  { system, id, found }: LoggedBranch,
  decision: 'commit' | 'roll back',
): Promise<Found> {
  return found ?? (await participant(system).end(id, decision))
}
