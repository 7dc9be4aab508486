import { type QueryOptions, queryOf } from './address.ts'
import type { EntitiesOptions } from './config.ts'
import type { EdmSet } from './edm.ts'
import type { EntityFormat } from './entity.ts'
import { behind, both, byKey } from './keyset.ts'
import { type Page, pageIn, type Reading, singleIn } from './reading.ts'
import type { OdataService } from './service.ts'

/** Which list is read. */
export interface Listing {
  readonly options: EntitiesOptions
  readonly set: EdmSet
  readonly reading: Reading
  readonly format: EntityFormat
  /** The filter of the channel, as text. */
  readonly filter: string | undefined
}

/** Asks for lists, page by page, each in its turn. */
export class Pages {
  readonly #service: OdataService
  readonly #channel: string

  constructor(service: OdataService, channel: string) {
    this.#service = service
    this.#channel = channel
  }

  /** All records of a set that match `filter`, in the order of their keys. */
  all(listing: Listing, query: QueryOptions, signal: AbortSignal): AsyncIterable<Page> {
    if (listing.set.singleton) return this.#single(listing, query, signal)
    const { paging = 'keyset', pageSize = usualPage } = listing.options
    if (paging === 'keyset') return this.byKeyset(listing, query, listing.filter, signal)
    const ordered = { $orderby: byKey(listing.reading.type), $filter: listing.filter, ...query }
    if (paging === 'server') return this.linked(this.address(listing, ordered), pageSize, signal)
    return this.#bySkip(listing, ordered, pageSize, signal)
  }

  /** What is changed while it is read is found before or after its change, and nothing else is missed. */
  async *byKeyset(
    listing: Listing,
    query: QueryOptions,
    filter: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<Page> {
    const { reading, format, options } = listing
    const { pageSize = usualPage } = options
    for (let from: string | undefined; ; ) {
      const page = await this.first(
        listing,
        { ...query, $filter: both(filter, from), $orderby: byKey(reading.type), $top: pageSize },
        signal,
      )
      yield page
      const last = page.items.at(-1)
      if (last === undefined || !isCut(page, pageSize)) return
      from = behind(reading.whole(last), reading.type, format)
    }
  }

  /** Follows the links of the service, beginning at `path`. The last page may have a delta link. */
  async *linked(path: string, pageSize: number, signal: AbortSignal, track = false): AsyncIterable<Page> {
    const wish = `${track ? 'odata.track-changes,' : ''}odata.maxpagesize=${pageSize}`
    for (let at: string | undefined = path; at !== undefined; ) {
      const page: Page = await this.#get(at, signal, { prefer: wish })
      yield page
      at = page.next && this.#service.pathOf(page.next, this.#channel)
    }
  }

  first(listing: Listing, query: QueryOptions, signal: AbortSignal): Promise<Page> {
    return this.#get(this.address(listing, query), signal)
  }

  address({ set }: Listing, query: QueryOptions): string {
    return `/${encodeURIComponent(set.name)}${queryOf(query)}`
  }

  pathOf(link: string): string {
    return this.#service.pathOf(link, this.#channel)
  }

  async *#single(listing: Listing, query: QueryOptions, signal: AbortSignal): AsyncIterable<Page> {
    const body = await this.#ask(this.address(listing, query), signal)
    yield { items: body === undefined ? [] : [singleIn(body)], next: undefined, delta: undefined }
  }

  async *#bySkip(
    listing: Listing,
    query: QueryOptions,
    pageSize: number,
    signal: AbortSignal,
  ): AsyncIterable<Page> {
    for (let skip = 0; ; ) {
      const page = await this.first(listing, { ...query, $top: pageSize, $skip: skip || undefined }, signal)
      yield page
      skip += page.items.length
      if (page.items.length === 0 || !isCut(page, pageSize)) return
    }
  }

  async #get(path: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<Page> {
    return pageIn(await this.#ask(path, signal, headers), this.#channel)
  }

  async #ask(path: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<unknown> {
    const done = await this.#service.context.turn(signal)
    try {
      const request = { method: 'GET', path, headers, channel: this.#channel } as const
      const { body } = await this.#service.sendForJson(request, signal)
      done()
      return body
    } catch (error) {
      done(error)
      throw error
    }
  }
}

export const usualPage = 500

/** Whether there may be more: the page is full, or the service cut it shorter than it was asked to. */
export function isCut({ items, next }: Page, pageSize: number): boolean {
  return next !== undefined || items.length >= pageSize
}
