import { type IsthmusError, reasonOf } from '../../errors.ts'
import { eventAttributes, writeEvent } from '../../message/cloud-event.ts'
import type { Codec } from '../../message/codec/codec.ts'
import { form } from '../../message/codec/form.ts'
import { json } from '../../message/codec/json.ts'
import type { Model } from '../../model/model.ts'
import type { Outgoing, Probed } from '../../system/roles.ts'
import { traceHeaders } from '../../system/trace-context.ts'
import type { WithTypedEvent } from '../events.ts'
import { fitting, prepared, unlessUntold, unusable } from '../http/around-call.ts'
import type { HttpAnswer, HttpRequest } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import { checkedHeaders } from '../http/headers.ts'
import { businessFailure, type Outcomes, outcomeOf } from '../http/outcome.ts'
import { checkPath, queryText, type Scalar } from '../http/path.ts'
import type { CallOptions, OperationProbe } from './config.ts'
import type { Multipart } from './multipart.ts'

/** What a sink or requester channel says about being called. */
export interface OperationSettings extends WithTypedEvent<CallOptions> {
  readonly response?: Model<unknown> | undefined
  readonly etag?: string | undefined
  readonly probe?: OperationProbe | undefined
}

/** The body of a request, and the headers that belong to it. */
interface Written {
  readonly headers?: Readonly<Record<string, string>>
  readonly contentType: string
  readonly body: Uint8Array
}

/** What sinks and requesters do alike for one message. Rejects with IsthmusError. */
export class Operation {
  readonly #channel: string
  readonly #options: OperationSettings
  readonly #client: HttpClient
  readonly #codec: Codec | Multipart
  readonly #answerCodec: Codec
  readonly #idempotencyHeader: string
  /** Those that do not depend on the message. */
  readonly #fixedHeaders: Readonly<Record<string, string>>
  readonly #once: boolean

  /** `channel` is its name in messages. */
  constructor(channel: string, options: OperationSettings, client: HttpClient) {
    this.#channel = channel
    this.#options = options
    this.#client = client
    this.#codec = options.codec ?? json()
    this.#answerCodec = options.responseCodec ?? answerCodecOf(this.#codec)
    const { headers, outcomes, idempotencyHeader = 'idempotency-key' } = options
    this.#idempotencyHeader = idempotencyHeader.toLowerCase()
    this.#fixedHeaders =
      typeof headers === 'function'
        ? {}
        : checkedHeaders(definedTexts(headers), this.#channel, 'FLOW-DEFINITION')
    this.#once = outcomeOf(401, outcomes) !== 'credentials'
  }

  get canProbe(): boolean {
    return this.#options.probe !== undefined
  }

  /** What the target answered; null where the channel has no model for it. */
  async call(item: Outgoing, signal: AbortSignal): Promise<unknown> {
    const { outcomes, response } = this.#options
    const request = prepared(this.#channel, () => this.#request(item))
    const answer = await this.#send(request, outcomes, signal)
    this.#checkFailure(answer, this.#answerCodec)
    if (response)
      return this.#fitting(response, this.#tagged(this.#read(answer, this.#answerCodec), answer), answer)
    if (isPage(answer)) throw this.#unfit(answer, 'it is a page for people, as logins and gateways show them')
    return null
  }

  /** Rejects where asking again later may tell; what will never tell is `unknown`, and logged. */
  async probe(item: Outgoing, signal: AbortSignal): Promise<Probed<unknown>> {
    const { probe } = this.#options
    if (!probe) return { outcome: 'unknown' }
    return unlessUntold(this.#probe(probe, item, signal), this.#channel, text => this.#client.warn(text))
  }

  async #probe(probe: OperationProbe, item: Outgoing, signal: AbortSignal): Promise<Probed<unknown>> {
    const { response } = this.#options
    const { codec = this.#answerCodec, done, result = (data: unknown) => data } = probe
    const request = prepared(this.#channel, () => this.#probeRequest(item, probe, codec))
    const answer = await this.#send(request, absentIsGood, signal)
    if (answer.status === 404) return { outcome: 'absent' }
    this.#checkFailure(answer, codec)
    if (!done && !response) return { outcome: 'done', result: null }
    const data = this.#read(answer, codec)
    if (done && !done(data)) return { outcome: 'absent' }
    return { outcome: 'done', result: response ? this.#fitting(response, result(data), answer) : null }
  }

  async #send(
    request: HttpRequest,
    outcomes: Outcomes | undefined,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const answer = await this.#client.send(request, signal)
    const failure = this.#client.failure(answer, outcomes, this.#channel)
    if (failure) throw failure
    return answer
  }

  #request(item: Outgoing): HttpRequest {
    const { method, path, query, headers, body, effect } = this.#options
    const sent: Record<string, string> = {
      accept: this.#answerCodec.contentType,
      ...traceHeaders(item.trace),
    }
    const written = method === 'GET' || (method === 'DELETE' && !body) ? undefined : this.#write(item)
    if (written) {
      Object.assign(sent, written.headers)
      sent['content-type'] = written.contentType
    }
    if (effect.kind === 'idempotent') sent[this.#idempotencyHeader] = item.effectKey
    const own =
      typeof headers === 'function'
        ? checkedHeaders(definedTexts(headers(item)), this.#channel, 'MSG-ENCODE')
        : this.#fixedHeaders
    const place = typeof path === 'function' ? this.#path(path(item.data)) : path
    return {
      method,
      path: query ? place + queryText(query(item.data)) : place,
      headers: Object.assign(sent, own),
      body: written?.body,
      channel: this.#channel,
      once: this.#once,
    }
  }

  #write(item: Outgoing): Written | undefined {
    const { body, event } = this.#options
    const data = body ? body(item) : item.data
    if (data === undefined) return undefined
    const written = this.#encoded(data)
    if (!event) return written
    return writeEvent(eventAttributes(item, event), written, event.mode ?? 'binary', 'http')
  }

  #encoded(data: unknown): Written {
    if ('write' in this.#codec) return this.#codec.write(data)
    return { contentType: this.#codec.contentType, body: this.#codec.encode(data) }
  }

  #probeRequest(item: Outgoing, { path, query }: OperationProbe, codec: Codec): HttpRequest {
    return {
      method: 'GET',
      path: this.#path(path(item)) + queryText(query?.(item)),
      headers: { accept: codec.contentType },
      channel: this.#channel,
    }
  }

  #path(path: string): string {
    checkPath(path, this.#channel, 'MSG-ENCODE')
    return path
  }

  /** Throws the failure that an answer with a good status holds. */
  #checkFailure(answer: HttpAnswer, codec: Codec): void {
    const { failure } = this.#options
    if (!failure) return
    const data = this.#read(answer, codec)
    let found: ReturnType<typeof failure>
    try {
      found = failure(data, answer.status)
    } catch (error) {
      throw this.#unfit(answer, this.#client.hide(`"failure" cannot read it: ${reasonOf(error)}`))
    }
    if (found) throw businessFailure(found, answer, this.#channel, text => this.#client.hide(text))
  }

  /** What was read, with the version of it that the header says. */
  #tagged(data: unknown, { headers }: HttpAnswer): unknown {
    const { etag } = this.#options
    if (etag === undefined || typeof data !== 'object' || data === null || Array.isArray(data)) return data
    return { ...data, [etag]: headers.etag }
  }

  #read(answer: HttpAnswer, codec: Codec): unknown {
    if (answer.body.length === 0) return null
    try {
      return codec.decode(answer.body)
    } catch (error) {
      throw this.#unfit(answer, reasonOf(error))
    }
  }

  #fitting(model: Model<unknown>, data: unknown, answer: HttpAnswer): unknown {
    return fitting(model, data, reason => this.#unfit(answer, reason))
  }

  #unfit({ status }: HttpAnswer, reason: string): IsthmusError {
    return unusable(this.#channel, reason, this.#options.effect.kind !== 'read', status)
  }
}

/** An HTML document; a word in a text that calls itself HTML is none. */
function isPage({ headers, body }: HttpAnswer): boolean {
  if (!/html/i.test(String(headers['content-type']))) return false
  const begin = body.subarray(0, 200).toString('latin1').trimStart()
  return /^<(!doctype html|html|head|body)\b/i.test(begin)
}

/** Who takes a form does not answer with one. */
function answerCodecOf(codec: Codec | Multipart): Codec {
  return 'decode' in codec && codec.contentType !== form().contentType ? codec : json()
}

function definedTexts(
  headers: Readonly<Record<string, Scalar | null | undefined>> = {},
): Record<string, string> {
  const defined = Object.entries(headers).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(defined.map(([name, value]) => [name, String(value)]))
}

/** For probes, to which a missing resource is an answer like any other. */
const absentIsGood: Outcomes = { 404: 'ok' }
