import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Answer, Outgoing, Requester } from '../../system/roles.ts'
import type { QueryOptions } from './config.ts'
import type { Database, Queried, Statement } from './database.ts'
import { RecordReader } from './record.ts'
import { type Parameter, parameterOf, render } from './sql-text.ts'

const defaultLimit = 1000

/** Answers each request with rows. Inside the query nothing can be written: it is a part of a larger one. */
export class SqlRequester<I, O> implements Requester<I, O> {
  readonly batch = 20
  readonly concurrency = 4
  readonly #database: Database
  readonly #name: string
  readonly #options: QueryOptions<I, O>
  readonly #reader: RecordReader
  readonly #limit: number

  constructor(database: Database, name: string, options: QueryOptions<I, O>) {
    this.#database = database
    this.#name = name
    this.#options = options
    const schema = options.response.jsonSchema
    this.#reader = new RecordReader(options.one ? schema : (schema.items as typeof schema | undefined))
    this.#limit = options.one ? 1 : (options.limit ?? defaultLimit)
  }

  async ask(items: readonly Outgoing<I>[], signal: AbortSignal): Promise<Answer<O>[]> {
    const asked = items.map(item => this.#statement(item.data))
    const statements = asked.filter((each): each is Statement => !(each instanceof IsthmusError))
    const found = (await this.#database.query(statements, signal)).values()
    return asked.map(statement => {
      if (statement instanceof IsthmusError) return { ok: false, error: statement }
      return this.#answer(found.next().value)
    })
  }

  #statement(request: I): Statement | IsthmusError {
    try {
      const piece = this.#options.sql(request)
      const { placeholder, limited } = this.#database.dialect
      const values: Parameter[] = piece.values.map(parameterOf)
      return { text: limited(render(piece, 1, placeholder), this.#limit + 1), values }
    } catch (cause) {
      if (cause instanceof IsthmusError) return cause
      const text = `Query ${this.#name}: no query can be made of the request: ${reasonOf(cause)}`
      return new IsthmusError('TARGET-REFUSED', text, { cause })
    }
  }

  #answer(found: Queried | undefined): Answer<O> {
    if (!found?.ok) return { ok: false, error: found?.error }
    const rows = found.rows.map(row => this.#reader.read(row))
    if (rows.length > this.#limit)
      return this.#wrong(`more than ${this.#limit} rows`, 'narrow the query, or raise "limit"')
    if (this.#options.one && rows.length === 0)
      return {
        ok: false,
        error: new IsthmusError('TARGET-REFUSED', `Query ${this.#name} found nothing.`, {
          detail: { absent: true },
        }),
      }
    const { response } = this.#options
    const checked = response.validate(this.#options.one ? rows[0] : rows)
    if (checked.ok) return { ok: true, result: checked.data }
    const problems = checked.problems.map(({ path, problem }) => `${path || 'the answer'} ${problem}`)
    return this.#wrong(
      `what does not fit ${response.name}: ${problems.slice(0, 5).join('; ')}`,
      'correct query or model',
    )
  }

  #wrong(what: string, remedy: string): Answer<O> {
    const text = `Query ${this.#name} found ${what}. Remedy: ${remedy}.`
    return { ok: false, error: new IsthmusError('TARGET-CONTRACT', text) }
  }
}
