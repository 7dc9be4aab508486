import type { Socket } from 'node:net'
import type { PoolConnection } from 'mysql2/promise'
import { IsthmusError } from '../../../errors.ts'
import { type Row, type Statement, unchanged } from '../database.ts'
import type { Opening } from '../opening.ts'
import type { Parameter } from '../sql-text.ts'

/** Room for what the protocol adds to text and values. */
const overhead = 64_000

/** What the driver answers to a statement without rows. */
interface Done {
  readonly warningStatus: number
  readonly affectedRows: number
}

/** A database that lends its connections. */
export interface Sessions {
  /** One that is the caller's alone, until it is released or destroyed. */
  session(signal: AbortSignal): Promise<Session>
  /** The statement with values that fit, if its table is as it must be. */
  checked(statement: Statement, session: Session, signal: AbortSignal): Promise<Statement>
  /** What is known of the tables may be wrong. */
  forget(): void
}

/** A connection whose settings are ours: UTC, nothing cut off silently, and an end to every waiting. */
export class Session {
  readonly #connection: PoolConnection
  readonly #largest: number
  /** Milliseconds for one statement, after which the server counts as silent. */
  readonly #patience: number
  readonly #kill: (thread: number) => void
  #warnings = 0
  #touched = 0

  private constructor(
    connection: PoolConnection,
    largest: number,
    patience: number,
    kill: (thread: number) => void,
  ) {
    this.#connection = connection
    this.#largest = largest
    this.#patience = patience
    this.#kill = kill
  }

  /** `kill` ends a session of the server by its number. */
  static async begin(
    connection: PoolConnection,
    opening: Opening,
    kill: (thread: number) => void,
  ): Promise<Session> {
    const patience = opening.statementTimeout + opening.connectTimeout
    const session = new Session(connection, Number.POSITIVE_INFINITY, patience, kill)
    const signal = AbortSignal.timeout(patience)
    const [facts] = await session.rows(
      { text: 'select version() as version, @@max_allowed_packet as largest', values: [] },
      signal,
    )
    await session.plain(settings(String(facts?.version), opening), signal)
    return new Session(connection, Number(facts?.largest), patience, kill)
  }

  /** A statement that cannot be prepared, without values. */
  async plain(text: string, signal: AbortSignal): Promise<void> {
    await this.#patiently(this.#connection.query(text), signal)
  }

  /** The rows of a statement that cannot be prepared, without values. */
  async table(text: string, signal: AbortSignal): Promise<readonly Row[]> {
    const [rows] = await this.#patiently(this.#connection.query(text), signal)
    return rows as unknown as readonly Row[]
  }

  /** The result sets of a prepared statement: a text is one statement, whatever it says. */
  async run(
    { text, values, compares }: Statement,
    signal: AbortSignal,
  ): Promise<readonly (readonly Row[])[]> {
    this.#fits(text, values)
    const [result] = await this.#patiently(this.#connection.execute(text, values.map(driverValue)), signal)
    if (!Array.isArray(result)) {
      const { warningStatus, affectedRows } = result as Done
      this.#warnings = warningStatus
      this.#touched = affectedRows
      if (compares && affectedRows === 0) throw unchanged()
      return []
    }
    this.#warnings = 0
    this.#touched = 0
    const isSeveral = result.some(each => Array.isArray(each)) || isDone(result.at(-1))
    const sets = isSeveral ? result.filter(each => Array.isArray(each)) : [result]
    if (compares && result.length === 0) throw unchanged()
    return sets as unknown as readonly (readonly Row[])[]
  }

  async rows(statement: Statement, signal: AbortSignal): Promise<readonly Row[]> {
    return (await this.run(statement, signal))[0] ?? []
  }

  /** Throws TARGET-REFUSED if the last statement cut something off, of which MySQL only makes a note. */
  async checkNotes(signal: AbortSignal): Promise<void> {
    if (this.#warnings === 0) return
    const [notes] = await this.#patiently(this.#connection.query('show warnings'), signal)
    const cut = (notes as unknown as readonly Row[]).find(note => note.Code === 1265)
    if (cut)
      throw new IsthmusError(
        'TARGET-REFUSED',
        `a value does not fit its column without loss: ${cut.Message}. Remedy: round or shorten it in the mapping.`,
      )
  }

  /** How many rows the last statement has changed or found to be changed; what triggers and routines did is not counted. */
  get touched(): number {
    return this.#touched
  }

  get isLost(): boolean {
    // The driver has no public way to it.
    return (this.#connection.connection as unknown as { readonly stream: Socket }).stream.destroyed
  }

  release(): void {
    this.#connection.release()
  }

  destroy(): void {
    this.#connection.destroy()
  }

  /** The server would end the connection, and nobody would know why. */
  #fits(text: string, values: readonly Parameter[]): void {
    let bytes = text.length + overhead
    for (const value of values)
      bytes += value instanceof Uint8Array ? value.length : typeof value === 'string' ? value.length : 9
    // Three bytes for a character at most, if they are counted at all.
    if (bytes * 3 > this.#largest)
      for (const value of values)
        if (typeof value === 'string') bytes += Buffer.byteLength(value) - value.length
    if (bytes <= this.#largest) return
    const text_ = `it takes ${bytes} bytes, and max_allowed_packet of the server is ${this.#largest}`
    throw new IsthmusError('TARGET-REFUSED', text_)
  }

  /** Gives up by ending the session at the server too: it stops the statement and rolls back what is not committed. */
  async #patiently<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    const gaveUp = Promise.withResolvers<never>()
    const giveUp = (why: string) => {
      const thread = this.#connection.threadId
      this.#connection.destroy()
      this.#kill(thread)
      gaveUp.reject(new Error(why))
    }
    const abort = () => giveUp('the call was given up')
    const timer = setTimeout(() => giveUp(`no answer within ${this.#patience} ms`), this.#patience)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    try {
      return await Promise.race([promise, gaveUp.promise])
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }
}

/**
 * Strict, so that what does not fit is refused; times in UTC. Waiting for a row's lock, and for that of a table, is
 * counted in whole seconds. MySQL limits the time of queries only.
 */
function settings(version: string, { lockTimeout, statementTimeout }: Opening): string {
  const seconds = Math.max(1, Math.ceil(lockTimeout / 1000))
  const limit = version.includes('MariaDB')
    ? `max_statement_time = ${statementTimeout / 1000}`
    : `max_execution_time = ${statementTimeout}`
  const modes = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'
  return (
    `set time_zone = '+00:00', sql_mode = concat(@@sql_mode, ',${modes}'), autocommit = 1, sql_notes = 1, ` +
    `completion_type = 0, innodb_lock_wait_timeout = ${seconds}, lock_wait_timeout = ${seconds}, ${limit}`
  )
}

function driverValue(value: Parameter) {
  return value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value) : value
}

function isDone(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'serverStatus' in result && 'affectedRows' in result
}
