import { hash } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import type { HttpAnswer } from '../http/call.ts'
import { linkTo } from './link-header.ts'
import { find, type Where } from './where.ts'

/** Pages have numbers. */
export interface NumberedPages {
  /** By the number of the page. */
  readonly by: 'page'
  /** The query parameter with the number. Default `page`. */
  readonly parameter?: string | undefined
  /** Number of the first page. Default 1. */
  readonly first?: number | undefined
  /** How many records the list has. Default: it ends with an empty page. */
  readonly total?: Where | undefined
  /**
   * Whether records may move to an earlier page while the list is read, because others before them go away. Then each
   * page but the last is asked for twice: again after the one behind it. `false`, for a list that only grows at its end,
   * asks once; a record that moves all the same is passed over, until the next look, and for good with `since`. Default
   * true.
   */
  readonly moves?: boolean | undefined
}

/** So many records are passed over; any number must do. */
export interface OffsetPages {
  /** By the number of records that are passed over. */
  readonly by: 'offset'
  /** The query parameter with that number. Default `offset`. */
  readonly parameter?: string | undefined
  /** How many records the list has. Default: it ends with a page that adds nothing. */
  readonly total?: Where | undefined
}

/** Each answer leads to the next page. Nothing, null, false or '' is the end. */
export type LinkedPages =
  | {
      /** By a text in the body, which the next request gives back. */
      readonly by: 'cursor'
      /** The query parameter with the cursor. Default `cursor`. */
      readonly parameter?: string | undefined
      /** Where the cursor stands in an answer. */
      readonly cursor: Where
    }
  /** By an address in the body, which stands at `next`. */
  | { readonly by: 'next'; readonly next: Where }
  /** By a header `Link` with the relation `next`. Source: RFC 8288. */
  | { readonly by: 'link' }

/** How a list is divided into pages. How long a page is, is said in the channel's `query` where the system wants it. */
export type Pages = NumberedPages | OffsetPages | LinkedPages

export interface Page {
  readonly answer: HttpAnswer
  readonly data: unknown
  /** Of its records, in their order: another one for a record that changed. */
  readonly ids: readonly string[]
}

/** How pages are asked for. */
export interface Asking<P extends Page> {
  /** In messages. */
  readonly channel: string
  /** The address of the list, with these parameters. */
  address(parameters: Readonly<Record<string, string>>): string
  /** The address that a reference in the answer from another address leads to; throws where that is not allowed. */
  follow(reference: string, from: string): string
  ask(address: string): Promise<P>
}

/**
 * Reads the list once. False if records may have been passed over, because others before them went away meanwhile: then
 * it is to be read again.
 */
export function pass<P extends Page>(
  pages: Pages | undefined,
  asking: Asking<P>,
): AsyncGenerator<P, boolean> {
  if (pages?.by === 'page') return byNumber(pages, asking)
  if (pages?.by === 'offset') return byOffset(pages, asking)
  return asLinked(pages, asking)
}

/**
 * Each page begins with the last record of the one before it. If it holds none of that page, something moved: then it is
 * asked for from further back, until the two meet, and those after it reach back as far.
 */
async function* byOffset<P extends Page>(pages: OffsetPages, asking: Asking<P>): AsyncGenerator<P, boolean> {
  const { parameter = 'offset' } = pages
  const progress = new Progress(parameter, asking.channel)
  let last: P | undefined
  let end = 0
  for (let back = 0; ; ) {
    const page = await asking.ask(asking.address({ [parameter]: String(end - back) }))
    yield page
    if (last && back > 0 && !haveCommon(last.ids, page.ids)) {
      back *= 2
      if (end <= back) return false
      continue
    }
    progress.check(last, page)
    const { length } = page.ids
    end += length - back
    if (length <= back && addsNothing(last, page)) return true
    if (isAll(end, pages, page, asking.channel)) return true
    back = Math.min(Math.max(back, 1), Math.floor(length / 2))
    last = page
  }
}

/** Whether its last record is one of the page before it. */
function addsNothing(last: Page | undefined, { ids }: Page): boolean {
  const final = ids.at(-1)
  return final === undefined || (last?.ids.includes(final) ?? false)
}

function haveCommon(some: readonly string[], others: readonly string[]): boolean {
  const known = new Set(some)
  return others.some(id => known.has(id))
}

/** Each page is read again after the one behind it, so that what moved from there to here is found, if it moves. */
async function* byNumber<P extends Page>(
  pages: NumberedPages,
  asking: Asking<P>,
): AsyncGenerator<P, boolean> {
  const { parameter = 'page', first = 1, moves = true } = pages
  const ask = (number: number) => asking.ask(asking.address({ [parameter]: String(number) }))
  const progress = new Progress(parameter, asking.channel)
  let last: P | undefined
  let read = 0
  for (let number = first; ; number++) {
    const page = await ask(number)
    yield page
    progress.check(last, page)
    if (last && moves) {
      const again = await ask(number - 1)
      yield again
      const seam = last.ids.at(-1) ?? ''
      if (!again.ids.includes(seam) && !page.ids.includes(seam)) return false
    }
    read += page.ids.length
    if (page.ids.length === 0 || isAll(read, pages, page, asking.channel)) return true
    last = page
  }
}

/** What moves meanwhile is the system's to deal with: it made the links. */
async function* asLinked<P extends Page>(
  pages: LinkedPages | undefined,
  asking: Asking<P>,
): AsyncGenerator<P, boolean> {
  const been = new Set<string>()
  for (let address = asking.address({}); ; ) {
    been.add(hash('sha1', address, 'base64'))
    const page = await asking.ask(address)
    yield page
    const next = nextAddress(pages, page, asking, address)
    // Some systems give the last cursor again and again, for those who come back with it.
    if (next === undefined || (next === address && page.ids.length === 0)) return true
    if (been.has(hash('sha1', next, 'base64')))
      throw new IsthmusError('SOURCE-FAILED', `${asking.channel}: its pages lead in a circle`)
    address = next
  }
}

function nextAddress<P extends Page>(
  pages: LinkedPages | undefined,
  { answer, data }: Page,
  { channel, address, follow }: Asking<P>,
  from: string,
): string | undefined {
  if (!pages) return undefined
  if (pages.by === 'cursor') {
    const cursor = saidIn(data, pages.cursor, channel)
    return cursor === undefined ? undefined : address({ [pages.parameter ?? 'cursor']: cursor })
  }
  const reference =
    pages.by === 'next' ? saidIn(data, pages.next, channel) : linkTo('next', answer.headers.link)
  return reference === undefined ? undefined : follow(reference, from)
}

function saidIn(data: unknown, where: Where, channel: string): string | undefined {
  const said = find(data, where, channel)
  if (said === undefined || said === null || said === false || said === '') return undefined
  if (typeof said === 'string' || typeof said === 'number') return String(said)
  throw new IsthmusError('SOURCE-FAILED', `${channel}: what should lead to the next page is no text`)
}

/** Whether `read` records are all that there are, as far as the answer says so. */
function isAll(
  read: number,
  { total: where }: NumberedPages | OffsetPages,
  { data }: Page,
  channel: string,
): boolean {
  const total = where === undefined ? undefined : find(data, where, channel)
  if (total === undefined || total === null || total === '') return false
  if (Number.isSafeInteger(Number(total))) return read >= Number(total)
  throw new IsthmusError('SOURCE-FAILED', `${channel}: the "total" of an answer is no number`)
}

/** A page that is the same as the last one may be chance, if the list changes; again and again it is none. */
class Progress {
  readonly #text: string
  #same = 0

  constructor(parameter: string, channel: string) {
    this.#text = `${channel} was given the same page again: it does not know the parameter "${parameter}"`
  }

  check(last: Page | undefined, { ids }: Page): void {
    const same = last !== undefined && ids.length > 1 && ids.join('\n') === last.ids.join('\n')
    this.#same = same ? this.#same + 1 : 0
    if (this.#same < 3) return
    throw new IsthmusError(
      'SOURCE-FAILED',
      `${this.#text}, or answers beyond the end. Then declare a "total"`,
    )
  }
}
