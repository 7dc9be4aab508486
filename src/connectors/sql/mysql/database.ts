import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Pool } from 'mysql2/promise'
import { abortable } from '../abortable.ts'
import type { VotingDatabase } from '../branches.ts'
import type { Queried, Run, Statement, Transacted, Written } from '../database.ts'
import type { Opening } from '../opening.ts'
import { MysqlBranches } from './branches.ts'
import { mysqlDialect } from './dialect.ts'
import { loadMysql, poolOptions } from './driver.ts'
import { checkTable, factsOf, type TableFacts } from './facts.ts'
import { beforeAnything, failureOf, lostCommit } from './failure.ts'
import { Session, type Sessions } from './session.ts'
import { fitted } from './values.ts'

/** How a transaction begins, ends well and ends badly. */
interface Bounds {
  readonly begin: readonly string[]
  readonly commit: readonly string[]
  readonly rollback: readonly string[]
}

const ordinary: Bounds = { begin: ['start transaction'], commit: ['commit'], rollback: ['rollback'] }
const alone: Bounds = { begin: [], commit: [], rollback: [] }

/** MySQL refuses whatever would end such a transaction from within, so that a routine cannot. */
function sealed(): Bounds {
  const id = `'isthmus-${randomUUID()}'`
  return {
    begin: [`xa start ${id}`],
    commit: [`xa end ${id}`, `xa commit ${id} one phase`],
    rollback: [`xa end ${id}`, `xa rollback ${id}`],
  }
}

/** MySQL and MariaDB: a pool of connections, with prepared statements. */
export class MysqlDatabase implements VotingDatabase, Sessions {
  readonly dialect = mysqlDialect
  readonly branches: MysqlBranches
  readonly #pool: Pool
  readonly #opening: Opening
  readonly #sessions = new WeakMap<object, Session>()
  readonly #facts = new Map<string, TableFacts>()

  /** Connects at first use. Throws CONFIG-DRIVER and CONFIG-INVALID. */
  static async open(url: string, opening: Opening): Promise<MysqlDatabase> {
    const options = poolOptions(url, opening)
    const { createPool } = await loadMysql()
    return new MysqlDatabase(createPool({ ...options, resetOnRelease: false } as typeof options), opening)
  }

  private constructor(pool: Pool, opening: Opening) {
    this.#pool = pool
    this.#opening = opening
    this.branches = new MysqlBranches(this, opening)
    // A lost connection shows in its calls; one that was idle is just replaced.
    pool.on('connection', connection => connection.on('error', () => {}))
    // The process stays for what it waits for, and for nothing else.
    pool.on('acquire', connection => socketOf(connection).ref())
    pool.on('release', connection => socketOf(connection).unref())
  }

  async write(
    keys: readonly string[],
    statements: readonly Statement[],
    signal: AbortSignal,
  ): Promise<Written> {
    const all = keys.length > 0 ? [this.dialect.insertKeys(keys), ...statements] : statements
    const done = await this.#transact(ordinary, signal, async (run, session) => {
      for (const statement of all) {
        await run(statement)
        await session.checkNotes(signal)
      }
    })
    return done.outcome === 'done' ? { outcome: 'done' } : done
  }

  transact<T>(work: (run: Run) => Promise<T>, signal: AbortSignal, isAlone: boolean): Promise<Transacted<T>> {
    return this.#transact(isAlone ? alone : sealed(), signal, work)
  }

  async query(statements: readonly Statement[], signal: AbortSignal): Promise<Queried[]> {
    const doing = `Asking ${this.#opening.system}`
    let session: Session
    try {
      session = await this.session(signal)
    } catch (thrown) {
      const error = beforeAnything(thrown, doing)
      return statements.map(() => ({ ok: false, error }))
    }
    const answers: Queried[] = []
    let lost = false
    for (const statement of statements) {
      try {
        answers.push({ ok: true, rows: await session.rows(statement, signal) })
      } catch (thrown) {
        const failure = failureOf(thrown, doing, statement)
        lost ||= failure.lost
        answers.push({ ok: false, error: failure.error })
      }
    }
    if (lost) session.destroy()
    else session.release()
    return answers
  }

  async close(): Promise<void> {
    // A connection that cannot be ended orderly is ended anyway.
    await this.#pool.end().catch(() => {})
  }

  forget(): void {
    this.#facts.clear()
  }

  async #transact<T>(
    bounds: Bounds,
    signal: AbortSignal,
    work: (run: Run, session: Session) => Promise<T>,
  ): Promise<Transacted<T>> {
    const doing = `Writing to ${this.#opening.system}`
    let session: Session
    try {
      session = await this.session(signal)
    } catch (error) {
      return { outcome: 'failed', error: beforeAnything(error, doing) }
    }
    let current: Statement | undefined
    let committing = false
    try {
      for (const text of bounds.begin) await session.plain(text, signal)
      const value = await work(async statement => {
        current = statement
        return session.run(await this.checked(statement, session, signal), signal)
      }, session)
      for (const text of bounds.commit) {
        committing = text === bounds.commit.at(-1)
        await session.plain(text, signal)
      }
      session.release()
      return { outcome: 'done', value }
    } catch (thrown) {
      const failure = failureOf(thrown, doing, current)
      await this.#end(session, failure.lost, bounds)
      if (failure.error.code === 'TARGET-CONTRACT') this.forget()
      if (committing) return { outcome: 'failed', error: lostCommit(failure) }
      return { outcome: failure.rows ? 'refused' : 'failed', error: failure.error }
    }
  }

  /** The server rolls back what a connection leaves behind. */
  async #end(session: Session, lost: boolean, { rollback }: Bounds): Promise<void> {
    if (lost) return session.destroy()
    try {
      const signal = AbortSignal.timeout(this.#opening.connectTimeout)
      for (const text of rollback) await session.plain(text, signal)
      session.release()
    } catch {
      session.destroy()
    }
  }

  async checked(statement: Statement, session: Session, signal: AbortSignal): Promise<Statement> {
    const { table } = statement
    if (table === undefined) return statement
    let facts = this.#facts.get(table)
    if (!facts) {
      facts = await factsOf(table, (text, values) => session.rows({ text, values }, signal))
      this.#facts.set(table, facts)
    }
    checkTable(statement, facts)
    return { ...statement, values: fitted(statement, facts) }
  }

  async session(signal: AbortSignal): Promise<Session> {
    const { connectTimeout } = this.#opening
    const limited = AbortSignal.any([signal, AbortSignal.timeout(connectTimeout)])
    const connection = await abortable(this.#pool.getConnection(), limited, late => late.release())
    let session = this.#sessions.get(connection.connection)
    if (session) return session
    try {
      session = await Session.begin(connection, this.#opening, thread => void this.#kill(thread))
    } catch (error) {
      connection.destroy()
      throw error
    }
    this.#sessions.set(connection.connection, session)
    return session
  }

  /** As well as it can be done: a server that does not answer is not told. */
  async #kill(thread: number): Promise<void> {
    const connection = await this.#pool.getConnection().catch(() => undefined)
    await connection?.query(`kill ${Number(thread)}`).catch(() => {})
    connection?.release()
  }
}

/** The driver has no public way to it. */
function socketOf(connection: object): Socket {
  return (connection as { readonly stream: Socket }).stream
}
