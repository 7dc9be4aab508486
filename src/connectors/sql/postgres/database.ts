import type { Duplex } from 'node:stream'
import type { Client, Pool, PoolClient, QueryResult } from 'pg'
import { IsthmusError } from '../../../errors.ts'
import type { Model } from '../../../model/model.ts'
import type { ConnectContext } from '../../../system/connector.ts'
import type { Source } from '../../../system/roles.ts'
import type { Warehouse } from '../../../system/warehouse.ts'
import { abortable } from '../abortable.ts'
import type { VotingDatabase } from '../branches.ts'
import type { CaptureOptions } from '../config.ts'
import {
  type Queried,
  type Run,
  type Statement,
  type Transacted,
  unchanged,
  type Written,
} from '../database.ts'
import type { Opening } from '../opening.ts'
import { PostgresBranches } from './branches.ts'
import { insertWithKeys, postgresDialect } from './dialect.ts'
import { loadPg, types } from './driver.ts'
import { beforeAnything, failureOf } from './failure.ts'
import { ReplicationSource } from './replication-source.ts'
import { type OpenSession, plainStyle, type SessionDatabase } from './session.ts'
import { PostgresWarehouse } from './warehouse.ts'

const begin: Statement = { text: 'begin', values: [] }
const commit: Statement = { text: 'commit', values: [] }
const rollback: Statement = { text: 'rollback', values: [] }
const plain: readonly Statement[] = [begin, commit, rollback]
/** SQLSTATE for what the server cannot do. */
const unsupported = '0A000'
/** Texts beyond this are not prepared: they are likely to be different each time. */
const mostPrepared = 500

/**
 * A pool of connections. Statements are sent without waiting for the answers of those before, so that a transaction
 * takes one round trip; after an error the server skips the others and turns the commit into a rollback.
 */
export class PostgresDatabase implements SessionDatabase, VotingDatabase {
  readonly dialect = postgresDialect
  readonly branches: PostgresBranches
  readonly #pool: Pool
  readonly #openSession: OpenSession
  readonly #sessions = new Set<Client>()
  readonly #system: string
  /** Milliseconds for one call, after which the server counts as silent. */
  readonly #patience: number
  readonly #prepared = new Map<string, string>()
  /** Keys are inserted by statements of their own: tables with rules refuse others. */
  #apart = false

  /** Connects at first use. Throws CONFIG-DRIVER and CONFIG-INVALID. */
  static async open(url: string, opening: Opening): Promise<PostgresDatabase> {
    const { Pool, Client } = await loadPg()
    const { connectTimeout, lockTimeout, statementTimeout } = opening
    const config = {
      connectionString: url,
      application_name: 'isthmus',
      pipeline: true,
      keepAlive: true,
      connectionTimeoutMillis: connectTimeout,
      lock_timeout: lockTimeout,
      statement_timeout: statementTimeout,
      types,
    }
    try {
      new Client(config)
    } catch {
      const text = `The url of system ${opening.system} is no address of a PostgreSQL database.`
      throw new IsthmusError('CONFIG-INVALID', text)
    }
    const pool = new Pool({ ...config, max: opening.connections })
    const { pipeline, statement_timeout, ...session } = config
    const openSession: OpenSession = more => new Client({ ...session, ...more })
    return new PostgresDatabase(pool, opening.system, statementTimeout + connectTimeout, openSession)
  }

  private constructor(pool: Pool, system: string, patience: number, openSession: OpenSession) {
    this.#pool = pool
    this.#openSession = openSession
    this.#system = system
    this.#patience = patience
    this.branches = new PostgresBranches(this, pool.options.max ?? 10)
    // A lost connection shows in its calls; one that was idle is just replaced.
    pool.on('error', () => {})
    pool.on('connect', client => client.on('error', () => {}))
  }

  async write(
    keys: readonly string[],
    statements: readonly Statement[],
    signal: AbortSignal,
  ): Promise<Written> {
    if (statements.some(statement => statement.compares)) return this.#compared(keys, statements, signal)
    const doing = `Writing to ${this.#system}`
    let client: PoolClient
    try {
      client = await this.#connect(signal)
    } catch (error) {
      return { outcome: 'failed', error: beforeAnything(error, doing) }
    }
    const own = this.#withKeys(keys, statements)
    const all = own.length === 1 ? own : [begin, ...own, commit]
    const results = await this.#send(client, all, signal)
    const failed = results.findIndex(result => result.status === 'rejected')
    const result = results[failed]
    if (result?.status !== 'rejected') {
      client.release()
      return { outcome: 'done' }
    }
    const { error, rows, lost } = failureOf(result.reason, doing, all[failed])
    client.release(lost)
    if (error.detail.sqlstate === unsupported && own[0] !== statements[0] && !this.#apart) {
      this.#apart = true
      return this.write(keys, statements, signal)
    }
    if (rows) return { outcome: 'refused', error }
    const committing = failed === all.length - 1
    return { outcome: 'failed', error: committing && lost ? lostCommit(error) : error }
  }

  async transact<T>(
    work: (run: Run) => Promise<T>,
    signal: AbortSignal,
    alone: boolean,
  ): Promise<Transacted<T>> {
    const doing = `Writing to ${this.#system}`
    let client: PoolClient
    try {
      client = await this.#connect(signal)
    } catch (error) {
      return { outcome: 'failed', error: beforeAnything(error, doing) }
    }
    let failed: { readonly statement: Statement; readonly reason: unknown } | undefined
    const run: Run = async statement => {
      const [result] = await this.#send(client, [statement], signal)
      if (result?.status === 'rejected') {
        // Of those that were sent together the first tells why.
        failed ??= { statement, reason: result.reason }
        throw failed.reason
      }
      if (statement.compares && result?.value.rowCount === 0) throw unchanged()
      return result?.value.fields.length ? [result.value.rows] : []
    }
    try {
      if (!alone) await run(begin)
      const value = await work(run)
      if (!alone) await run(commit)
      client.release()
      return { outcome: 'done', value }
    } catch (thrown) {
      const ours = thrown instanceof IsthmusError
      if (ours && thrown.code === 'TARGET-CHANGED') {
        const [rolledBack] = await this.#send(client, [rollback], signal)
        client.release(rolledBack?.status !== 'fulfilled')
        return { outcome: 'refused', error: thrown }
      }
      const { error, rows, lost } = failureOf(thrown, doing, failed?.statement)
      // A connection that is closed takes its transaction with it.
      client.release(true)
      if (rows) return { outcome: 'refused', error }
      if (ours || !lost || alone) return { outcome: 'failed', error }
      const before = beforeAnything(thrown, doing, failed?.statement)
      return { outcome: 'failed', error: failed?.statement === commit ? lostCommit(error) : before }
    }
  }

  /** Nothing may be committed before the answers of statements that compare have been seen. */
  async #compared(
    keys: readonly string[],
    statements: readonly Statement[],
    signal: AbortSignal,
  ): Promise<Written> {
    const all = keys.length > 0 ? [this.dialect.insertKeys(keys), ...statements] : statements
    const done = await this.transact(run => Promise.all(all.map(run)), signal, false)
    return done.outcome === 'done' ? { outcome: 'done' } : done
  }

  async query(statements: readonly Statement[], signal: AbortSignal): Promise<Queried[]> {
    const doing = `Asking ${this.#system}`
    let client: PoolClient
    try {
      client = await this.#connect(signal)
    } catch (thrown) {
      const error = beforeAnything(thrown, doing)
      return statements.map(() => ({ ok: false, error }))
    }
    const results = await this.#send(client, statements, signal)
    let lost = false
    const answers = results.map((result, index): Queried => {
      if (result.status === 'fulfilled') return { ok: true, rows: result.value.rows ?? [] }
      lost ||= failureOf(result.reason, doing).lost
      return { ok: false, error: beforeAnything(result.reason, doing, statements[index]) }
    })
    client.release(lost)
    return answers
  }

  capture(name: string, model: Model<unknown>, options: CaptureOptions, context: ConnectContext): Source {
    return new ReplicationSource(this, name, model, options, context)
  }

  warehouse(): Warehouse {
    return new PostgresWarehouse(this, this.#system)
  }

  async session(purpose: 'queries' | 'replication'): Promise<Client> {
    const client = this.#openSession(purpose === 'replication' ? { replication: 'database' } : {})
    // What happens to it shows in its calls.
    client.on('error', () => {})
    this.#sessions.add(client)
    client.on('end', () => this.#sessions.delete(client))
    try {
      await client.connect()
      await client.query(plainStyle)
      return client
    } catch (error) {
      await client.end().catch(() => {})
      throw beforeAnything(error, `Asking ${this.#system}`)
    }
  }

  /** Cuts the sessions, which belong to sources: by now they have ended, or are not to go on. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#sessions].map(session => session.end()))
    await this.#pool.end()
  }

  /** In one statement where that is possible: it saves half of the time of a small transaction. */
  #withKeys(keys: readonly string[], statements: readonly Statement[]): readonly Statement[] {
    const [first, ...others] = statements
    if (keys.length === 0) return statements
    if (this.#apart || !first?.columns) return [this.dialect.insertKeys(keys), ...statements]
    return [insertWithKeys(first, keys), ...others]
  }

  #connect(signal: AbortSignal): Promise<PoolClient> {
    return abortable(this.#pool.connect(), signal, client => client.release())
  }

  /** Gives up by cutting the connection: the server rolls back what it has not committed. */
  async #send(
    client: PoolClient,
    statements: readonly Statement[],
    signal: AbortSignal,
  ): Promise<PromiseSettledResult<QueryResult>[]> {
    const cut = () => streamOf(client).destroy()
    const timer = setTimeout(cut, this.#patience)
    signal.addEventListener('abort', cut)
    if (signal.aborted) cut()
    try {
      const stream = streamOf(client)
      stream.cork()
      const sent = statements.map(statement => client.query(this.#configOf(statement)))
      stream.uncork()
      return await Promise.allSettled(sent)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', cut)
    }
  }

  /** In the extended protocol a text is one statement, whatever it says. */
  #configOf(statement: Statement) {
    const { text, values } = statement
    if (plain.includes(statement)) return { text }
    let name = this.#prepared.get(text)
    if (name === undefined && !statement.once && this.#prepared.size < mostPrepared) {
      name = `isthmus_${this.#prepared.size}`
      this.#prepared.set(text, name)
    }
    return { text, values: [...values], name: name ?? '', queryMode: 'extended' }
  }
}

/** The driver has no public way to end a connection that does not answer. */
function streamOf(client: PoolClient): Duplex {
  return (client as unknown as { readonly connection: { readonly stream: Duplex } }).connection.stream
}

function lostCommit(error: IsthmusError): IsthmusError {
  return new IsthmusError(
    'TARGET-UNANSWERED',
    `${error.message} It is not known whether the commit took place.`,
  )
}
