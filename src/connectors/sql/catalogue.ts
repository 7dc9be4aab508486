import type { Contract } from '../../contract/contract.ts'
import type { Look } from './catalogue/catalogue.ts'
import { contractOf } from './catalogue/contract.ts'
import { readMysql } from './catalogue/mysql.ts'
import { readPostgres } from './catalogue/postgres.ts'
import { readSqlite } from './catalogue/sqlite.ts'
import { openDatabase } from './connection.ts'
import { rowsOf } from './database.ts'
import { openingOf } from './opening.ts'

const readers = { PostgreSQL: readPostgres, MySQL: readMysql, SQLite: readSqlite }

/**
 * The contract of a database, read from its catalogue; nothing in it is changed. `url` as for `sql`; without `schema`
 * it is the one that the url leads to; `system` names its settings. Rejects as a query does: with TARGET-UNAVAILABLE, TARGET-CREDENTIALS, ...
 */
export async function readCatalogue(
  url: string,
  { schema, system = 'database' }: { readonly schema?: string; readonly system?: string } = {},
): Promise<Contract> {
  const database = await openDatabase(url, openingOf('catalogue', { url }))
  const { dialect } = database
  const look: Look = (text, values = []) => rowsOf(database, { text, values }, new AbortController().signal)
  try {
    const catalogue = await readers[dialect.product](look, schema)
    const title =
      dialect.product === 'SQLite' ? 'SQLite database' : `${dialect.product} schema ${catalogue.schema}`
    return contractOf(catalogue, title, dialect, system)
  } finally {
    await database.close()
  }
}
