import type { GraphQLSchema } from 'graphql'
import { openDocument } from '../../contract/open-document.ts'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import type { ConnectContext } from '../../system/connector.ts'
import type { Setting } from '../../system/setting.ts'
import { type TraceContext, traceHeaders } from '../../system/trace-context.ts'
import { unusable } from '../http/around-call.ts'
import type { Proof } from '../http/auth.ts'
import type { HttpAnswer } from '../http/call.ts'
import { HttpClient } from '../http/client.ts'
import { outcomeOf as outcomeOfStatus } from '../http/outcome.ts'
import { retryAfterOf } from '../http/retry-after.ts'
import { targetOf } from '../http/target.ts'
import { isObject, type Reply, replyIn, textOf } from './answer.ts'
import type { Document, GraphqlOptions, Variables } from './config.ts'
import { type Operation, readOperation } from './document.ts'
import { type Graphql, loadGraphql } from './driver.ts'
import { failureOf, type GraphqlErrors, outcomeOf } from './outcome.ts'
import { schemaOf } from './schema.ts'

const codec = json()
const accept = 'application/graphql-response+json, application/json;q=0.9'

/** One operation on its way. */
export interface Asked {
  readonly operation: Operation
  readonly variables: Variables | undefined
  /** What the channel's errors mean. */
  readonly errors: GraphqlErrors | undefined
  /** Who asks, for messages. */
  readonly channel: string
  /** Sent as `idempotency-key`. */
  readonly key?: string | undefined
  readonly trace?: TraceContext | undefined
}

/** What all channels of a connection share: the HTTP client, the schema, the meaning of errors. */
export class GraphqlLink {
  readonly context: ConnectContext
  readonly options: GraphqlOptions
  readonly #client: HttpClient
  readonly #graphql: Graphql
  readonly #schema: GraphQLSchema | undefined

  private constructor(
    options: GraphqlOptions,
    context: ConnectContext,
    graphql: Graphql,
    schema: GraphQLSchema | undefined,
  ) {
    this.options = options
    this.context = context
    this.#graphql = graphql
    this.#schema = schema
    const target = targetOf(context.resolve(options.url), context.system)
    this.#client = new HttpClient(target, options, context)
  }

  /** Reads the schema, and connects to nothing yet. */
  static async open(options: GraphqlOptions, context: ConnectContext): Promise<GraphqlLink> {
    const graphql = await loadGraphql()
    const schema =
      options.schema === undefined ? undefined : schemaOf(graphql, await openDocument(options.schema)).schema
    return new GraphqlLink(options, context, graphql, schema)
  }

  /** Throws FLOW-DEFINITION for a document that cannot be used. */
  read(document: Document<never>, kind: Operation['kind'], channel: string): Operation {
    return readOperation(this.#graphql, document, { channel, kind, schema: this.#schema })
  }

  /** `data` of a good answer; rejects with what any other means. */
  async ask(asked: Asked, signal: AbortSignal): Promise<unknown> {
    const { operation, channel } = asked
    const body = codec.encode({
      query: operation.text,
      operationName: operation.name,
      variables: asked.variables,
    })
    const headers: Record<string, string> = { accept, 'content-type': codec.contentType }
    Object.assign(headers, traceHeaders(asked.trace))
    if (asked.key !== undefined) headers['idempotency-key'] = asked.key
    const answer = await this.#client.send({ method: 'POST', path: '', headers, body, channel }, signal)
    const failure = this.#client.failure(answer, undefined, channel)
    const reply = this.#read(answer, asked, failure)
    const failed = this.failureIn(reply, asked, answer)
    if (failed ?? failure) throw failed ?? failure
    return reply.data
  }

  /** The error that the errors of an answer mean; undefined where there are none, or all are as good as none. */
  failureIn(reply: Reply, asked: Asked, answer?: HttpAnswer): IsthmusError | undefined {
    if (reply.errors.length === 0) return undefined
    const mutation = asked.operation.kind === 'mutation'
    const status = answer && outcomeOfStatus(answer.status)
    const answered = { ...reply, mutation, status }
    const outcome = this.judged(asked, () => outcomeOf(answered, [asked.errors, this.options.errors]))
    if (outcome === 'ok') return undefined
    // The answer was a good one for HTTP, which therefore still trusts them.
    if (outcome === 'credentials') this.forgetCredentials()
    return failureOf(outcome, reply.errors.map(textOf), {
      channel: asked.channel,
      hide: text => this.hide(text),
      retryAfter: this.#retryAfter(reply, answer),
    })
  }

  /** A function of the author that judges an answer runs when something may have been done. */
  judged<T>({ channel, operation }: Asked, judge: () => T): T {
    try {
      return judge()
    } catch (error) {
      if (error instanceof IsthmusError) throw error
      throw this.unfit(channel, operation, `a function that judges answers failed: ${reasonOf(error)}`)
    }
  }

  unfit(channel: string, { kind }: Operation, reason: string): IsthmusError {
    return unusable(channel, this.hide(reason), kind === 'mutation')
  }

  resolve(setting: Setting): string {
    return this.#client.resolve(setting)
  }

  /** Who we are, for a WebSocket that is opened at a URL. Rejects with what keeps us from telling. */
  proofAt(url: string): Promise<Proof> {
    return this.#client.proofAt(url, AbortSignal.timeout(30_000))
  }

  forgetCredentials(): void {
    this.#client.forgetCredentials()
  }

  hide(text: string): string {
    return this.#client.hide(text)
  }

  warn(text: string): void {
    this.#client.warn(text)
  }

  /** Asks for nothing but the name of the query type: every GraphQL server answers that. */
  async check(): Promise<void> {
    const channel = this.context.system
    const operation = this.read('{ __typename }', 'query', channel)
    const asked = { operation, variables: undefined, errors: undefined, channel }
    await this.ask(asked, new AbortController().signal)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  #read(answer: HttpAnswer, { channel, operation }: Asked, failure: IsthmusError | undefined): Reply {
    let value: unknown
    try {
      value = codec.decode(answer.body)
    } catch (error) {
      throw failure ?? this.unfit(channel, operation, reasonOf(error))
    }
    const reply = replyIn(value)
    if (reply) return reply
    throw failure ?? this.unfit(channel, operation, 'it is no answer of a GraphQL server')
  }

  /** In milliseconds: a header, or what Shopify and others say among the extensions. */
  #retryAfter({ errors, extensions }: Reply, answer: HttpAnswer | undefined): number | undefined {
    const said = retryAfterOf(answer?.headers['retry-after'], this.context.now())
    if (said !== undefined) return said
    const seconds = errors.map(({ extensions: { retryAfter } }) => retryAfter).find(isSeconds)
    if (seconds !== undefined) return retryAfterOf(String(Math.ceil(seconds)), this.context.now())
    const wait = throttledFor(extensions.cost)
    return wait === undefined ? undefined : retryAfterOf(String(wait), this.context.now())
  }
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

/** Seconds until as much is available as was asked for. Source: Shopify, GraphQL Admin API, rate limits. */
function throttledFor(cost: unknown): number | undefined {
  if (!isObject(cost) || !isObject(cost.throttleStatus)) return undefined
  const { currentlyAvailable, restoreRate } = cost.throttleStatus
  const missing = Number(cost.requestedQueryCost) - Number(currentlyAvailable)
  const seconds = Math.ceil(missing / Number(restoreRate))
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}
