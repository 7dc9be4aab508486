import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { Type } from 'typebox'
import { type SqlChannels, type SqlOptions, sql, sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import type { AnyChannel } from '../../src/system/channel.ts'
import type { Connection } from '../../src/system/connector.ts'
import type { Outgoing, Requester, Sink, Source } from '../../src/system/roles.ts'
import { type System, system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { dropDatabase, freshDatabase, openMariadb, withoutMariadb } from '../recovery/mariadb-fixture.ts'
import { dropSchema, freshSchema, query, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { patient } from './patience.ts'

export type Rows = readonly Record<string, unknown>[]

export type ProductName = 'PostgreSQL' | 'SQLite' | 'MariaDB'

/** A database of its own, empty when made. */
export interface TestDatabase {
  readonly product: ProductName
  readonly url: string
  /** Runs a statement beside the connector. */
  run(text: string, values?: readonly (string | number | null)[]): Promise<Rows>
  /** Another session, for transactions that stay open. */
  session(): Promise<{ run: TestDatabase['run']; end(): Promise<void> }>
  destroy(): Promise<void>
}

export interface Product {
  readonly name: ProductName
  /** For `skip` of node:test. */
  readonly skip: string | false
  make(): Promise<TestDatabase>
}

export const products: readonly Product[] = [
  { name: 'PostgreSQL', skip: withoutPostgres, make: postgresDatabase },
  { name: 'SQLite', skip: false, make: sqliteDatabase },
  { name: 'MariaDB', skip: withoutMariadb, make: mariadbDatabase },
]

/** A schema of the test server, made the default one by the url. */
export async function postgresDatabase(server = testUrl): Promise<TestDatabase> {
  const schema = freshSchema()
  await query(`CREATE SCHEMA "${schema}"`, [], server)
  const url = new URL(server)
  url.searchParams.set('options', `-c search_path=${schema}`)
  url.searchParams.set('application_name', schema)
  const pool = new pg.Pool({ connectionString: url.href, max: 2 })
  pool.on('error', () => undefined)
  return {
    product: 'PostgreSQL',
    url: url.href,
    run: async (text, values = []) => (await pool.query(text, [...values])).rows ?? [],
    async session() {
      const client = new pg.Client({ connectionString: url.href })
      client.on('error', () => undefined)
      await client.connect()
      return {
        run: async (text, values = []) => (await client.query(text, [...values])).rows ?? [],
        end: () => client.end(),
      }
    },
    async destroy() {
      await pool.end()
      await dropSchema(schema)
    },
  }
}

/** A database of the test server. */
export async function mariadbDatabase(server?: string): Promise<TestDatabase> {
  const url = await freshDatabase(server)
  const connection = await openMariadb(url)
  const run = async (
    on: typeof connection,
    text: string,
    values: readonly (string | number | null)[] = [],
  ) => {
    const [rows] = await on.query(inMariadb(text), [...values])
    return (Array.isArray(rows) ? rows : []) as Rows
  }
  return {
    product: 'MariaDB',
    url,
    run: (text, values) => run(connection, text, values),
    async session() {
      const other = await openMariadb(url)
      return { run: (text, values) => run(other, text, values), end: () => other.end() }
    },
    async destroy() {
      await connection.end()
      await dropDatabase(url)
    },
  }
}

/** Where the tests' SQL means something else: keys need a length, numerics digits, and a text ends at 64 KiB. */
function inMariadb(text: string): string {
  if (!/^(create|alter) table/.test(text)) return text
  return text
    .replaceAll('text primary key', 'varchar(200) primary key')
    .replaceAll(' numeric', ' decimal(30, 4)')
    .replace(/([\w"]) text\b/g, '$1 longtext')
}

export async function sqliteDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-sql-'))
  const path = join(folder, 'test.db')
  const database = new DatabaseSync(path, { timeout: 10_000 })
  database.exec('pragma journal_mode = wal; pragma synchronous = off')
  return {
    product: 'SQLite',
    url: `sqlite:${path}`,
    run: async (text, values = []) => database.prepare(text).all(...values) as Rows,
    async session() {
      const other = new DatabaseSync(path, { timeout: 10_000 })
      return {
        run: async (text, values = []) => other.prepare(text).all(...values) as Rows,
        end: async () => other.close(),
      }
    },
    async destroy() {
      database.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** How many sessions of this database wait for a lock; not for SQLite. */
export async function waiting(database: TestDatabase): Promise<number> {
  if (database.product === 'MariaDB') {
    // The server looks again only when nobody has asked for a tenth of a second.
    await new Promise(resolve => setTimeout(resolve, 150))
    const [row] = await database.run(
      `select count(*) as n from information_schema.innodb_trx as t
      join information_schema.processlist as p on p.id = t.trx_mysql_thread_id
      where t.trx_state = 'LOCK WAIT' and p.db = database()`,
    )
    return Number(row?.n)
  }
  const [row] = await database.run(
    `select count(*) as n from pg_stat_activity
    where wait_event_type = 'Lock' and application_name = current_setting('application_name')`,
  )
  return Number(row?.n)
}

export function targetAt(options: SqlOptions): System & SqlChannels {
  return system('target', { kind: 'erp', connector: sql({ ...patient, ...options }) })
}

export function connectTo(target: System, log: (text: string) => void = () => {}): Promise<Connection> {
  return target.connector.connect(connectContext({ system: target.name, log: (_level, text) => log(text) }))
}

/** Roles of an open connection; a channel of any model will do. */
export const sinkOf = (connection: Connection, channel: AnyChannel): Sink =>
  (connection.sink as NonNullable<Connection['sink']>)(channel as never)
export const requesterOf = (connection: Connection, channel: AnyChannel): Requester =>
  (connection.requester as NonNullable<Connection['requester']>)(channel as never)
export const sourceOf = (connection: Connection, channel: AnyChannel): Source =>
  (connection.source as NonNullable<Connection['source']>)(channel as never)

export function outgoing<T>(key: string, data: T, attempt = 1): Outgoing<T> {
  return { data, effectKey: `effect ${key}`, key, messageId: `message ${key}`, attempt }
}

/** Does the work in a transaction of another session; what this gives commits it. */
export async function beginIn(
  database: TestDatabase,
  work: (run: TestDatabase['run']) => Promise<unknown>,
): Promise<() => Promise<void>> {
  const { run, end } = await database.session()
  await run('begin')
  await work(run)
  return async () => {
    await run('commit')
    await end()
  }
}

export const never: AbortSignal = new AbortController().signal

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5))
}

const BatchRow = model('BatchRow', {
  version: 1,
  schema: Type.Object({ id: Type.String(), batch: Type.Integer(), text: Type.String() }),
})

/** A table in which it shows how often a row was written. */
export const rowsTable =
  'create table written (id text primary key, batch integer, text text, seen integer default 1)'

export const rowsChannel = (target: SqlChannels) =>
  target.table('rows', BatchRow, {
    table: 'written',
    mode: 'upsert',
    key: ['id'],
    update: { seen: sqlText`written.seen + 1` },
  })

/** 500 rows. */
export function batchOf(batch: number) {
  return Array.from({ length: 500 }, (_, n) => {
    const id = `${batch}-${String(n).padStart(3, '0')}`
    return outgoing(id, { id, batch, text: 'x'.repeat(200) })
  })
}

/** How many rows of each batch there are, and the highest number of times that one was written. */
export async function countBatches(database: TestDatabase): Promise<{ counts: number[]; seen: number }> {
  const rows = await database.run(
    'select batch, count(*) as n, max(seen) as seen from written group by batch order by batch',
  )
  return { counts: rows.map(row => Number(row.n)), seen: Math.max(0, ...rows.map(row => Number(row.seen))) }
}
