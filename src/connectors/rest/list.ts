import { hash } from 'node:crypto'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Codec } from '../../message/codec/codec.ts'
import { json } from '../../message/codec/json.ts'
import type { Delivery, Position } from '../../message/message.ts'
import { channelId, type SourceChannel } from '../../system/channel.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { HttpClient } from '../http/client.ts'
import { businessFailure } from '../http/outcome.ts'
import { queryText } from '../http/path.ts'
import type { Found, Look } from '../looking-source.ts'
import type { ListOptions } from './config.ts'
import { type Asking, type Page, pass } from './pages.ts'
import { find } from './where.ts'

type Listed = Delivery & { readonly id: string }

/** A page with what is to be delivered of it. */
interface Read extends Page {
  readonly deliveries: readonly Listed[]
}

/** Deliveries that are handed over without an answer, however long a page is. */
const mostAtOnce = 500

/** Times that a list is read anew within one look, because it changed under our hands. */
const mostRestarts = 5

/** Looks at a list: at all of it, or at what changed since the mark. */
export function listLook(channel: SourceChannel<unknown>, client: HttpClient, context: ConnectContext): Look {
  const list = new List(channelId(channel), channel.options as ListOptions, client, context)
  return (mark, signal) => list.look(mark, signal)
}

class List {
  readonly #channel: string
  readonly #options: ListOptions
  readonly #client: HttpClient
  readonly #context: ConnectContext
  readonly #codec: Codec

  constructor(channel: string, options: ListOptions, client: HttpClient, context: ConnectContext) {
    this.#channel = channel
    this.#options = options
    this.#client = client
    this.#context = context
    this.#codec = options.codec ?? json()
  }

  /** The mark is given at the end only: until then, records that are not read yet may be older than those that are. */
  async *look(mark: Position | undefined, signal: AbortSignal): AsyncGenerator<Found> {
    let latest = (mark as { time: number } | undefined)?.time
    for await (const { deliveries } of this.#steadily(latest, signal)) {
      for (const { time } of deliveries) {
        // A time in the future must not hide what is yet to come.
        if (time !== undefined) latest = Math.max(latest ?? time, Math.min(time, this.#context.now()))
      }
      for (let from = 0; from < deliveries.length; from += mostAtOnce)
        yield { deliveries: deliveries.slice(from, from + mostAtOnce) }
    }
    if (latest !== undefined && this.#options.since) yield { deliveries: [], mark: { time: latest } }
  }

  /** All pages of a list that holds still, or is read anew until it does. */
  async *#steadily(since: number | undefined, signal: AbortSignal): AsyncGenerator<Read> {
    for (let restarts = 0; restarts <= mostRestarts; restarts++) {
      if (yield* pass(this.#options.pages, this.#asking(since, signal))) return
    }
    const text = `${this.#channel}: the list changes faster than it can be read. Ask for longer pages, or use "since"`
    throw new IsthmusError('SOURCE-FAILED', text)
  }

  #asking(since: number | undefined, signal: AbortSignal): Asking<Read> {
    const { path, query } = this.#options
    const from = this.#sinceParameter(since)
    return {
      channel: this.#channel,
      address: parameters => path + queryText({ ...query, ...from, ...parameters }),
      follow: (reference, here) => this.#follow(reference, here),
      ask: address => this.#page(address, signal),
    }
  }

  async #page(path: string, signal: AbortSignal): Promise<Read> {
    const done = await this.#context.turn(signal)
    try {
      const page = await this.#ask(path, signal)
      done()
      return page
    } catch (error) {
      done(error)
      throw error
    }
  }

  async #ask(path: string, signal: AbortSignal): Promise<Read> {
    const { headers, outcomes, failure, records = '' } = this.#options
    const sent = { accept: this.#codec.contentType, ...headers }
    const channel = this.#channel
    const answer = await this.#client.send({ method: 'GET', path, headers: sent, channel }, signal)
    const failed = this.#client.failure(answer, outcomes, channel)
    if (failed) throw failed
    const data = this.#decode(answer.body)
    const found = failure && find(data, each => failure(each, answer.status), channel)
    if (found) {
      const hide = (text: string) => this.#client.hide(text)
      throw businessFailure(found as NonNullable<ReturnType<typeof failure>>, answer, channel, hide)
    }
    const list = find(data, records, channel)
    if (!Array.isArray(list))
      throw new IsthmusError(
        'SOURCE-FAILED',
        `${channel} was answered ${answer.status} without a list of records`,
      )
    const deliveries = list.map(record => this.#delivery(record))
    return { answer, data, deliveries, ids: deliveries.map(({ id }) => id) }
  }

  #decode(body: Uint8Array): unknown {
    try {
      return body.length === 0 ? null : this.#codec.decode(body)
    } catch (error) {
      const text = `${this.#channel} was answered what cannot be read: ${reasonOf(error)}`
      throw new IsthmusError('SOURCE-FAILED', text, { cause: error })
    }
  }

  /** Its identity names the content, too: a second change within one tick of the time is another message. */
  #delivery(record: unknown): Listed {
    const { since } = this.#options
    const time = since && tried(() => since.time(record))
    const print = hash('sha1', JSON.stringify(record, inOrder) ?? '', 'base64url')
    const known = time !== undefined && Number.isFinite(time)
    const key = this.#key(record)
    const id = `${key === undefined ? '' : `${key} `}${known ? `@${time} ` : ''}${print}`
    return known ? { id, time, data: record } : { id, data: record }
  }

  /** Undefined without one, and for records that do not fit their model. */
  #key(record: unknown): string | undefined {
    const { key } = this.#options
    const found: unknown = key && tried(() => key(record))
    return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined
  }

  #sinceParameter(time: number | undefined): Record<string, string> {
    const { since } = this.#options
    if (!since || time === undefined) return {}
    const { parameter, overlap = '5m', format = iso } = since
    return { [parameter]: String(format(time - parseDuration(overlap))) }
  }

  #follow(reference: string, from: string): string {
    const next = this.#client.follow(reference, from)
    if (next !== undefined) return next
    const text = `${this.#channel}: the next page is not below the url of the system. Nothing is sent elsewhere`
    throw new IsthmusError('SOURCE-FAILED', text)
  }
}

/** A function of the author meets records that may not fit their model: what it throws at tells nothing. */
function tried<V>(read: () => V): V | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Never later than the time: parts of a millisecond are cut off. */
function iso(time: number): string {
  return new Date(Math.floor(time)).toISOString()
}

/** The members of objects by name, so that records which say the same are written the same. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
