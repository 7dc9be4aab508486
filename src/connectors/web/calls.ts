import { IsthmusError } from '../../errors.ts'
import { type AnyChannel, channelId, type RequesterChannel } from '../../system/channel.ts'
import type { Outgoing, Requester, Sink } from '../../system/roles.ts'
import { fitting, prepared, unusable } from '../http/around-call.ts'
import { checkPath, queryText } from '../http/path.ts'
import { eachAlone } from '../single-calls.ts'
import type { PageOptions, SubmitOptions } from './config.ts'
import { filledForm } from './form.ts'
import { find, recordsIn, textOf } from './layout.ts'
import type { Site } from './site.ts'

/** Reads one page per message, one after another. */
export function pageRequester(
  channel: RequesterChannel<unknown, unknown>,
  options: PageOptions<never, unknown>,
  site: Site,
): Requester {
  const id = channelId(channel)
  return {
    ask: (items, signal) =>
      eachAlone(items, async ({ data }) => {
        const path = prepared(
          id,
          () => pathOf(id, options.path, data) + queryText(options.query?.(data as never)),
        )
        const page = await site.open(path, { channel: id, signal }, options.rendered)
        const found = recordsIn(page, options, id)
        const flawed = found.find(each => 'flaw' in each)
        if (flawed && 'flaw' in flawed) throw unusable(id, flawed.flaw, false)
        const records = found.map(each => ('data' in each ? each.data : {}))
        if (options.records === undefined && records.length === 0)
          throw new IsthmusError('TARGET-REFUSED', `${id}: the page ${path} says that there is nothing.`)
        const answer = options.records === undefined ? records[0] : records
        return fitting(channel.answer, answer, reason => unusable(id, reason, false))
      }),
  }
}

/** Sends one form per message, one after another. */
export function formSink(channel: AnyChannel, options: SubmitOptions<never>, site: Site): Sink {
  const id = channelId(channel)
  return {
    write: (items, signal) => eachAlone<undefined>(items, item => submit(id, options, site, item, signal)),
  }
}

async function submit(
  id: string,
  { path, form = 'form', values, done, failed }: SubmitOptions<never>,
  site: Site,
  item: Outgoing,
  signal: AbortSignal,
): Promise<undefined> {
  const asker = { channel: id, signal }
  const [address, filled] = prepared(
    id,
    () => [pathOf(id, path, item.data), values(item as Outgoing<never>)] as const,
  )
  const page = await site.open(address, asker).catch(unsent)
  const answer = await site.send(filledForm(page, form, filled, id), page, asker)
  const refusal = failed === undefined ? undefined : find(answer.$, failed, id)
  if (refusal && refusal.length > 0)
    throw new IsthmusError('TARGET-REFUSED', `${id}: the site says: ${textOf(refusal).slice(0, 500)}`)
  if (find(answer.$, done, id).length > 0) return undefined
  const text = `${id}: the form was sent, and the page behind it shows neither "${done}" nor a failure.`
  throw new IsthmusError('TARGET-UNANSWERED', text)
}

/** The page with the form did not come: nothing was sent. */
function unsent(error: unknown): never {
  if (!(error instanceof IsthmusError) || error.code !== 'TARGET-UNANSWERED') throw error
  throw new IsthmusError('TARGET-UNAVAILABLE', error.message, { cause: error })
}

function pathOf(id: string, path: string | ((data: never) => string), data: unknown): string {
  const text = typeof path === 'string' ? path : path(data as never)
  checkPath(text, id, 'MSG-ENCODE')
  return text
}
