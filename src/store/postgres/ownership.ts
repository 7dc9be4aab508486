import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import { IsthmusError } from '../../errors.ts'
import type { Claim } from '../store.ts'
import type { Database } from './database.ts'
import { durably } from './session.ts'
import { fromText, toText } from './stored-text.ts'

/**
 * Who may work on the store and settle. Two things together: a lock that the server holds for a connection, and frees
 * when the process or its machine dies (within 11 seconds for a machine that vanishes); and a token in the row
 * `owner`, checked inside every settlement, so that an owner who has lost the lock without noticing cannot write after
 * the next one has claimed. No clock is involved. Accepting and reading need neither.
 *
 * Several workers with a lease for each partition fit in like this: the columns owner, token and expiry (by the
 * server's clock) go to `partitions`, a lease is renewed by an update of these rows instead of the lock, and a
 * settlement locks the row of its partition FOR SHARE instead of the row `owner`. The lock of a connection needs a
 * server connection of its own, so it does not work through a pooler that changes it between transactions; leases do.
 */
export class Ownership {
  readonly #database: Database
  readonly #lock: string
  readonly #owner: string
  readonly #register: string
  readonly #forget: string
  #client: Client | undefined
  #token = 0
  #closed = false

  constructor(database: Database) {
    const { schema } = database.options
    this.#database = database
    this.#owner = `"${schema}".owner`
    this.#lock = `SELECT pg_try_advisory_lock(${claimLock}, '${this.#owner}'::regclass::oid::int) AS held`
    this.#register = `
      UPDATE ${this.#owner} AS o SET token = o.token + 1, name = $1, clean = false, since = now()
      FROM (SELECT clean FROM ${this.#owner} FOR UPDATE) AS before
      RETURNING o.token, before.clean, ${durably}`
    this.#forget = `DELETE FROM "${schema}".sessions WHERE used_at < now() - interval '7 days'`
  }

  async claim(name: string): Promise<Claim> {
    const until = this.#database.deadline()
    return await this.#database.patiently(until, 'claiming the store', async () => {
      const client = this.#client ?? (await this.#database.connect())
      this.#client = undefined
      try {
        await this.#lockOrThrow(client)
        const { rows } = await client.query(this.#register, [toText(name)])
        this.#token = Number(rows[0].token)
        await client.query(this.#forget)
        this.#hold(client)
        return { token: this.#token, clean: rows[0].clean }
      } catch (error) {
        await client.end().catch(() => undefined)
        throw error
      }
    })
  }

  /** Gives the store free, and marks the stop if the store is still ours. */
  async release(how: 'clean' | 'unclean'): Promise<void> {
    this.#closed = true
    if (this.#token === 0) return
    const text = `UPDATE ${this.#owner} SET clean = ${how === 'clean'} WHERE token = $1 RETURNING ${durably}`
    const until = this.#database.deadline()
    await this.#database.patiently(until, 'closing the store', async () => {
      const client = this.#client ?? (await this.#database.connect())
      this.#client = undefined
      await client.query(text, [this.#token]).finally(() => client.end().catch(() => undefined))
    })
  }

  /** A process that was killed a moment ago may still be known to the server: it gets a second to find out. */
  async #lockOrThrow(client: Client): Promise<void> {
    await client.query(keepalives)
    for (const until = performance.now() + 1000; !(await this.#tryLock(client)); await pause(50))
      if (performance.now() > until) throw await this.#inUse(client)
  }

  async #tryLock(client: Client): Promise<boolean> {
    return (await client.query(this.#lock)).rows[0].held
  }

  async #inUse(client: Client): Promise<IsthmusError> {
    const { rows } = await client.query(
      `SELECT name, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since FROM ${this.#owner}`,
    )
    const owner = fromText(rows[0].name)
    const { schema } = this.#database.options
    return new IsthmusError(
      'STORE-IN-USE',
      `the store in schema ${schema} is in use by ${owner} since ${rows[0].since}. ` +
        'Stop that process, or give this one a schema of its own.',
      { detail: { owner, schema } },
    )
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
        const { rows } = await client.query(`SELECT token FROM ${this.#owner}`)
        replaced = Number(rows[0].token) !== this.#token
        const held = !replaced && !this.#closed && (await this.#tryLock(client))
        if (held) await client.query(keepalives)
        if (held && !this.#closed) return this.#hold(client)
      } catch {
        // It is tried again.
      }
      await client.end().catch(() => undefined)
    }
  }
}

/** 'isth' in ASCII; the other half of the lock's key is the number of the store's table. */
const claimLock = 0x69737468

/** So that the server misses a machine that has vanished within 11 seconds. */
const keepalives =
  'SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3'
