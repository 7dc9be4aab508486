import type { ClientBase } from 'pg'
import { IsthmusError } from '../../errors.ts'
import type { Migration } from './migrations.ts'

/**
 * Brings the schema to the newest version this code knows. Safe to call from several processes at once, and safe to
 * kill at any statement: each migration is one transaction, which holds a lock on the schema's name.
 * Throws STORE-VERSION if the store has gone further than this code can follow.
 */
export async function migrate(
  client: ClientBase,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  if ((await versionOf(client, schema, migrations.length)) >= migrations.length) return
  for (let done = false; !done; ) {
    await client.query('BEGIN')
    try {
      done = await step(client, schema, migrations)
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined)
      throw error
    }
  }
}

/** Runs the next migration, if there is one. Gives whether the store is up to date. */
async function step(client: ClientBase, schema: string, migrations: readonly Migration[]): Promise<boolean> {
  await client.query(`SELECT pg_advisory_xact_lock(${migrationLock}, hashtext($1))`, [schema])
  const version = await versionOf(client, schema, migrations.length)
  const next = migrations[version]
  if (next === undefined) return true
  if (version === 0) {
    // With IF NOT EXISTS the right to create schemas is asked for even where the schema is there already.
    const made = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])
    if (made.rowCount === 0) await client.query(`CREATE SCHEMA "${schema}"`)
    await client.query(`CREATE TABLE "${schema}".version (version integer NOT NULL, oldest integer NOT NULL)`)
    await client.query(`INSERT INTO "${schema}".version VALUES (0, 0)`)
  }
  await client.query(`SET LOCAL search_path TO "${schema}"`)
  await client.query(next.sql)
  await client.query('UPDATE version SET version = $1, oldest = $2', [version + 1, next.oldest])
  return version + 1 >= migrations.length
}

/** 'isti' in ASCII; the other half of the lock's key comes from the schema's name. */
const migrationLock = 0x69737469

async function versionOf(client: ClientBase, schema: string, known: number): Promise<number> {
  // Not to_regclass, which may answer from what this connection saw before it waited for the lock.
  const text = `SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'version'`
  if ((await client.query(text, [schema])).rowCount === 0) return 0
  const { rows } = await client.query(`SELECT version, oldest FROM "${schema}".version`)
  const { version, oldest } = rows[0] as { version: number; oldest: number }
  if (oldest <= known) return version
  throw new IsthmusError(
    'STORE-VERSION',
    `the store in schema ${schema} has version ${version} and needs a release that knows version ${oldest}; ` +
      `this one knows ${known}. Start the newer release again, or restore a backup made before the upgrade.`,
    { detail: { schema, version, oldest, known } },
  )
}
