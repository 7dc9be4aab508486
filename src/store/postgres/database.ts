import { setTimeout as pause } from 'node:timers/promises'
import type { Client, ClientBase, Pool } from 'pg'
import { IsthmusError } from '../../errors.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations.ts'
import { mayPass, storeError } from './pg-failure.ts'

export interface DatabaseOptions {
  readonly url: string
  readonly schema: string
  /** How many connections read at once, at most. */
  readonly readers: number
  /** How long something asked waits for an unreachable server, in milliseconds. */
  readonly patience: number
}

/** Makes connections to the store's server. The tables are brought up to date by the first one. */
export class Database {
  readonly options: DatabaseOptions
  /** Known once there was a connection: see `hints`. */
  pooled = false
  #prepared = false

  constructor(options: DatabaseOptions) {
    this.options = options
  }

  /** A new connection. The caller ends it. Its later errors show in its queries. */
  async connect(): Promise<Client> {
    const { Client } = await loadPg()
    const client = new Client(this.#config())
    client.on('error', () => undefined)
    try {
      await client.connect()
      this.pooled = !(await hinted(client))
      await this.#prepare(client)
      return client
    } catch (error) {
      await client.end().catch(() => undefined)
      throw error
    }
  }

  /**
   * Does something that begins with connecting, and again with jittered, growing delays (50 ms to 2 s) while it fails
   * for a reason that may pass, before the time `until` (of performance.now()). Throws what callers are to see.
   */
  async patiently<T>(until: () => number, doing: string, attempt: () => Promise<T>): Promise<T> {
    for (let round = 0; ; round++) {
      try {
        return await attempt()
      } catch (error) {
        const delay = Math.min(50 * 2 ** round, 2000) * (0.5 + Math.random() / 2)
        if (!mayPass(error) || performance.now() + delay > until()) throw storeError(error, doing)
        await pause(delay)
      }
    }
  }

  /** Connections for reading, made when they are needed. The caller ends the pool. */
  async pool(max = this.options.readers): Promise<Pool> {
    await (await this.connect()).end()
    const { Pool } = await loadPg()
    const pool = new Pool({ ...this.#config(), max, query_timeout: 60_000, onConnect })
    pool.on('error', () => undefined)
    return pool
  }

  deadline(): () => number {
    const until = performance.now() + this.options.patience
    return () => until
  }

  #config() {
    return {
      connectionString: this.options.url,
      application_name: `isthmus ${this.options.schema}`,
      connectionTimeoutMillis: Math.min(this.options.patience, 5000),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    }
  }

  async #prepare(client: Client): Promise<void> {
    if (this.#prepared) return
    await assertUnicode(client)
    await migrate(client, this.options.schema, migrations)
    this.#prepared = true
  }
}

async function assertUnicode(client: ClientBase): Promise<void> {
  const { rows } = await client.query('SHOW server_encoding')
  if (rows[0].server_encoding === 'UTF8') return
  throw new IsthmusError(
    'CONFIG-INVALID',
    `the database is encoded in ${rows[0].server_encoding}, which cannot hold every text: ` +
      "create one WITH ENCODING 'UTF8' TEMPLATE template0 and name it in the URL",
  )
}

async function onConnect(client: ClientBase): Promise<void> {
  client.on('error', () => undefined)
  await hinted(client)
}

/** False behind a pooler: it has made up the number by which this connection could be cancelled. */
async function hinted(client: ClientBase): Promise<boolean> {
  const { processID } = client as ClientBase & { readonly processID: number | null }
  return (await client.query(hints, [processID])).rowCount !== 0
}

/**
 * Hints about speed and waiting, on which nothing else depends. A pooler may change the server's connection between
 * transactions, and others would find them there: behind one nothing is set. Every statement goes by an index, also one
 * that was planned when its table was empty; nobody waits for a lock for long; a statement whose client has gone is given
 * up. What this server does not know is left out.
 */
const hints = `
SELECT set_config(name, value, false) FROM pg_settings JOIN (VALUES
  ('enable_seqscan', 'off'), ('enable_bitmapscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'),
  ('default_transaction_isolation', 'read committed'), ('jit', 'off'), ('plan_cache_mode', 'force_generic_plan'), ('work_mem', '16MB'),
  ('lock_timeout', '20s'), ('client_connection_check_interval', '5s')
) AS hint (name, value) USING (name) WHERE pg_backend_pid() = $1::int4`

/** The driver is an optional peer dependency, loaded at first use. */
async function loadPg(): Promise<{ Client: typeof Client; Pool: typeof Pool }> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw new IsthmusError(
      'CONFIG-DRIVER',
      'the PostgreSQL store needs the package pg, which is not installed: npm install pg',
      { cause },
    )
  }
}
