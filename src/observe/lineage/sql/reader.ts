import { IsthmusError, reasonOf } from '../../../errors.ts'
import { type SqlModel, type SqlScope, sqlText, tablesIn } from '../../../flow/pipeline/sql-model.ts'
import { quoted, quotedText } from '../../../system/warehouse.ts'
import { type QueryLineage, queryLineage } from './query-lineage.ts'
import type { Tables } from './scope.ts'

/** The lineage of a query, with the ids of the tables that stand in it. */
export interface ReadQuery extends QueryLineage {
  readonly tables: readonly string[]
}

/** Of the tables that a landscape makes, by their ids: `warehouse.table`. */
export type Columns = ReadonlyMap<string, readonly string[]>

/** The schema under which tables stand that are a part of the query, so that no name in its text is taken for one. */
const ownSchema = 'isthmus table'

/**
 * Tables by their names; any period, since columns are made of none. Parts of the period are texts in every dialect.
 */
const readScope: SqlScope = {
  table: ({ name }) => quoted(`${ownSchema}.${name}`),
  period: () => "'2000-01-01'",
}

/** Reads queries with DuckDB's own parser, in memory; it opens no file and calls nobody. */
export class SqlReader {
  #parse: ((sql: string) => Promise<string>) | undefined

  /** What cannot be read is told as not known: the driver is not installed, or the text is not what DuckDB speaks. */
  async lineage(query: SqlModel, system: string, columns: Columns): Promise<ReadQuery> {
    const known: Tables = (name, schema) => {
      const id = `${system}.${schema === '' || schema === ownSchema ? name : `${schema}.${name}`}`
      const all = columns.get(id)
      return { id, ...(all && { columns: all }) }
    }
    const ids = tablesIn(query).map(({ name }) => `${system}.${name}`)
    try {
      return { ...(await this.read(sqlText(query, readScope), known)), tables: ids }
    } catch (error) {
      return {
        columns: [],
        open: true,
        unknown: [reasonOf(error)],
        reads: [],
        once: [],
        equal: [],
        tables: ids,
      }
    }
  }

  /** Throws CONFIG-DRIVER if DuckDB is not installed, FLOW-DEFINITION if the text is no query that it can read. */
  async read(sql: string, tables: Tables): Promise<QueryLineage> {
    this.#parse ??= await duckdbParser()
    const answer = JSON.parse(await this.#parse(sql)) as Answer
    const [statement, another] = answer.statements ?? []
    if (answer.error) throw notRead(answer.error_message ?? 'it is not SQL')
    if (!statement || another) throw notRead('it is not one query')
    return queryLineage(statement.node, tables)
  }
}

interface Answer {
  readonly error?: boolean
  readonly error_message?: string
  readonly statements?: readonly { readonly node: unknown }[]
}

function notRead(reason: string): IsthmusError {
  return new IsthmusError('FLOW-DEFINITION', `the query cannot be read: ${reason}`)
}

async function duckdbParser(): Promise<(sql: string) => Promise<string>> {
  const { DuckDBInstance } = await loadDuckdb()
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  return async sql => {
    const reader = await connection.runAndReadAll(
      `select json_serialize_sql(${quotedText(sql)}, skip_null := true, skip_empty := true, skip_default := true)`,
    )
    return String(reader.getRows()[0]?.[0])
  }
}

/** The driver is an optional peer dependency, loaded at first use. */
async function loadDuckdb(): Promise<Pick<typeof import('@duckdb/node-api'), 'DuckDBInstance'>> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    throw new IsthmusError(
      'CONFIG-DRIVER',
      'The lineage of SQL needs the package @duckdb/node-api, and it is not installed. Run: npm install @duckdb/node-api',
      { cause },
    )
  }
}
