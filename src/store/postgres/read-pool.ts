import type { Pool, PoolClient, QueryResult } from 'pg'
import { IsthmusError } from '../../errors.ts'
import type { StoreReader } from '../store.ts'
import type { Database } from './database.ts'
import { storeError } from './pg-failure.ts'
import type { Query } from './read-statements.ts'
import { storeReader } from './reader.ts'

/** Connections for statements that may be repeated: what fails for a reason that may pass is asked again. */
export class ReadPool {
  readonly #database: Database
  readonly #most: number | undefined
  #pool: Promise<Pool> | undefined
  #closed = false

  /** `most`: how many connections, at most; as the options say if absent. */
  constructor(database: Database, most?: number) {
    this.#database = database
    this.#most = most
  }

  /** Gives the rows of the last statement, where there are several. `silence`: milliseconds after which a connection without an answer is given up. */
  async run<Row extends object>(query: Query, doing = 'reading', silence = 60_000): Promise<Row[]> {
    return await this.#start(doing, async client => {
      const question = { ...this.#asked(query), query_timeout: silence }
      const answer: QueryResult<Row> | QueryResult<Row>[] = await client.query<Row>(question)
      client.release()
      return (Array.isArray(answer) ? answer.at(-1) : answer)?.rows ?? []
    })
  }

  /** `use` runs once, its reads one by one. If the connection is lost meanwhile, they are STORE-UNAVAILABLE. */
  async snapshot<T>(use: (reader: StoreReader) => Promise<T>): Promise<T> {
    const client = await this.#start('reading', async client => {
      // A slice that is dropped would be gone from this moment, too: see slices.ts.
      const journal = `"${this.#database.options.schema}".entries`
      await client.query(
        `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE ${journal} IN ACCESS SHARE MODE`,
      )
      return client
    })
    let before: Promise<unknown> = Promise.resolve()
    const read = async <Row extends object>(query: Query): Promise<Row[]> => {
      const answer = before.then(() => client.query<Row>(this.#asked(query)))
      before = answer.catch(() => undefined)
      return (await answer.catch(error => Promise.reject(storeError(error, 'reading')))).rows
    }
    const reader: StoreReader = storeReader(this.#database.options.schema, read, inner => inner(reader))
    try {
      return await use(reader)
    } finally {
      await before
      const ended = await client.query('COMMIT').catch(() => undefined)
      client.release(ended === undefined)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const pool = await this.#pool?.catch(() => undefined)
    await pool?.end()
  }

  /** A pooler may change the server's connection, which then knows of no prepared statement. */
  #asked({ name, text, values }: Query) {
    return { ...(name !== undefined && !this.#database.pooled && { name }), text, values: [...values] }
  }

  /** `use` gives the client back to the pool, unless it fails. */
  async #start<T>(doing: string, use: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.#closed) throw new IsthmusError('STORE-UNAVAILABLE', `${doing}: the store is closed`)
    return await this.#database.patiently(this.#database.deadline(), doing, async () => {
      const client = await this.#connect()
      return await use(client).catch(error => {
        client.release(true)
        throw error
      })
    })
  }

  async #connect(): Promise<PoolClient> {
    this.#pool ??= this.#database.pool(this.#most)
    const pool = await this.#pool.catch(error => {
      this.#pool = undefined
      throw error
    })
    return await pool.connect()
  }
}
