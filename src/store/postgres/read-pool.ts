import type { Pool, PoolClient } from 'pg'
import { IsthmusError } from '../../errors.ts'
import type { StoreReader } from '../store.ts'
import type { Database } from './database.ts'
import { storeError } from './pg-failure.ts'
import type { Query } from './read-statements.ts'
import { storeReader } from './reader.ts'

/** Connections for statements that may be repeated: what fails for a reason that may pass is asked again. */
export class ReadPool {
  readonly #database: Database
  #pool: Promise<Pool> | undefined
  #closed = false

  constructor(database: Database) {
    this.#database = database
  }

  async run<Row extends object>(query: Query, doing = 'reading'): Promise<Row[]> {
    return await this.#start(doing, async client => {
      const { rows } = await client.query<Row>({ ...query, values: [...query.values] })
      client.release()
      return rows
    })
  }

  /** `use` runs once, its reads one by one. If the connection is lost meanwhile, they are STORE-UNAVAILABLE. */
  async snapshot<T>(use: (reader: StoreReader) => Promise<T>): Promise<T> {
    const client = await this.#start('reading', async client => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      return client
    })
    let before: Promise<unknown> = Promise.resolve()
    const read = async <Row extends object>(query: Query): Promise<Row[]> => {
      const answer = before.then(() => client.query<Row>({ ...query, values: [...query.values] }))
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
    this.#pool ??= this.#database.pool()
    const pool = await this.#pool.catch(error => {
      this.#pool = undefined
      throw error
    })
    return await pool.connect()
  }
}
