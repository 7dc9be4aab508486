import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import type { Setting } from '../../system/setting.ts'
import type { HttpAnswer } from '../http/call.ts'
import { HttpClient } from '../http/client.ts'
import type { HttpOptions } from '../http/config.ts'
import { targetOf } from '../http/target.ts'

/** A schema registry: Confluent's, or one with its HTTP interface. */
export interface RegistryOptions extends HttpOptions {
  /** Where it answers: `https://registry.example.com`. */
  readonly url: Setting
}

const contentType = 'application/vnd.schemaregistry.v1+json'
/** Ids of the registry's errors. */
const unknownSchema = 40403

/** What is told of a schema is so for ever: it is asked once. */
export class Registry {
  readonly #client: HttpClient
  readonly #channel: string
  readonly #schemas = new Map<number, Promise<string | undefined>>()
  readonly #ids = new Map<string, Promise<number>>()

  constructor({ url, ...options }: RegistryOptions, context: ConnectContext) {
    this.#channel = `${context.system} (schema registry)`
    this.#client = new HttpClient(targetOf(context.resolve(url), context.system), options, context)
  }

  /** The text of a schema; undefined if the registry does not know it. */
  schema(id: number, signal: AbortSignal): Promise<string | undefined> {
    return this.#once(this.#schemas, id, async () => {
      const answer = await this.#send('GET', `/schemas/ids/${id}`, undefined, signal)
      if (answer.status === 404 && codeIn(answer) === unknownSchema) return undefined
      const { schema, schemaType = 'AVRO' } = this.#read(answer)
      if (typeof schema === 'string' && schemaType === 'AVRO') return schema
      throw this.#wrong(`schema ${id} is not Avro`)
    })
  }

  /** The id of a schema under a subject, where it is registered first if `register` says so. */
  id(subject: string, schema: string, register: boolean, signal: AbortSignal): Promise<number> {
    return this.#once(this.#ids, `${subject} ${schema}`, async () => {
      const path = `/subjects/${encodeURIComponent(subject)}${register ? '/versions' : ''}`
      const answer = await this.#send('POST', path, { schema }, signal)
      if (answer.status === 404)
        throw this.#wrong(
          `the subject ${subject} does not hold this schema; register it, or declare "register"`,
        )
      const { id } = this.#read(answer)
      if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < 2 ** 32) return id
      throw this.#wrong(`it gave no id for the subject ${subject}`)
    })
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /** A failure is not kept. */
  #once<K, V>(known: Map<K, Promise<V>>, key: K, ask: () => Promise<V>): Promise<V> {
    const found = known.get(key)
    if (found) return found
    const asked = ask()
    known.set(key, asked)
    asked.then(
      value => value ?? known.delete(key),
      () => known.delete(key),
    )
    return asked
  }

  #send(
    method: 'GET' | 'POST',
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const headers = { accept: contentType, ...(body && { 'content-type': contentType }) }
    const bytes = body && Buffer.from(JSON.stringify(body))
    return this.#client.send({ method, path, headers, body: bytes, channel: this.#channel }, signal)
  }

  #read(answer: HttpAnswer): Readonly<Record<string, unknown>> {
    const failure = this.#client.failure(answer, undefined, this.#channel)
    if (failure?.code === 'TARGET-REFUSED') throw this.#wrong(failure.message)
    // Nothing of our messages depends on whether it was done.
    if (failure?.code === 'TARGET-UNANSWERED')
      throw new IsthmusError('TARGET-UNAVAILABLE', failure.message, { cause: failure })
    if (failure) throw failure
    try {
      return Object(JSON.parse(answer.body.toString()))
    } catch {
      throw this.#wrong('it answered something that is no JSON')
    }
  }

  #wrong(reason: string): IsthmusError {
    return new IsthmusError('TARGET-CONTRACT', `${this.#channel}: ${reason}.`, { fate: 'pause' })
  }
}

function codeIn(answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.body.toString()).error_code
  } catch {
    return undefined
  }
}
