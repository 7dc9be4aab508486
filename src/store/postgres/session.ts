import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { IsthmusError } from '../../errors.ts'
import type { Database } from './database.ts'

export interface Statement {
  /** The statement is prepared once a connection under this name, unless a pooler may change the server's connection. */
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * A connection that writes. It has a row in the table `sessions` with the number of its last transaction, changed by
 * each of them: whether a transaction whose answer was lost was committed can therefore be asked later, and a sealed
 * row keeps out what the lost connection may still carry to the server.
 */
export class Session {
  readonly id = randomUUID()
  /** Set when the connection is gone: the outcome of a statement that was on its way then is not known. */
  broken = false
  readonly #client: Client
  readonly #isPooled: boolean
  readonly #sessions: string
  #last = 0

  private constructor(client: Client, { pooled, options }: Database) {
    this.#client = client
    this.#isPooled = pooled
    client.once('end', () => {
      this.broken = true
    })
    this.#sessions = `"${options.schema}".sessions`
  }

  static async open(database: Database): Promise<Session> {
    const session = new Session(await database.connect(), database)
    try {
      const text = `INSERT INTO ${session.#sessions} (id, last) VALUES ($1, 0)`
      await session.run({ name: '', text, values: [session.id] })
      return session
    } catch (error) {
      await session.end()
      throw error
    }
  }

  /** The number that the next transaction must carry, and the server must find to be the next one. */
  get next(): number {
    return this.#last + 1
  }

  /** To be called when a transaction with the number `next` was committed. */
  advance(): void {
    this.#last++
  }

  /**
   * Runs one statement, which is one transaction. If it fails, `broken` tells apart a refusal (rolled back for
   * certain) from an unknown outcome. A server that does not answer within a minute counts as gone.
   */
  async run<Row extends object>(statement: Statement): Promise<Row[]> {
    try {
      const name = this.#isPooled ? '' : statement.name
      return (await this.#client.query<Row>(queryOf({ ...statement, name }, 60_000))).rows
    } catch (error) {
      // After an error proper the connection goes on; after a fatal one it does not. The severity that the
      // server sends is a word in its own language.
      const alive = this.#client.query(queryOf({ name: '', text: 'SELECT 1', values: [] }, 5000))
      await alive.catch(() => {
        this.broken = true
      })
      throw error
    }
  }

  /**
   * Decides the outcome of another, broken session's last transaction: whether it was committed. Waits for it if it
   * is still at work on the server; afterwards it can no longer be committed. May be repeated.
   */
  async seal(lost: Session): Promise<boolean> {
    const rows = await this.run<{ last: string }>({
      name: 'seal',
      text: `UPDATE ${this.#sessions} SET sealed = true WHERE id = $1 RETURNING last, ${durably}`,
      values: [lost.id],
    })
    if (rows[0] === undefined) throw new IsthmusError('STORE-FAILED', 'the row of the lost session is gone')
    return Number(rows[0].last) === lost.next
  }

  /** Forgets a session whose outcome is decided or certain. */
  async forget(session: Session): Promise<void> {
    await this.run({
      name: 'forget',
      text: `DELETE FROM ${this.#sessions} WHERE id = $1`,
      values: [session.id],
    })
  }

  async end(): Promise<void> {
    await this.#client.end().catch(() => undefined)
  }
}

/** As an output expression of a change: its transaction's commit waits for the disk, whatever the server's setting. */
export const durably = `CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
  THEN set_config('synchronous_commit', 'on', true) END`

/**
 * The first part of every writing statement: takes the number $2 for the session $1, once and in order, and only on
 * the condition; the rest of the statement must do nothing if this finds no row.
 */
export function numbered(schema: string, condition: string): string {
  return `UPDATE ${schema}.sessions SET last = $2, used_at = now()
    WHERE id = $1 AND last = $2 - 1 AND NOT sealed AND ${condition}
    RETURNING ${durably}`
}

const queryOf = (statement: Statement, milliseconds: number) => ({
  ...(statement.name === '' ? {} : { name: statement.name }),
  text: statement.text,
  values: [...statement.values],
  query_timeout: milliseconds,
})
