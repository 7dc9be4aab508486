import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Codec } from '../../message/codec/codec.ts'
import { json } from '../../message/codec/json.ts'
import { type Model, modelId } from '../../model/model.ts'
import type { Outgoing, Probed } from '../../system/roles.ts'
import type { HttpAnswer, HttpRequest } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import { checkedHeaders } from '../http/headers.ts'
import type { Outcomes } from '../http/outcome.ts'
import { checkPath, queryText } from '../http/path.ts'
import type { CallOptions, OperationProbe } from './config.ts'

/** What a sink or requester channel says about being called. */
export interface OperationSettings extends CallOptions {
  readonly response?: Model<unknown> | undefined
  readonly responseCodec?: Codec | undefined
  readonly probe?: OperationProbe | undefined
}

/** What sinks and requesters do alike for one message. Rejects with IsthmusError. */
export class Operation {
  readonly #channel: string
  readonly #options: OperationSettings
  readonly #client: HttpClient
  readonly #codec: Codec
  readonly #answerCodec: Codec

  /** `channel` is its name in messages. */
  constructor(channel: string, options: OperationSettings, client: HttpClient) {
    this.#channel = channel
    this.#options = options
    this.#client = client
    this.#codec = options.codec ?? json()
    this.#answerCodec = options.responseCodec ?? this.#codec
  }

  get canProbe(): boolean {
    return this.#options.probe !== undefined
  }

  /** What the target answered; null where the channel has no model for it. */
  async call(item: Outgoing, signal: AbortSignal): Promise<unknown> {
    const { outcomes, response } = this.#options
    const request = this.#prepare(() => this.#request(item))
    const answer = await this.#send(request, outcomes, signal)
    return response ? this.#fitting(response, this.#read(answer, this.#answerCodec), answer) : null
  }

  /** Rejects where asking again later may tell; what will never tell is `unknown`, and logged. */
  async probe(item: Outgoing, signal: AbortSignal): Promise<Probed<unknown>> {
    const { probe } = this.#options
    if (!probe) return { outcome: 'unknown' }
    try {
      return await this.#probe(probe, item, signal)
    } catch (error) {
      if (!(error instanceof IsthmusError) || error.fate !== 'park') throw error
      this.#client.warn(`the probe of ${this.#channel} cannot tell what happened: ${error.message}`)
      return { outcome: 'unknown' }
    }
  }

  async #probe(probe: OperationProbe, item: Outgoing, signal: AbortSignal): Promise<Probed<unknown>> {
    const { response } = this.#options
    const { codec = this.#answerCodec, done, result = (data: unknown) => data } = probe
    const request = this.#prepare(() => this.#probeRequest(item, probe, codec))
    const answer = await this.#send(request, absentIsGood, signal)
    if (answer.status === 404) return { outcome: 'absent' }
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
    const {
      method,
      path,
      query,
      headers,
      body,
      effect,
      idempotencyHeader = 'idempotency-key',
    } = this.#options
    const own = typeof headers === 'function' ? headers(item) : headers
    const sent: Record<string, string> = { accept: this.#answerCodec.contentType }
    const bare = method === 'GET' || method === 'DELETE'
    if (!bare) sent['content-type'] = this.#codec.contentType
    if (effect.kind === 'idempotent') sent[idempotencyHeader.toLowerCase()] = item.effectKey
    return {
      method,
      path: this.#path(typeof path === 'function' ? path(item.data) : path) + queryText(query?.(item.data)),
      headers: own ? { ...sent, ...checkedHeaders(own, this.#channel, 'MSG-ENCODE') } : sent,
      body: bare ? undefined : this.#codec.encode(body ? body(item) : item.data),
      channel: this.#channel,
    }
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

  /** A function of the author that throws does so before anything is sent, and again at every attempt. */
  #prepare(request: () => HttpRequest): HttpRequest {
    try {
      return request()
    } catch (error) {
      if (error instanceof IsthmusError) throw error
      const text = `${this.#channel}: a function of the channel failed: ${reasonOf(error)}`
      throw new IsthmusError('STEP-FAILED', text, { cause: error })
    }
  }

  #read(answer: HttpAnswer, codec: Codec): unknown {
    try {
      return codec.decode(answer.body)
    } catch (error) {
      throw this.#unfit(answer, reasonOf(error))
    }
  }

  #fitting(model: Model<unknown>, data: unknown, answer: HttpAnswer): unknown {
    const fit = model.validate(data)
    if (fit.ok) return fit.data
    const problems = fit.problems.slice(0, 10).map(({ path, problem }) => `${path || 'it'} ${problem}`)
    throw this.#unfit(answer, `not a ${modelId(model)}: ${problems.join('; ')}`)
  }

  #unfit({ status }: HttpAnswer, reason: string): IsthmusError {
    const done = this.#options.effect.kind === 'read' ? '' : ' What was asked may have been done.'
    const text = `${this.#channel} answered ${status}, but what came cannot be used: ${reason}.${done}`
    return new IsthmusError('TARGET-CONTRACT', text, { detail: { status } })
  }
}

/** For probes, to which a missing resource is an answer like any other. */
const absentIsGood: Outcomes = { 404: 'ok' }
