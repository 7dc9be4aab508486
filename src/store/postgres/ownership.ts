import { setTimeout as pause } from 'node:timers/promises'
import type { Client, QueryResult } from 'pg'
import { IsthmusError } from '../../errors.ts'
import type { Claim } from '../store.ts'
import type { Database } from './database.ts'
import type { Run } from './read-statements.ts'
import { requireInPlace } from './relocation.ts'
import { durably } from './session.ts'
import { fromText, literal } from './stored-text.ts'

/**
 * Who may work on the store and settle alone. Two things together: a lock that the server holds for a connection, and
 * frees when the process or its machine dies (within 11 seconds for a machine that vanishes); and a token in the row
 * `owner`, checked inside every settlement, so that an owner who has lost the lock without noticing cannot write after
 * the next one has claimed, or a member has joined. No clock is involved. Accepting and reading need neither.
 *
 * The lock is that of a transaction which stays open and does nothing else, so that a pooler does not give its
 * connection to others.
 */
export class Ownership {
  readonly #database: Database
  readonly #lock: string
  readonly #owner: string
  readonly #forget: string
  #client: Client | undefined
  #token = 0
  #closed = false

  constructor(database: Database) {
    const { schema } = database.options
    this.#database = database
    this.#owner = `"${schema}".owner`
    this.#lock = `SELECT pg_try_advisory_xact_lock(${claimLock}, '${this.#owner}'::regclass::oid::int) AS held`
    this.#forget = `DELETE FROM "${schema}".sessions WHERE used_at < now() - interval '7 days'`
  }

  async claim(name: string): Promise<Claim> {
    const until = this.#database.deadline()
    return await this.#database.patiently(until, 'claiming the store', async () => {
      const client = this.#client ?? (await this.#database.connect())
      this.#client = undefined
      try {
        await this.#lockOrThrow(client)
        const claim = await this.#beside(async other => {
          const run: Run = async ({ text, values }) => (await other.query(text, [...values])).rows
          await requireInPlace(run, this.#database.options.schema)
          return await this.#register(other, name)
        })
        this.#hold(client)
        return claim
      } catch (error) {
        await client.end().catch(() => undefined)
        throw error
      }
    })
  }

  /**
   * What is left of members that are thought dead goes, with their leases: they write nothing more. Two statements, so
   * that the second sees what a member did that had the row before.
   */
  async #register(client: Client, name: string): Promise<Claim> {
    const { schema } = this.#database.options
    const text = `SELECT FROM ${this.#owner} FOR UPDATE;
      WITH before AS (
        SELECT clean AND NOT EXISTS (SELECT FROM "${schema}".leases WHERE holder IS NOT NULL) AS clean FROM ${this.#owner}
        WHERE NOT EXISTS (SELECT FROM "${schema}".members WHERE expires > clock_timestamp())
      ), freed AS (
        DELETE FROM "${schema}".leases USING before
      ), gone AS (
        DELETE FROM "${schema}".members USING before
      )
      UPDATE ${this.#owner} AS o SET token = o.token + 1, name = ${literal(name)}, clean = false, since = now()
      FROM before RETURNING o.token, before.clean, o.partitions, ${durably}`
    const results: unknown = await client.query(text)
    const [row] = (results as QueryResult<RegisteredRow>[])[1]?.rows ?? []
    if (row === undefined) throw await joinedBy(client, schema)
    this.#token = Number(row.token)
    await client.query(this.#forget)
    const { clean, partitions } = row
    return { token: this.#token, clean, ...(partitions !== null && { partitions }) }
  }

  /** Gives the store free, and marks the stop if the store is still ours. */
  async release(how: 'clean' | 'unclean'): Promise<void> {
    this.#closed = true
    if (this.#token === 0) return
    const text = `UPDATE ${this.#owner} SET clean = ${how === 'clean'} WHERE token = $1 RETURNING ${durably}`
    const until = this.#database.deadline()
    try {
      await this.#database.patiently(until, 'closing the store', () =>
        this.#beside(client => client.query(text, [this.#token])),
      )
    } finally {
      const client = this.#client
      this.#client = undefined
      await client?.end().catch(() => undefined)
    }
  }

  /** By a connection of its own: that of the lock is in its transaction. */
  async #beside<T>(use: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.#database.connect()
    return await use(client).finally(() => client.end().catch(() => undefined))
  }

  /** A process that was killed a moment ago may still be known to the server: it gets a second to find out. */
  async #lockOrThrow(client: Client): Promise<void> {
    await client.query(waiting)
    for (const until = performance.now() + 1000; !(await this.#tryLock(client)); await pause(50))
      if (performance.now() > until) throw await this.#inUse(client)
  }

  async #tryLock(client: Client): Promise<boolean> {
    return (await client.query(this.#lock)).rows[0].held
  }

  async #inUse(client: Client): Promise<IsthmusError> {
    const { rows } = await client.query(ownerText(this.#database.options.schema))
    return claimedBy(this.#database.options.schema, rows[0])
  }

  #hold(client: Client): void {
    this.#client = client
    client.once('end', () => {
      if (this.#client !== client) return
      this.#client = undefined
      void this.#holdAgain()
    })
  }

  /** After a lost connection or a restart of the server: takes the lock again, unless somebody else has claimed. */
  async #holdAgain(): Promise<void> {
    for (let replaced = false; !(replaced || this.#closed || this.#client); ) {
      await pause(200 + 800 * Math.random(), undefined, { ref: false })
      const client = await this.#database.connect().catch(() => undefined)
      if (client === undefined) continue
      try {
        await client.query(waiting)
        const held = !this.#closed && (await this.#tryLock(client))
        const { rows } = await client.query(`SELECT token FROM ${this.#owner}`)
        replaced = Number(rows[0].token) !== this.#token
        if (held && !replaced && !this.#closed) return this.#hold(client)
      } catch {
        // It is tried again.
      }
      await client.end().catch(() => undefined)
    }
  }
}

interface RegisteredRow {
  readonly token: string
  readonly clean: boolean
  /** NULL while nobody has joined. */
  readonly partitions: number | null
}

/** Gives `name` and `since` of whoever has claimed the store last. */
export const ownerText = (schema: string): string =>
  `SELECT name, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since FROM "${schema}".owner`

export function claimedBy(schema: string, { name, since }: { name: string; since: string }): IsthmusError {
  const owner = fromText(name)
  return new IsthmusError(
    'STORE-IN-USE',
    `the store in schema ${schema} is in use by ${owner} since ${since}. ` +
      'Stop that process, or give this one a schema of its own.',
    { detail: { owner, schema } },
  )
}

async function joinedBy(client: Client, schema: string): Promise<IsthmusError> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM "${schema}".members ORDER BY joined`,
  )
  const names = rows.map(({ name }) => fromText(name)).join(', ')
  return new IsthmusError(
    'STORE-IN-USE',
    `the store in schema ${schema} is worked on by its members, ${names}. Stop them first.`,
    { detail: { members: names, schema } },
  )
}

/** 'isth' in ASCII; the other half of the lock's key is the number of the store's table. */
export const claimLock = 0x69737468

/** Gives, as `held`, whether the connection has the lock now, for as long as it lasts. */
export const claimLockText = (schema: string): string =>
  `SELECT pg_try_advisory_lock(${claimLock}, '"${schema}".owner'::regclass::oid::int) AS held`

/**
 * A transaction that the server lets be, until it misses a machine that has vanished, within 11 seconds. Behind a
 * pooler that is up to the pooler.
 */
const waiting = `
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
SELECT set_config(name, value, true) FROM pg_settings JOIN (VALUES
  ('idle_in_transaction_session_timeout', '0'), ('transaction_timeout', '0'),
  ('tcp_keepalives_idle', '5'), ('tcp_keepalives_interval', '2'), ('tcp_keepalives_count', '3')
) AS needed (name, value) USING (name)`
