import { IsthmusError } from '../../errors.ts'
import type { Branch, PreparedBranch, Vote } from '../../system/roles.ts'
import { branchesTable, type Database, type Dialect, type Run, type Statement } from './database.ts'
import { type Call, callRoutine } from './routine-call.ts'

/** Statements in their order, or the call of a routine. */
export type Work = readonly Statement[] | Call

/** Makes the work of a channel. Throws TARGET-REFUSED for data of which none can be made. */
export type Works = (dialect: Dialect) => (data: unknown, effectKey: string) => Work

export interface WorkedBranch extends Pick<Branch, 'id' | 'effectKey' | 'alone'> {
  readonly works: readonly Work[]
}

/**
 * What two-phase commit needs of a product. A branch inserts its marker as the last thing before its promise, so that
 * whoever inserts a marker of the same id before has made the promise impossible, however late it comes.
 */
export interface Branches {
  /** Rejects with an IsthmusError, as `Participant.prepare` does; one of a known effect key is not told apart. */
  prepare(branch: WorkedBranch, signal: AbortSignal): Promise<Vote>
  /** False where no promise of this id can be ended now: there is none, or a connection is still at work on it. */
  finish(id: string, how: 'commit' | 'roll back'): Promise<boolean>
  /** Ends the connection that is at work on a branch, and no other; false where there is none. */
  cut(id: string): Promise<boolean>
  prepared(prefix: string): Promise<readonly PreparedBranch[]>
  unfit(): Promise<readonly string[]>
}

/** A database that can take part in two-phase commit. */
export interface VotingDatabase extends Database {
  readonly branches: Branches
}

/** The row that tells how a branch ended. */
export function insertMarker(dialect: Dialect, id: string, outcome: 'committed' | 'rolled back'): Statement {
  const places = `${dialect.placeholder(1)}, ${dialect.placeholder(2)}`
  return { text: `insert into ${branchesTable} (branch, outcome) values (${places})`, values: [id, outcome] }
}

/** One row with `outcome`, if there is a marker. */
export function findMarker(dialect: Dialect, id: string): Statement {
  return {
    text: `select outcome from ${branchesTable} where branch = ${dialect.placeholder(1)}`,
    values: [id],
  }
}

export async function perform(run: Run, dialect: Dialect, work: Work): Promise<void> {
  if ('procedure' in work) await callRoutine(run, dialect, work)
  else for (const statement of work) await run(statement)
}

/** Of a branch whose promise was not sent: the loss of the connection has taken its work away. */
export function beforePromise(error: IsthmusError, sent: boolean): IsthmusError {
  if (sent || error.code !== 'TARGET-UNANSWERED') return error
  return new IsthmusError('TARGET-UNAVAILABLE', error.message, { cause: error, detail: error.detail })
}
