import { once } from 'node:events'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { eventHead, type ReadEvent, readEvents } from '../../message/cloud-event.ts'
import { json } from '../../message/codec/json.ts'
import type { Delivery } from '../../message/message.ts'
import { channelId, type SourceChannel } from '../../system/channel.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { problem, unavailable } from '../../system/problem.ts'
import type { Intake, Receipt, Source } from '../../system/roles.ts'
import type { InboundRequest, OutboundResponse } from '../../system/route.ts'
import { traceIn } from '../../system/trace-context.ts'
import { checkPath } from '../http/path.ts'
import type { WebhookOptions } from './config.ts'
import { RateLimit } from './rate-limit.ts'
import { type Verifier, verifierOf } from './signature.ts'

/** Data, if they have been read; else the answer to a caller whose body cannot be accepted. */
type Read = { readonly data?: unknown } | { readonly refusal: OutboundResponse }
type Refusal = { readonly refusal: OutboundResponse }

const unauthorized = problem(401)

/** Is called by its system, and answers well only what has been made durable. Safe for concurrent requests. */
export class WebhookSource implements Source {
  readonly #channel: SourceChannel<unknown>
  readonly #options: WebhookOptions
  readonly #routes: ConnectContext['routes']
  readonly #path: string
  readonly #verify: Verifier
  readonly #rate: RateLimit | undefined
  readonly #now: () => number
  readonly #decode: (body: Uint8Array) => unknown

  constructor(channel: SourceChannel<unknown>, context: ConnectContext) {
    const options = channel.options as WebhookOptions
    const { verify, path = hookPath(channel), codec = json() } = options
    this.#channel = channel
    this.#options = options
    this.#routes = context.routes
    this.#path = context.resolve(path)
    checkPath(this.#path, channelId(channel), 'CONFIG-INVALID')
    this.#verify = verify === 'unsigned' ? () => true : verifierOf(verify, context.resolve, context.now)
    this.#decode = body => codec.decode(body)
    this.#now = context.now
    this.#rate = rateOf(options.rate, channel, context.now())
    if (verify === 'unsigned')
      context.log('info', `${channelId(channel)} takes what anybody sends: it is unsigned`)
  }

  /** Callers that come after the abort, or whose body arrives after it, are told to come again. */
  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    let underWay = 0
    const last = Promise.withResolvers<void>()
    const handle = async (request: InboundRequest): Promise<OutboundResponse> => {
      if (signal.aborted) return unavailable()
      underWay++
      try {
        return await this.#receive(request, intake)
      } finally {
        underWay--
        if (underWay === 0 && signal.aborted) last.resolve()
      }
    }
    const { method = 'POST', limit = 1_048_576 } = this.#options
    const remove = this.#routes.add({ method, path: this.#path, limit, handle })
    await once(signal, 'abort')
    remove()
    if (underWay > 0) await last.promise
  }

  /** Nothing of the body is read before the caller has proved who it is. */
  async #receive(request: InboundRequest, intake: Intake): Promise<OutboundResponse> {
    const wait = this.#rate?.take(this.#now()) ?? 0
    if (wait > 0) return problem(429, {}, { 'retry-after': String(Math.ceil(wait / 1000)) })
    if (!this.#verify(request)) return unauthorized
    const deliveries = this.#deliveries(request)
    if ('refusal' in deliveries) return deliveries.refusal
    const { conflict } = this.#options
    try {
      return answerTo(await intake.accept(deliveries, { conflict }))
    } catch (error) {
      if (error instanceof IsthmusError && error.code === 'MSG-LIMIT') return unreadable(error)
      if (!(error instanceof IsthmusError) || error.code !== 'ADMISSION-CLOSED') throw error
      return unavailable(error.retryAfter)
    }
  }

  /** One message, or those of a batch of CloudEvents: all, or none where one is refused. */
  #deliveries(request: InboundRequest): Delivery[] | Refusal {
    const { headers, body } = request
    const { verify } = this.#options
    // What a signature does not cover names no message: whoever copies a request could send it as another one.
    const told = verify !== 'unsigned' && verify.scheme === 'hub' ? {} : headers
    let events: readonly ReadEvent[] | undefined
    try {
      events = readEvents({ headers: told, contentType: single(headers['content-type']), body }, 'http')
    } catch (error) {
      return { refusal: unreadable(error) }
    }
    const deliveries: Delivery[] = []
    for (const event of events ?? [{ attributes: {}, content: { body } }]) {
      const read = this.#read(event.content)
      if ('refusal' in read) return read
      deliveries.push(this.#delivery(request, event, read.data))
    }
    // What names the request names each event of a batch only together with its own name.
    if (deliveries.length < 2) return deliveries
    return deliveries.map((delivery, n) => ({ ...delivery, id: eachIn(delivery.id, events?.[n]) }))
  }

  /** Without need the body stays unread: the engine reads it anyway. */
  #read({ body, data: given }: ReadEvent['content']): Read {
    const { validate, id, time } = this.#options
    if (!validate && typeof id !== 'function' && time === undefined) return { data: given }
    let data = given
    try {
      if (body) data = this.#decode(body)
    } catch (error) {
      return validate ? { refusal: unreadable(error) } : {}
    }
    const fit = validate ? this.#channel.model.validate(data) : undefined
    return fit?.ok === false ? { refusal: problem(422, { problems: fit.problems }) } : { data }
  }

  #delivery({ headers }: InboundRequest, event: ReadEvent, data: unknown): Delivery {
    const { id, time, verify } = this.#options
    const signedId = verify !== 'unsigned' && verify.scheme === 'standard-webhooks'
    const head = eventHead(event.attributes)
    let identity: string | readonly string[] | undefined
    if (typeof id === 'function') identity = this.#ask(id, data)
    else if (id !== undefined) identity = headers[id.toLowerCase()]
    else identity = signedId ? headers['webhook-id'] : head.id
    const at = time ? this.#ask(time, data) : head.time
    return {
      ...head,
      trace: traceIn(headers) ?? traceIn(head.headers),
      id: single(identity),
      time: Number.isFinite(at) ? at : undefined,
      ...(event.content.body ? { body: event.content.body, data } : { data }),
    }
  }

  /** A function of the author meets data that may not fit its model, unless they were validated. */
  #ask<V>(read: (data: unknown) => V, data: unknown): V | undefined {
    try {
      return data === undefined ? undefined : read(data)
    } catch (error) {
      if (this.#options.validate) throw error
      return undefined
    }
  }
}

/** Where a system calls us unless it is said otherwise. */
export function hookPath({ system, name }: { readonly system: string; readonly name: string }): string {
  return `/hooks/${system}/${name}`
}

function rateOf(
  rate: number | undefined,
  channel: SourceChannel<unknown>,
  now: number,
): RateLimit | undefined {
  if (rate === undefined) return undefined
  if (rate > 0) return new RateLimit(rate, now)
  throw new IsthmusError('CONFIG-INVALID', `${channelId(channel)}: a rate is more than 0 requests a second.`)
}

function unreadable(error: unknown): OutboundResponse {
  const tooMuch = error instanceof IsthmusError && error.code === 'MSG-LIMIT'
  return problem(tooMuch ? 413 : 400, { detail: reasonOf(error) })
}

function eachIn(request: string | undefined, event: ReadEvent | undefined): string | undefined {
  const own = event && eventHead(event.attributes).id
  return request === undefined || request === own ? own : `${request} ${own}`
}

/** To a batch, all receipts. */
function answerTo(receipts: readonly Receipt[]): OutboundResponse {
  const conflict = receipts.find(({ status }) => status === 'conflict')
  const detail = 'A message with this identity and another body was accepted before.'
  if (conflict) return problem(409, { detail, id: conflict.id })
  const bodies = receipts.map(({ status, id }) => ({ id, status }))
  return { status: 202, body: bodies.length === 1 ? (bodies[0] as object) : bodies }
}

/** A header that says two things says nothing. */
function single(header: unknown): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined
}
