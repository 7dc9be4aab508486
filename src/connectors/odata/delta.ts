import { hash } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import type { Position } from '../../message/message.ts'
import { type Found, fingerprint } from '../looking-source.ts'
import type { Removed } from './config.ts'
import type { EdmType } from './edm.ts'
import { isRecord } from './entity.ts'
import { keyIn } from './key-text.ts'
import { identityOf } from './keyset.ts'
import { deliveryOf, type Looking } from './looking.ts'
import { usualPage } from './pages.ts'
import type { Page } from './reading.ts'

/**
 * Reads everything at first, and from then on what the delta link tells. The mark is the link, below the service root.
 * Source: OData Protocol 4.01, 11.3 and 11.4.
 */
export async function* lookByDelta(
  looking: Looking,
  mark: Position | undefined,
  signal: AbortSignal,
): AsyncIterable<Found> {
  const { pages, options, reading, filter } = looking
  const path =
    typeof mark === 'string' ? mark : pages.address(looking, { ...reading.query(), $filter: filter })
  const round = hash('sha1', path, 'base64').slice(0, 8)
  const linked = pages.linked(path, options.pageSize ?? usualPage, signal, true)
  for await (const page of valid(linked, looking, mark)) {
    const deliveries = page.items.flatMap(item => changeOf(item, looking, `~${round}`) ?? [])
    if (page.next !== undefined) yield { deliveries }
    else if (page.delta !== undefined) yield { deliveries, mark: pages.pathOf(page.delta) }
    else throw noDelta(looking)
  }
}

/** A link that is not valid any more leaves a gap, which nobody may pass over silently. */
async function* valid(
  pages: AsyncIterable<Page>,
  looking: Looking,
  mark: Position | undefined,
): AsyncIterable<Page> {
  try {
    yield* pages
  } catch (error) {
    if (mark === undefined || !(error instanceof IsthmusError) || error.detail.status !== 410) throw error
    throw new IsthmusError(
      'SOURCE-GAP',
      `${looking.channel}: gap possible: the service does not know the delta link any more, and what was changed or ` +
        'removed since then may never be told. Begun anew, the source reads the whole set.',
      { cause: error },
    )
  }
}

function changeOf(item: unknown, looking: Looking, since: string): Found['deliveries'][number] | undefined {
  const { reading, options, channel } = looking
  const removed = removedIn(item, reading.type, channel)
  if (!removed) return deliveryOf(item, looking, undefined, since)
  const data = options.delta?.removed(removed)
  if (data === undefined) return undefined
  return { id: `${identityOf(removed.key, reading.type)}@removed${since}#${fingerprint({ data })}`, data }
}

/** By 4.01 a record with `@removed`; by 4.0 one whose context says that it is a deleted entity. */
function removedIn(item: unknown, type: EdmType, channel: string): Removed | undefined {
  if (!isRecord(item)) return undefined
  const note = item['@removed'] ?? item['@odata.removed']
  const context = String(item['@odata.context'] ?? item['@context'] ?? '')
  if (note === undefined && !context.endsWith('/$deletedEntity')) return undefined
  const reason = (isRecord(note) ? note.reason : item.reason) === 'changed' ? 'changed' : 'deleted'
  const given = type.keys.every(key => item[key] !== undefined)
  const key = given ? Object.fromEntries(type.keys.map(name => [name, item[name]])) : keyOfId(item, type)
  if (key) return { key, reason }
  throw new IsthmusError(
    'TARGET-CONTRACT',
    `${channel}: the service tells of a removed record, and not of which`,
  )
}

function keyOfId(item: Record<string, unknown>, type: EdmType): Removed['key'] | undefined {
  const id = item.id ?? item['@odata.id'] ?? item['@id']
  return typeof id === 'string' ? keyIn(id, type) : undefined
}

function noDelta({ channel }: Looking): IsthmusError {
  return new IsthmusError(
    'CONFIG-INVALID',
    `${channel}: the service gave no delta link. Leave "delta" out, and declare "changed" if there is a field for it.`,
  )
}
