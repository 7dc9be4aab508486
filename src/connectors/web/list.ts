import { hash } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import type { Delivery } from '../../message/message.ts'
import { channelId, type SourceChannel } from '../../system/channel.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { queryText, withQuery } from '../http/path.ts'
import type { Look } from '../looking-source.ts'
import { defaultMost, type ListOptions } from './config.ts'
import type { Asker, Document } from './document.ts'
import { filledForm } from './form.ts'
import { changed, find, type ReadRecord, recordsIn } from './layout.ts'
import type { Site } from './site.ts'

/** Deliveries that are handed over without an answer, however long a page is. */
const mostAtOnce = 500

/** Looks at all pages of a list. A page whose layout has changed ends it: its data are told to nobody. */
export function listLook(
  channel: SourceChannel<unknown>,
  options: ListOptions<never>,
  site: Site,
  context: ConnectContext,
): Look {
  const id = channelId(channel)
  return async function* (_, signal) {
    for await (const records of eachPage(id, options, site, context, signal))
      for (let from = 0; from < records.length; from += mostAtOnce)
        yield { deliveries: records.slice(from, from + mostAtOnce).map(record => delivery(record, options)) }
  }
}

async function* eachPage(
  channel: string,
  options: ListOptions<never>,
  site: Site,
  context: ConnectContext,
  signal: AbortSignal,
): AsyncGenerator<readonly ReadRecord[]> {
  const { pages, most = defaultMost } = options
  const asker = { channel, signal }
  let page: Document | undefined
  for (let number = 0; ; number++) {
    const turn = await context.turn(signal)
    const next = page
    try {
      page = await pageOf(number, next, options, site, asker)
      turn()
    } catch (error) {
      turn(error)
      throw paused(error)
    }
    if (page === undefined) return
    const records = readPage(page, number, options, channel)
    if (records.length === 0 && pages && 'parameter' in pages) return
    yield records
    if (!pages) return
    if (number + 1 >= most) {
      const text = `${channel}: the list has more than ${most} pages. Give it "most", if that is right.`
      throw new IsthmusError('CONFIG-INVALID', text)
    }
  }
}

/** Undefined behind the last page. */
async function pageOf(
  number: number,
  before: Document | undefined,
  options: ListOptions<never>,
  site: Site,
  asker: Asker,
): Promise<Document | undefined> {
  const { path, query, search, pages, rendered } = options
  const first = path + queryText(query)
  if (pages && 'parameter' in pages && !search)
    return site.open(withQuery(first, pages.parameter, String((pages.from ?? 1) + number)), asker, rendered)
  if (before === undefined) {
    const page = await site.open(first, asker, rendered)
    if (!search) return page
    const { form = 'form', values } = search
    return site.send(filledForm(page, form, values, asker.channel), page, asker)
  }
  if (!pages || !('next' in pages)) return undefined
  const links = find(before.$, pages.next, asker.channel)
  if (links.length === 0) return undefined
  const reference = links.first().attr('href')
  if (reference === undefined) throw changed(asker.channel, before, `"${pages.next}" is no link`)
  return site.open(site.follow(reference, before, asker), asker, rendered)
}

/** Behind the first page of a numbered list, one without records is the end. */
function readPage(page: Document, number: number, options: ListOptions<never>, channel: string) {
  const { pages, records } = options
  const mayEnd = number > 0 && pages !== undefined && 'parameter' in pages
  if (mayEnd && find(page.$, records, channel).length === 0) return []
  try {
    return recordsIn(page, options, channel)
  } catch (error) {
    throw paused(error)
  }
}

/** A person has to look at it: asking again soon does not mend it. */
function paused(error: unknown): unknown {
  if (!(error instanceof IsthmusError) || error.code !== 'TARGET-CONTRACT') return error
  return new IsthmusError(error.code, error.message, { cause: error, fate: 'pause' })
}

function delivery(record: ReadRecord, { key }: ListOptions<never>): Delivery & { readonly id: string } {
  if ('flaw' in record) {
    const body = Buffer.from(record.html)
    return { id: print(record.html), defect: record.flaw, body }
  }
  const own = key?.(record.data as never)
  const content = print(JSON.stringify(record.data))
  return { id: own === undefined ? content : `${own} ${content}`, data: record.data }
}

function print(text: string): string {
  return hash('sha1', text, 'base64url')
}
