import { IsthmusError } from '../../errors.ts'
import type { Position } from '../../message/message.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Found } from '../looking-source.ts'
import { both, byKey } from './keyset.ts'
import { deliveryOf, instantOf, type Looking } from './looking.ts'
import { isCut, usualPage } from './pages.ts'
import type { Page } from './reading.ts'

/**
 * Reads what was changed from the mark on, oldest first, reaching back by the overlap. Services tell times with other
 * digits than they compare by, so that a page ends within a millisecond: that one is read to its end in the order of
 * keys, before what comes after it.
 */
export async function* lookAtChanges(
  looking: Looking,
  mark: Position | undefined,
  signal: AbortSignal,
): AsyncIterable<Found> {
  const { options, pages, reading, filter } = looking
  const { field = '', overlap = '30s' } = options.changed ?? {}
  const { pageSize = usualPage } = options
  const query = { ...reading.query([field]), $orderby: `${field},${byKey(reading.type)}`, $top: pageSize }
  const began = looking.now()
  let place = typeof mark === 'number' ? mark : undefined
  let from = place === undefined ? undefined : place - parseDuration(overlap)
  for (;;) {
    const least = from === undefined ? `${field} ne null` : `${field} ge ${moment(looking, field, from)}`
    const page = await pages.first(looking, { ...query, $filter: both(filter, least) }, signal)
    const end = endOf(page, looking, field)
    const cut = isCut(page, pageSize) && end !== undefined
    // While its last millisecond is not read to the end, nothing may be said to be done beyond the one before it.
    place = further(place, end === undefined ? undefined : end - (cut ? 1 : 0), began)
    yield { deliveries: page.items.map(item => deliveryOf(item, looking, field)), ...marked(place) }
    if (!cut) return
    const within = `${field} ge ${moment(looking, field, end)} and ${field} lt ${moment(looking, field, end + 1)}`
    for await (const rest of pages.byKeyset(looking, reading.query([field]), both(filter, within), signal))
      yield { deliveries: rest.items.map(item => deliveryOf(item, looking, field)) }
    from = end + 1
  }
}

/** The last millisecond of a page. */
function endOf({ items }: Page, { reading, channel }: Looking, field: string): number | undefined {
  const last = items.at(-1)
  if (last === undefined) return undefined
  const at = instantOf(String(reading.whole(last)[field]))
  if (!Number.isNaN(at)) return at
  throw new IsthmusError(
    'CONFIG-INVALID',
    `${channel}: ${field} holds no moment by which changes could be told`,
  )
}

/** Never beyond the time of the look, so that a moment in the future hides nothing that is yet to come. */
function further(place: number | undefined, end: number | undefined, now: number): number | undefined {
  if (end === undefined) return place
  return Math.max(place ?? Number.NEGATIVE_INFINITY, Math.min(end, now))
}

function marked(place: number | undefined): { mark?: Position } {
  return place === undefined ? {} : { mark: place }
}

function moment({ reading, format, channel }: Looking, field: string, at: number): string {
  const type = reading.type.properties.get(field)?.type
  if (type !== 'Edm.DateTime' && type !== 'Edm.DateTimeOffset')
    throw new IsthmusError('CONFIG-INVALID', `${channel}: ${field} is no field with the time of a change`)
  const text = new Date(at).toISOString()
  return format.literal(type === 'Edm.DateTime' ? text.slice(0, -1) : text, type, field)
}
