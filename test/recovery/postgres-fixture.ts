import { randomBytes } from 'node:crypto'
import pg from 'pg'

const given = process.env.ISTHMUS_TEST_POSTGRES
if (given === undefined && process.env.ISTHMUS_REQUIRE_SERVERS === '1')
  throw new Error(
    'ISTHMUS_TEST_POSTGRES is not set: it must be a postgres:// URL whose user may create databases',
  )

/** For `skip` of node:test. */
export const withoutPostgres = given === undefined ? 'no PostgreSQL: ISTHMUS_TEST_POSTGRES is not set' : false

/** A postgres:// URL of the test server. */
export const testUrl = given ?? 'postgres://absent.invalid'

/** A schema name of its own for one test. */
export const freshSchema = (): string => `isthmus_test_${randomBytes(6).toString('hex')}`

export async function query(
  text: string,
  values: unknown[] = [],
  url = testUrl,
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

export async function dropSchema(schema: string, url = testUrl): Promise<void> {
  await query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`, [], url)
}
