import type { Collection, Document } from 'mongodb'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Answer, Outgoing, Requester } from '../../system/roles.ts'
import { letGo, type MongoLink } from './client.ts'
import type { AggregateOptions, FindOptions } from './config.ts'
import { notSent, readFailure } from './failure.ts'
import { BsonReader, exactly } from './from-bson.ts'
import { checkQuery, expressionsIn, refuseOperators } from './guard.ts'
import { BsonWriter } from './to-bson.ts'

export type QueryOptions = FindOptions<unknown, unknown> | AggregateOptions<unknown, unknown>

const defaultLimit = 1000

/** Answers each request with documents. `ask` never rejects. */
export class MongoRequester implements Requester {
  readonly batch = 1
  readonly concurrency: number
  readonly #link: MongoLink
  readonly #name: string
  readonly #options: QueryOptions
  readonly #reader: BsonReader
  readonly #writer: BsonWriter
  readonly #limit: number

  constructor(link: MongoLink, name: string, options: QueryOptions) {
    const { response, one, limit, concurrency } = options
    this.#link = link
    this.#name = name
    this.#options = options
    const { items } = response.jsonSchema as { items?: typeof response.jsonSchema }
    this.#reader = new BsonReader(link.driver, one ? response.jsonSchema : items)
    this.#writer = new BsonWriter(link.driver, {}, 'author')
    this.#limit = one ? 1 : (limit ?? defaultLimit)
    this.concurrency = concurrency ?? 8
  }

  ask(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer<unknown>[]> {
    return Promise.all(items.map(({ data }) => this.#answer(data, signal)))
  }

  async #answer(request: unknown, signal: AbortSignal): Promise<Answer<unknown>> {
    try {
      if (signal.aborted) throw notSent()
      const query = this.#query(request)
      const documents = await this.#link.use(signal, (database, signal) =>
        this.#documents(database.collection(this.#options.collection), query, signal),
      )
      return { ok: true, result: this.#result(documents) }
    } catch (error) {
      return { ok: false, error: readFailure(error, `Query ${this.#name}`) }
    }
  }

  /** A filter, or the stages of a pipeline. */
  #query(request: unknown): unknown {
    refuseOperators(request)
    const fromData = expressionsIn(request)
    try {
      const isPipeline = 'pipeline' in this.#options
      const query = isPipeline ? this.#options.pipeline(request) : this.#options.filter(request)
      checkQuery(query, fromData, isPipeline)
      return this.#writer.value(query, '')
    } catch (cause) {
      if (cause instanceof IsthmusError) throw cause
      const text = `Query ${this.#name}: no query can be made of the request: ${reasonOf(cause)}`
      throw new IsthmusError('TARGET-REFUSED', text, { cause })
    }
  }

  /** Reads one document more than allowed, so that too many show; never more bytes than allowed. */
  async #documents(
    collection: Collection<Document>,
    query: unknown,
    signal: AbortSignal,
  ): Promise<Document[]> {
    const cursor = this.#cursor(collection, query, signal)
    const documents: Document[] = []
    let bytes = 0
    try {
      for await (const document of cursor) {
        bytes += this.#link.driver.BSON.calculateObjectSize(document)
        if (bytes > this.#link.responseLimit)
          throw this.#wrong(`more than ${this.#link.responseLimit} bytes`, 'raise "responseLimit"')
        if (documents.push(document) > this.#limit)
          throw this.#wrong(`more than ${this.#limit} documents`, 'raise "limit"')
      }
    } finally {
      letGo(cursor)
    }
    return documents
  }

  #cursor(collection: Collection<Document>, query: unknown, signal: AbortSignal) {
    const most = this.#limit + 1
    const options = { ...exactly, signal, maxTimeMS: this.#link.callTimeout, batchSize: Math.min(most, 500) }
    if ('pipeline' in this.#options)
      return collection.aggregate([...(query as Document[]), { $limit: most }], options)
    const { sort, projection } = this.#options
    const found = collection.find(query as Document, { ...options, limit: most })
    if (sort) found.sort(new Map(Object.entries(sort)))
    if (projection) found.project(projection)
    return found
  }

  #result(documents: readonly Document[]): unknown {
    const { one, response } = this.#options
    const records = documents.map(document => this.#reader.record(document))
    if (one && records.length === 0)
      throw new IsthmusError('TARGET-REFUSED', `Query ${this.#name} found nothing.`)
    const checked = response.validate(one ? records[0] : records)
    if (checked.ok) return checked.data
    const problems = checked.problems.map(({ path, problem }) => `${path || 'the answer'} ${problem}`)
    throw this.#wrong(
      `what does not fit ${response.name}: ${problems.slice(0, 5).join('; ')}`,
      'correct query or model',
    )
  }

  #wrong(what: string, remedy: string): IsthmusError {
    return new IsthmusError(
      'TARGET-CONTRACT',
      `Query ${this.#name} found ${what}. Remedy: narrow the query, or ${remedy}.`,
    )
  }
}
