import { join } from 'node:path'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { mariadb } from '../../../scripts/servers/mariadb.ts'

/** Where the two warehouses have their databases: URLs, or paths of SQLite files. */
export interface WarehouseUrls {
  readonly north: string
  readonly south: string
}

/** The databases of a factory at servers that others may use too. */
export interface WarehouseDatabases {
  readonly urls: WarehouseUrls
  /** For people: without credentials. */
  readonly summary: string
  /** Takes them away. */
  remove(): Promise<void>
}

/** Two files, where there are no servers. */
export function filesIn(folder: string): WarehouseUrls {
  return { north: join(folder, 'north.db'), south: join(folder, 'south.db') }
}

/**
 * A database at PostgreSQL for the one and at MariaDB for the other, both called `name`: at ISTHMUS_POSTGRES and MARIADB_URL,
 * or on this machine. Rejects where there is none, and where a factory is to go `on` and has had a private MariaDB.
 */
export async function makeDatabases(
  name: string,
  on: boolean,
  say: (line: string) => void,
): Promise<WarehouseDatabases> {
  const postgres = process.env.ISTHMUS_POSTGRES || 'postgres://localhost/postgres'
  await requirePromises(postgres)
  const maria = await mariadbServer(on, say)
  await ignoring('42P04', atPostgres(postgres, `create database "${name}"`))
  await atMariadb(maria.url, `create database if not exists \`${name}\``)
  const urls = { north: databaseOf(postgres, name), south: databaseOf(maria.url, name) }
  return {
    urls,
    summary: `PostgreSQL at ${new URL(postgres).host} and MariaDB at ${new URL(maria.url).host}, database ${name}`,
    remove: async () => {
      await atPostgres(postgres, `drop database if exists "${name}" with (force)`)
      await atMariadb(maria.url, `drop database if exists \`${name}\``)
      await maria.stop()
    },
  }
}

async function mariadbServer(on: boolean, say: (line: string) => void) {
  const given = process.env.MARIADB_URL
  const remedy = 'say where one is: MARIADB_URL=mysql://user:password@host/mysql'
  if (given) return { url: given, stop: async () => {} }
  if (on)
    throw new Error(
      `The folder of --data has been used before, and a private MariaDB knows nothing of it. Give a new one, or ${remedy}`,
    )
  const started = await mariadb.start(say)
  if (started) return started
  throw new Error(
    `There is no MariaDB on this machine. Install mariadb-server-core and mariadb-client-core, or ${remedy}`,
  )
}

/** A PostgreSQL makes no promises unless it is told so. */
async function requirePromises(url: string): Promise<void> {
  const [row] = await atPostgres(url, 'show max_prepared_transactions')
  if (Number(row?.max_prepared_transactions) > 0) return
  throw new Error(
    'PostgreSQL takes no part in two-phase commit: max_prepared_transactions is 0. Set it to 20 or more and restart it ' +
      '(alter system set max_prepared_transactions = 20), or leave mariadb out of --with.',
  )
}

function databaseOf(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function atPostgres(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function atMariadb(url: string, text: string): Promise<void> {
  const connection = await mysql.createConnection(url.replace(/^mariadb:/, 'mysql:'))
  try {
    await connection.query(text)
  } finally {
    await connection.end()
  }
}

async function ignoring(code: string, work: Promise<unknown>): Promise<void> {
  await work.catch(error => {
    if ((error as { code?: string }).code !== code) throw error
  })
}
