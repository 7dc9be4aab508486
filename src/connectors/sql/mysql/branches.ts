import { IsthmusError } from '../../../errors.ts'
import type { PreparedBranch, Vote } from '../../../system/roles.ts'
import {
  type Branches,
  beforePromise,
  insertMarker,
  perform as performOne,
  type Work,
  type WorkedBranch,
} from '../branches.ts'
import type { Row, Run, Statement } from '../database.ts'
import type { Opening } from '../opening.ts'
import { mysqlDialect as dialect } from './dialect.ts'
import { failureOf, lostCommit } from './failure.ts'
import type { Session, Sessions } from './session.ts'
import { unfitFor } from './unfit.ts'

const never = new AbortController().signal
/**
 * XAER_NOTA: no transaction of the id, or one that is bound to a connection; and what the server has rolled back by
 * itself. Source: MySQL documentation, "Server Error Message Reference".
 */
const notPrepared = new Set<unknown>([1397, 1402, 1613, 1614])
/** How many rows this connection has changed, in whatever way. */
const changes = `show session status where variable_name in ('Handler_write', 'Handler_update', 'Handler_delete')`

/**
 * XA. While a connection is at work on a branch it holds a lock (GET_LOCK) of the branch's id, by which every other
 * one is told its number: MariaDB lets nobody else end a promise while the connection that gave it is open. Half of
 * the connections stay open with their promise, which is faster to be ended that way; others are closed.
 */
export class MysqlBranches implements Branches {
  readonly #database: Sessions
  readonly #opening: Opening
  readonly #kept = new Map<string, Session>()

  constructor(database: Sessions, opening: Opening) {
    this.#database = database
    this.#opening = opening
  }

  async prepare(branch: WorkedBranch, signal: AbortSignal): Promise<Vote> {
    const doing = `Writing to ${this.#opening.system}`
    let session: Session | undefined
    let current: Statement | undefined
    const progress = { sent: false }
    try {
      const own = await this.#database.session(signal)
      session = own
      const run: Run = async statement => {
        current = statement
        return own.run(await this.#database.checked(statement, own, signal), signal)
      }
      const vote = await work(branch, own, run, progress, signal)
      if (vote !== 'prepared') await this.#free(own, branch.id)
      else this.#keep(own, branch.id)
      return { vote }
    } catch (thrown) {
      const failure = failureOf(thrown, doing, current)
      if (session) await this.#abandon(session, branch.id, failure.lost)
      if (failure.error.code === 'TARGET-CONTRACT') this.#database.forget()
      throw beforePromise(progress.sent ? lostCommit(failure) : failure.error, progress.sent)
    }
  }

  async finish(id: string, how: 'commit' | 'roll back'): Promise<boolean> {
    const text = `xa ${how === 'commit' ? 'commit' : 'rollback'} ${xidOf(id)}`
    const kept = this.#kept.get(id)
    this.#kept.delete(id)
    if (kept && (await this.#finishOn(kept, id, text))) return true
    return this.#with(async session => {
      try {
        await session.plain(text, never)
        return true
      } catch (thrown) {
        if (notPrepared.has(failureOf(thrown, '').error.detail.mysql)) return false
        throw thrown
      }
    })
  }

  async cut(id: string): Promise<boolean> {
    return this.#with(async session => {
      const asked = { text: 'select is_used_lock(?) as thread', values: [id] }
      const [row] = await session.rows(asked, never)
      if (row?.thread === null || row?.thread === undefined) return false
      await session.plain(`kill ${Number(row.thread)}`, never).catch(thrown => {
        if (failureOf(thrown, '').error.detail.mysql !== noSuchThread) throw thrown
      })
      return true
    })
  }

  async prepared(prefix: string): Promise<readonly PreparedBranch[]> {
    return this.#with(async session => {
      const ids = (await session.table('xa recover', never)).flatMap(idOf)
      return ids.filter(id => id.startsWith(prefix)).map(id => ({ id }))
    })
  }

  unfit(): Promise<readonly string[]> {
    return this.#with(session => unfitFor(session))
  }

  /** Where the connection that gave the promise has been lost meanwhile, others can end it. */
  async #finishOn(session: Session, id: string, text: string): Promise<boolean> {
    try {
      await session.plain(text, never)
    } catch {
      session.destroy()
      return false
    }
    // It is done, whether the lock is released now or with the connection.
    void this.#free(session, id)
    return true
  }

  #keep(session: Session, id: string): void {
    // Somebody else has ended these, together with their connection.
    for (const [other, { isLost }] of this.#kept) if (isLost) this.#kept.delete(other)
    if (this.#kept.size < Math.floor(this.#opening.connections / 2)) this.#kept.set(id, session)
    else session.destroy()
  }

  /** The server rolls back what a connection leaves behind without a promise. */
  async #abandon(session: Session, id: string, lost: boolean): Promise<void> {
    if (lost) return session.destroy()
    const signal = AbortSignal.timeout(this.#opening.connectTimeout)
    try {
      // It has ended already where the promise was refused.
      await session.plain(`xa end ${xidOf(id)}`, signal).catch(() => {})
      await session.plain(`xa rollback ${xidOf(id)}`, signal)
      await this.#free(session, id)
    } catch {
      session.destroy()
    }
  }

  async #free(session: Session, id: string): Promise<void> {
    try {
      await session.run({ text: 'do release_lock(?)', values: [id] }, never)
      session.release()
    } catch {
      session.destroy()
    }
  }

  async #with<T>(use: (session: Session) => Promise<T>): Promise<T> {
    let session: Session | undefined
    try {
      session = await this.#database.session(never)
      const value = await use(session)
      session.release()
      return value
    } catch (thrown) {
      session?.destroy()
      throw failureOf(thrown, `Ending branches in ${this.#opening.system}`).error
    }
  }
}

const noSuchThread = 1094

async function work(
  { id, effectKey, works, alone }: WorkedBranch,
  session: Session,
  run: Run,
  progress: { sent: boolean },
  signal: AbortSignal,
): Promise<'read only' | 'committed' | 'prepared'> {
  const xid = xidOf(id)
  const locking = { text: 'select get_lock(?, 0) as got', values: [id] }
  const [lock] = await session.rows(locking, signal)
  if (Number(lock?.got) !== 1)
    throw new IsthmusError('TARGET-UNAVAILABLE', `Another connection works on branch ${id}.`)
  const counts = works.some(each => 'procedure' in each)
  let isChanged = await perform(counts, works, xid, session, run, signal)
  if (!isChanged && !counts) {
    // A trigger may have changed something nevertheless: it is done once more, and counted.
    for (const text of ['end', 'rollback']) await session.plain(`xa ${text} ${xid}`, signal)
    isChanged = await perform(true, works, xid, session, run, signal)
  }
  if (isChanged) {
    await run(dialect.insertKeys([effectKey]))
    await run(insertMarker(dialect, id, 'committed'))
  }
  await session.plain(`xa end ${xid}`, signal)
  progress.sent = isChanged
  const isOnePhase = alone || !isChanged
  await session.plain(isOnePhase ? `xa commit ${xid} one phase` : `xa prepare ${xid}`, signal)
  return !isChanged ? 'read only' : alone ? 'committed' : 'prepared'
}

/** Begins the branch and does its work; whether that has changed anything is asked of the server, or of its answers. */
async function perform(
  counts: boolean,
  works: readonly Work[],
  xid: string,
  session: Session,
  run: Run,
  signal: AbortSignal,
): Promise<boolean> {
  const count = async () => (counts ? JSON.stringify(await session.table(changes, signal)) : '')
  const before = await count()
  await session.plain(`xa start ${xid}`, signal)
  let touched = 0
  const noted: Run = async statement => {
    const sets = await run(statement)
    touched += session.touched
    await session.checkNotes(signal)
    return sets
  }
  for (const each of works) await performOne('procedure' in each ? run : noted, dialect, each)
  return counts ? (await count()) !== before : touched > 0
}

/** Before the last colon is the transaction's part, after it the branch's. */
function xidOf(id: string): string {
  const at = id.lastIndexOf(':')
  return `'${id.slice(0, at)}','${id.slice(at + 1)}'`
}

/** None for what another application has prepared. */
function idOf({ formatID, gtrid_length, data }: Row): string[] {
  if (Number(formatID) !== 1) return []
  const text = data instanceof Uint8Array ? Buffer.from(data).toString('latin1') : String(data)
  const at = Number(gtrid_length)
  return [`${text.slice(0, at)}:${text.slice(at)}`]
}
