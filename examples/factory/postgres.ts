import { createHash, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import pg from 'pg'

/** A schema of a PostgreSQL database, for the store of Isthmus. */
export interface PostgresStore {
  /** For ISTHMUS_STORE; it may hold a password. */
  readonly url: string
  /** For people: without credentials. */
  readonly summary: string
  drop(): Promise<void>
}

const usual = 'postgres://localhost/postgres'

/**
 * At ISTHMUS_POSTGRES or on this machine. The same folder has the same schema; without one it is new. Rejects when no
 * PostgreSQL lets us in.
 */
export async function postgresStore(folder: string | undefined): Promise<PostgresStore> {
  const url = URL.parse(process.env.ISTHMUS_POSTGRES || usual)
  if (!url || !/^postgres(ql)?:$/.test(url.protocol))
    throw new Error('ISTHMUS_POSTGRES is no postgres:// URL, such as postgres://user:password@host/database.')
  const name = folder === undefined ? randomUUID() : resolve(folder)
  const schema = `isthmus_factory_${createHash('sha256').update(name).digest('hex').slice(0, 12)}`
  const database = url.href
  const [row] = await query(database, 'select version()').catch(error => {
    throw new Error(
      `PostgreSQL at ${url.host} does not let us in: ${reasonOf(error)}. Start it, or say where one is: ` +
        'ISTHMUS_POSTGRES=postgres://user:password@host/database',
    )
  })
  url.searchParams.set('schema', schema)
  const version = /^\S+ \S+/.exec(String(row?.version))?.[0]
  return {
    url: url.href,
    summary: `${version} at ${url.host}, schema ${schema}`,
    drop: async () => void (await query(database, `drop schema if exists "${schema}" cascade`)),
  }
}

async function query(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** A refused connection has no message of its own, but one for each address that was tried. */
function reasonOf(error: Error & { code?: string }): string {
  return error.message || (error.code ?? 'unknown')
}
