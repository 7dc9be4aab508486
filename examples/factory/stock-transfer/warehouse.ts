import { DatabaseSync } from 'node:sqlite'
import mysql from 'mysql2/promise'
import pg from 'pg'

export interface WarehouseTruth {
  readonly stock: readonly { readonly article: string; readonly pieces: number }[]
  readonly movements: readonly {
    readonly transfer: string
    readonly article: string
    readonly pieces: number
  }[]
  /** Branches of transactions that have promised to commit, and were not ended. */
  readonly promises: number
}

/** What each warehouse has of every article at the beginning. */
export const opening = 100_000
export const articles = ['PUMP-50', 'PUMP-80', 'VALVE-20']

type Rows = Record<string, unknown>[]

/** A database as we see it from outside. */
interface Access {
  query(text: string): Promise<Rows>
  close(): Promise<void> | void
  /** Where promises stand. */
  readonly promises: string
}

/** Makes the tables of a warehouse where they are missing. `url` may be the path of an SQLite file. */
export async function makeWarehouse(url: string): Promise<void> {
  await using(url, async ({ query }) => {
    await query(`create table if not exists stock (
      article varchar(40) primary key, pieces integer not null check (pieces >= 0))`)
    await query(`create table if not exists movements (
      transfer varchar(40) not null, article varchar(40) not null, pieces integer not null)`)
    if ((await query('select article from stock')).length > 0) return
    const rows = articles.map(article => `('${article}', ${opening})`).join(', ')
    await query(`insert into stock values ${rows}`)
  })
}

/** `prefix` is what the ids of our own promises begin with. */
export async function askWarehouse(url: string, prefix: string): Promise<WarehouseTruth> {
  return using(url, async ({ query, promises }) => {
    const standing = (await query(promises).catch(unlessMissing)).flatMap(row =>
      Object.values(row).map(String),
    )
    return {
      stock: (await query('select article, pieces from stock order by article')) as never,
      movements: (await query('select transfer, article, pieces from movements')) as never,
      promises: standing.filter(text => text.startsWith(prefix)).length,
    }
  })
}

async function using<T>(url: string, work: (access: Access) => Promise<T>): Promise<T> {
  const access = await open(url)
  try {
    return await work(access)
  } finally {
    await access.close()
  }
}

async function open(url: string): Promise<Access> {
  if (url.startsWith('postgres')) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    await client.connect()
    return {
      query: async text => (await client.query(text)).rows,
      close: () => client.end(),
      promises: 'select gid from pg_prepared_xacts',
    }
  }
  if (/^(mysql|mariadb):/.test(url)) {
    const connection = await mysql.createConnection(url.replace(/^mariadb:/, 'mysql:'))
    return {
      query: async text => (await connection.query(text))[0] as Rows,
      close: () => connection.end(),
      promises: 'xa recover',
    }
  }
  const db = new DatabaseSync(url, { timeout: 5_000 })
  db.exec('pragma journal_mode = wal')
  return {
    query: async text => db.prepare(text).all(),
    close: () => db.close(),
    promises: 'select branch from isthmus_prepared',
  }
}

/** An SQLite file in which nothing was promised yet has no table of promises. */
function unlessMissing(error: unknown): Rows {
  if (/no such table: isthmus_prepared/.test(String(error))) return []
  throw error
}
