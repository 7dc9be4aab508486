import { IsthmusError } from '../../errors.ts'
import { propertyOf } from '../../message/codec/xml-shape.ts'
import type { Position } from '../../message/message.ts'
import { channelId, type SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Found, Look } from '../looking-source.ts'
import { valueAt } from './answer.ts'
import { checkSelected } from './call.ts'
import type { ListQuery, Page, Variables } from './config.ts'
import type { Operation } from './document.ts'
import type { GraphqlLink } from './link.ts'
import type { GraphqlErrors } from './outcome.ts'
import { readConnection, readRecords } from './pages.ts'
import { type Identified, recordDelivery } from './record.ts'

export interface ListSettings extends ListQuery {
  readonly id: (record: unknown) => string
  readonly errors?: GraphqlErrors | undefined
}

/** Times that a list by offset may move while it is read, before the look is given up. */
const mostMoves = 10

/** Looks at a list page by page: at what changed, or at all of it. */
export class List {
  readonly #channel: string
  readonly #settings: ListSettings
  readonly #link: GraphqlLink
  readonly #operation: Operation
  readonly #read: (record: unknown) => Identified
  readonly #size: number
  readonly #overlap: number

  /** Throws FLOW-DEFINITION where the document cannot be used. */
  constructor(channel: SourceChannel<unknown>, settings: ListSettings, link: GraphqlLink) {
    const { document, at, paging = 'connection', size = 100, overlap = '1m', id } = settings
    const shape = propertyOf(channel.model.jsonSchema).shape
    this.#channel = channelId(channel)
    this.#settings = settings
    this.#link = link
    this.#operation = link.read(document, 'query', this.#channel)
    this.#read = record => recordDelivery(record, { shape, id })
    this.#size = size
    this.#overlap = parseDuration(overlap)
    const needed = paging === 'connection' ? ['pageInfo.hasNextPage', 'pageInfo.endCursor'] : []
    for (const path of [at, ...needed.map(each => `${at}.${each}`)])
      checkSelected(this.#operation, path, this.#channel)
  }

  /** The mark is the time of the last change that was seen, given when the whole list has been read. */
  readonly look: Look = (mark, signal) => this.#look(mark, signal)

  async *#look(mark: Position | undefined, signal: AbortSignal): AsyncIterable<Found> {
    const last = instantIn(mark)
    const since = last === undefined ? undefined : new Date(last - this.#overlap).toISOString()
    let newest = last
    for await (const records of this.#pages(since, signal)) {
      const deliveries = records.map(this.#read)
      for (const { data } of deliveries) newest = this.#later(newest, data)
      yield { deliveries }
    }
    if (newest !== undefined) yield { deliveries: [], mark: { changed: new Date(newest).toISOString() } }
  }

  #pages(since: string | undefined, signal: AbortSignal): AsyncIterable<readonly unknown[]> {
    const { paging = 'connection' } = this.#settings
    if (paging === 'connection') return this.#connection(since, signal)
    return paging === 'offset' ? this.#pieces(since, signal) : this.#whole(since, signal)
  }

  async *#connection(since: string | undefined, signal: AbortSignal): AsyncIterable<readonly unknown[]> {
    const seen = new Set<string | undefined>([undefined])
    for (let after: string | undefined; ; ) {
      const value = await this.#ask({ size: this.#size, after, offset: 0, since }, signal)
      const page = readConnection(value)
      if (!page) throw this.#unfit('"at" holds no connection')
      yield page.records
      if (!page.more) return
      if (page.end === undefined || seen.has(page.end)) throw this.#unfit('its pages go round in circles')
      after = page.end
      seen.add(after)
    }
  }

  /**
   * Every page begins with the last record of the one before. If it does not, the list has moved, a record may have
   * slipped between two pages, and the list is read again. A page with nothing more is the end, however long the
   * server lets a page be.
   */
  async *#pieces(since: string | undefined, signal: AbortSignal): AsyncIterable<readonly unknown[]> {
    for (let moves = 0; moves <= mostMoves; moves++) {
      let last: string | undefined
      for (let offset = 0; ; ) {
        const page = { size: this.#size, after: undefined, offset, since }
        const records = readRecords(await this.#ask(page, signal))
        if (!records) throw this.#unfit('"at" holds no list')
        if (last !== undefined && (records.length === 0 || this.#read(records[0]).id !== last)) break
        const fresh = last === undefined ? records : records.slice(1)
        if (fresh.length === 0) return
        yield fresh.filter(isThere)
        last = this.#read(fresh.at(-1)).id
        offset += records.length - 1
      }
    }
    throw this.#unfit(`it moved ${mostMoves} times while it was read: give it a fixed order`)
  }

  async *#whole(since: string | undefined, signal: AbortSignal): AsyncIterable<readonly unknown[]> {
    const page = { size: this.#size, after: undefined, offset: 0, since }
    const records = readRecords(await this.#ask(page, signal))
    if (!records) throw this.#unfit('"at" holds no list')
    yield records.filter(isThere)
  }

  async #ask(page: Page, signal: AbortSignal): Promise<unknown> {
    const { errors, at } = this.#settings
    const asked = {
      operation: this.#operation,
      variables: this.#variables(page),
      errors,
      channel: this.#channel,
    }
    const done = await this.#link.context.turn(signal)
    try {
      const data = await this.#link.ask(asked, signal)
      done()
      return valueAt(data, at)
    } catch (error) {
      done(error)
      throw error
    }
  }

  #variables(page: Page): Variables {
    const { variables } = this.#settings
    if (variables) return variables(page)
    const { size, after, offset, since } = page
    const known = { first: size, after, limit: size, offset, since }
    return Object.fromEntries(Object.entries(known).filter(([name]) => this.#operation.variables.has(name)))
  }

  /** A record without a time is delivered and moves nothing. A time that is still to come would hide what changes until then. */
  #later(newest: number | undefined, data: unknown): number | undefined {
    const time = this.#changed(data)
    if (time === undefined || time === null) return newest
    const instant = typeof time === 'number' ? time : zoned.test(time) ? Date.parse(time) : Number.NaN
    if (!Number.isFinite(instant)) throw this.#unfit(`${JSON.stringify(time)} is no time with a zone`)
    return Math.max(newest ?? 0, Math.min(instant, this.#link.context.now()))
  }

  #changed(data: unknown): string | number | null | undefined {
    try {
      return data === undefined ? undefined : this.#settings.changed?.(data)
    } catch {
      return undefined
    }
  }

  #unfit(reason: string): IsthmusError {
    return this.#link.unfit(this.#channel, this.#operation, reason)
  }
}

function isThere(record: unknown): boolean {
  return record !== null
}

/** ISO 8601 with a zone; without one it would mean another moment elsewhere. */
const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/

function instantIn(mark: Position | undefined): number | undefined {
  if (mark === undefined) return undefined
  const { changed } = (mark ?? {}) as { changed?: unknown }
  const instant = typeof changed === 'string' ? Date.parse(changed) : Number.NaN
  if (Number.isFinite(instant)) return instant
  throw new IsthmusError('SOURCE-FAILED', `the position ${JSON.stringify(mark)} is not one of a list`)
}
