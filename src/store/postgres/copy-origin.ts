import type { Client } from 'pg'
import type { Json } from '../../message/json-value.ts'
import {
  type CopiedIdentity,
  contentBytes,
  type Holdings,
  type Mark,
  type Origin,
  type Range,
} from '../copy/ends.ts'
import { Database } from './database.ts'
import { storeError } from './pg-failure.ts'
import { type PostgresStoreOptions, postgresStore } from './postgres-store.ts'
import { readMark, writeMark } from './relocation.ts'
import { fromText, toText } from './stored-text.ts'

const page = 5000

/** One connection beside those of the store, for what no reader tells. */
export class CopyConnection {
  readonly schema: string
  readonly #database: Database
  #client: Promise<Client> | undefined

  constructor({ url, schema = 'isthmus', patience = 10_000 }: PostgresStoreOptions) {
    this.schema = schema
    this.#database = new Database({ url, schema, patience, readers: 1 })
  }

  mark(): Promise<Mark | undefined> {
    return readMark(query => this.run(query.text, query.values), this.schema)
  }

  /** Durable when it resolves, with all that was committed before. */
  async setMark(mark: Mark | undefined): Promise<void> {
    await writeMark(query => this.run(query.text, query.values), this.schema, mark)
  }

  #connected(): Promise<Client> {
    this.#client ??= this.#database.patiently(this.#database.deadline(), 'copying', () =>
      this.#database.connect(),
    )
    return this.#client
  }

  /** `{schema}` in a text is that of the store. */
  async run<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = await this.#connected()
    try {
      return (await client.query<Row>(text.replaceAll('{schema}', `"${this.schema}"`), [...values])).rows
    } catch (error) {
      throw storeError(error, 'copying')
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    await client?.end()
  }
}

/** The store of a schema, to be copied from, beside its owner or on its own. */
export function postgresOrigin(options: PostgresStoreOptions, place: string): Origin {
  return originOver(options, place, new CopyConnection(options))
}

export function originOver(options: PostgresStoreOptions, place: string, connection: CopyConnection): Origin {
  const store = postgresStore(options)
  return {
    place,
    read: store.read,
    holdings: postgresHoldings(connection),
    mark: () => connection.mark(),
    setMark: mark => connection.setMark(mark),
    close: async () => {
      await store.close()
      await connection.close()
    },
  }
}

function postgresHoldings(connection: CopyConnection): Holdings {
  return {
    async kept(flow) {
      const rows = await connection.run<{ first: string; last: string }>(keptText, [toText(flow)])
      return rows.map(({ first, last }): Range => [Number(first), Number(last)])
    },
    async *identities(since) {
      for (let after: string | null = null; ; ) {
        const rows: readonly IdentityRow[] = await connection.run<IdentityRow>(identitiesText, [after, since])
        yield rows.map(copied)
        after = rows.at(-1)?.name ?? null
        if (rows.length < page) return
      }
    },
    async positions() {
      const rows = await connection.run<{ source: string; position: string }>(
        'SELECT source, position FROM {schema}.positions',
      )
      return rows.map(({ source, position }) => ({
        source: fromText(source),
        position: JSON.parse(position) as Json,
      }))
    },
    async lastPosition() {
      const [row] = await connection.run<{ position: string }>('SELECT position FROM {schema}.stream_numbers')
      return Number(row?.position)
    },
  }
}

const keptText = `
SELECT min(seq) AS first, max(seq) AS last
FROM (
  SELECT seq, seq - row_number() OVER (ORDER BY seq) AS before FROM {schema}.entries
  WHERE flow = (SELECT no FROM {schema}.flows WHERE name = $1)
) AS e
GROUP BY before ORDER BY first`

const identitiesText = `
SELECT name, substr(content, 1, ${contentBytes}) AS content, id, accepted_at AS at FROM {schema}.identities
WHERE ($1::text IS NULL OR name > $1) AND accepted_at >= $2::int8 ORDER BY name LIMIT ${page}`

interface IdentityRow {
  readonly name: string
  readonly content: Buffer
  readonly id: string
  readonly at: string
}

/** Behind the control character stands the digest of a name that is too long: see `identityName`. */
function copied({ name, content, id, at }: IdentityRow): CopiedIdentity {
  const [text = '', digest] = name.split('\u0001')
  const named = digest === undefined ? fromText(text) : Buffer.from(digest, 'hex')
  return { name: named, content, id: fromText(id), at: Number(at) }
}
