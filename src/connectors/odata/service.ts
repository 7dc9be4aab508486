import { readFileSync } from 'node:fs'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import type { ConnectContext } from '../../system/connector.ts'
import type { HttpAnswer, HttpRequest } from '../http/call.ts'
import { HttpClient } from '../http/client.ts'
import type { Outcomes } from '../http/outcome.ts'
import type { Shared } from '../http/shared.ts'
import { targetOf } from '../http/target.ts'
import { queryOf } from './address.ts'
import { sharedBefore } from './before.ts'
import type { OdataOptions } from './config.ts'
import { CsrfTokens } from './csrf.ts'
import type { Edm } from './edm.ts'
import { EntityFormat } from './entity.ts'
import { readableError } from './failure.ts'
import { readEdm } from './read-edm.ts'

const codec = json()
const never = new AbortController().signal

/** What all channels of a connection share: the HTTP client, the `$metadata`, the CSRF token. */
export class OdataService {
  readonly options: OdataOptions
  readonly context: ConnectContext
  readonly #client: HttpClient
  readonly #metadata: Shared<Edm>
  readonly #csrf: CsrfTokens | undefined
  readonly #calls = new Set<Promise<unknown>>()

  constructor(options: OdataOptions, context: ConnectContext) {
    const { url, version, csrf = version === 'V2', metadata } = options
    this.options = options
    this.context = context
    this.#client = new HttpClient(targetOf(context.resolve(url), context.system), options, context)
    const given = metadata === undefined ? undefined : metadataIn(metadata)
    this.#metadata = sharedBefore(async () => given ?? (await this.#fetchMetadata()), '$metadata')
    if (csrf) this.#csrf = new CsrfTokens(headers => this.#fetchToken(headers), this.#client)
  }

  /** Whether `format` needs no call any more. */
  get isDescribed(): boolean {
    return this.options.metadata !== undefined || this.#metadata.isThere
  }

  /** Rejects with what pauses a flow or may be tried again: no message was sent. */
  async format(channel: string, signal: AbortSignal): Promise<EntityFormat> {
    return new EntityFormat(await this.#metadata.get(signal), this.options.version, channel)
  }

  /** Rejects as `HttpClient.send` does. `path` is below the service root, and may have a query. */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const plain = {
      ...request,
      headers: { ...this.protocolHeaders(), ...request.headers },
      path: this.#path(request.path),
    }
    const changes = request.method !== 'GET' && request.method !== 'HEAD'
    if (!changes || !this.#csrf) return this.#client.send(plain, signal)
    return this.#csrf.send(headers => this.#client.send(withHeaders(plain, headers), signal), signal)
  }

  /** As `send`, with the JSON of a good answer; undefined where it has no body. */
  async sendForJson(
    request: HttpRequest,
    signal: AbortSignal,
    outcomes?: Outcomes,
  ): Promise<{ answer: HttpAnswer; body: unknown }> {
    const answer = await this.send(request, signal)
    const failure = this.failure(answer, outcomes, request.channel)
    if (failure) throw failure
    return { answer, body: readJson(answer, request) }
  }

  failure(answer: HttpAnswer, outcomes: Outcomes | undefined, channel: string): IsthmusError | undefined {
    return this.#client.failure(readableError(answer), outcomes, channel)
  }

  /** The path of a link that the service gave, below its root. Throws TARGET-CONTRACT for one that leads out of it. */
  pathOf(link: string, channel: string): string {
    const path = this.#client.follow(link, '/')
    if (path !== undefined) return path
    throw new IsthmusError(
      'TARGET-CONTRACT',
      `${channel}: a link leads out of the service, and is not followed`,
    )
  }

  encode(body: unknown): Uint8Array {
    return codec.encode(body)
  }

  /** Of requests, also of those within a batch. */
  protocolHeaders(): Record<string, string> {
    if (this.options.version === 'V2')
      return { accept: 'application/json', dataserviceversion: '2.0', maxdataserviceversion: '2.0' }
    return { accept: exactJson, 'odata-version': '4.0', 'odata-maxversion': '4.01' }
  }

  /** Decimals and 64-bit integers are text in it. */
  get contentType(): string {
    return this.options.version === 'V2' ? 'application/json' : exactJson
  }

  /** Reached, our credentials taken, and described as we expect. */
  async check(): Promise<void> {
    await this.#client.check()
    await this.#metadata.get(never)
  }

  /** Keeps the connection open until a call that has several requests is over. */
  underWay<T>(call: Promise<T>): Promise<T> {
    this.#calls.add(call)
    const done = () => this.#calls.delete(call)
    call.then(done, done)
    return call
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#calls)
    await this.#client.close()
  }

  #path(path: string): string {
    const { query } = this.options
    if (!query) return path
    const more = queryOf(query).slice(1)
    return more === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${more}`
  }

  async #fetchMetadata() {
    const channel = `${this.context.system} ($metadata)`
    const headers = { accept: 'application/xml' }
    const answer = await this.send({ method: 'GET', path: '/$metadata', headers, channel }, never)
    const failure = this.failure(answer, undefined, channel)
    if (failure) throw failure
    const edm = described(answer.body, channel)
    if (edm.version === this.options.version) return edm
    throw new IsthmusError(
      'CONFIG-INVALID',
      `${channel} is of ${edm.version}, not of ${this.options.version}.`,
    )
  }

  async #fetchToken(headers: Record<string, string>): Promise<HttpAnswer> {
    const channel = `${this.context.system} (X-CSRF-Token)`
    const answer = await this.send({ method: 'GET', path: '/', headers, channel }, never)
    const failure = this.failure(answer, undefined, channel)
    if (failure && failure.code !== 'TARGET-REFUSED') throw failure
    return answer
  }
}

const exactJson = 'application/json;IEEE754Compatible=true'

function withHeaders(request: HttpRequest, headers: Record<string, string>): HttpRequest {
  return { ...request, headers: { ...request.headers, ...headers } }
}

/** Throws TARGET-CONTRACT. */
export function readJson(
  { status, body }: Pick<HttpAnswer, 'status' | 'body'>,
  request: Pick<HttpRequest, 'method' | 'channel'>,
): unknown {
  if (body.length === 0) return undefined
  try {
    return codec.decode(body)
  } catch (error) {
    const done = request.method === 'GET' ? '' : ' What was asked may have been done.'
    const text = `${request.channel} answered ${status}, but what came cannot be read: ${reasonOf(error)}.${done}`
    throw new IsthmusError('TARGET-CONTRACT', text, { detail: { status } })
  }
}

function metadataIn(path: string): Edm {
  try {
    return described(readFileSync(path), path)
  } catch (cause) {
    if (cause instanceof IsthmusError) throw cause
    throw new IsthmusError('CONFIG-INVALID', `The metadata ${path} cannot be read: ${reasonOf(cause)}`, {
      cause,
    })
  }
}

function described(body: Uint8Array, place: string): Edm {
  try {
    return readEdm(body)
  } catch (cause) {
    throw new IsthmusError('CONFIG-INVALID', `${place} is no description of a service: ${reasonOf(cause)}`, {
      cause,
    })
  }
}
