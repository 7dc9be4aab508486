import { IsthmusError } from '../../errors.ts'
import { type Found, fingerprint } from '../looking-source.ts'
import { identityOf } from './keyset.ts'
import type { Listing, Pages } from './pages.ts'

/** What a look works with. */
export interface Looking extends Listing {
  readonly channel: string
  readonly pages: Pages
  readonly now: () => number
}

type FoundDelivery = Found['deliveries'][number]

/**
 * A record as it is handed over: what cannot be read becomes a defect. `time` names the field that tells when it was
 * changed, and `since` whatever else tells one appearance of the same content from another.
 */
export function deliveryOf(item: unknown, looking: Looking, time?: string, since = ''): FoundDelivery {
  const { reading } = looking
  try {
    const whole = reading.whole(item)
    const data = reading.fields(whole)
    const at = time === undefined ? undefined : String(whole[time] ?? '')
    const instant = at === undefined ? Number.NaN : instantOf(at)
    const version = at ?? (typeof whole['@odata.etag'] === 'string' ? whole['@odata.etag'] : '')
    const id = `${identityOf(whole, reading.type)}@${version}${since}#${fingerprint({ data })}`
    return { id, data, ...(!Number.isNaN(instant) && { time: instant }) }
  } catch (error) {
    if (!(error instanceof IsthmusError) || error.code !== 'MSG-DECODE') throw error
    const body = Buffer.from(JSON.stringify(item))
    return { id: fingerprint({ body }), defect: error.message, body }
  }
}

/** Milliseconds of a moment; without a zone it is taken as UTC. */
export function instantOf(at: string): number {
  return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(at) || !at.includes('T') ? at : `${at}Z`)
}
