import { IsthmusError } from '../errors.ts'
import type { FlowAddress, MessageHead, NewMessage } from '../store/store.ts'
import type { CarriedRecord } from './transport.ts'

/** In its own words, as it may lie in a log for days: names are never used for anything else later. */
interface CarriedHead {
  readonly v: 1
  readonly id: string
  readonly flow: string
  readonly key: string
  readonly at: number
  readonly identity: string
  readonly head: MessageHead
}

/**
 * One record for each flow: its keys decide where it stands. So each has an identity of its own, by flow; what has none is
 * known by its id, so that a record that was written twice is one message.
 */
export function carriedOf({ flows, id, head, body, acceptedAt, identity }: NewMessage): CarriedRecord[] {
  return flows.map(({ flow, partition, key }) => {
    const known = withinFlow(flow, identity ?? `${head.source}\0#${id}`)
    const carried: CarriedHead = { v: 1, id, flow, key, at: acceptedAt, identity: known, head }
    return { partition, head: JSON.stringify(carried), body }
  })
}

/** Throws SOURCE-DEFECT for what another version has written in a way that is not known here. */
export function messageOf({ partition, head, body }: CarriedRecord, place: string): NewMessage {
  const carried = parsed(head)
  if (carried?.v !== 1) {
    const text = `The record at ${place} was written by another version of Isthmus than this one, which cannot read it. Let that version, or a newer one, work here.`
    throw new IsthmusError('SOURCE-DEFECT', text, { fate: 'pause' })
  }
  const { id, flow, key, at: acceptedAt, identity } = carried
  const flows: FlowAddress[] = [{ flow, partition, key }]
  return { flows, id, head: carried.head, body, acceptedAt, identity }
}

function parsed(text: string): CarriedHead | undefined {
  try {
    return JSON.parse(text) as CarriedHead
  } catch {
    return undefined
  }
}

/** An identity begins with its source; no name has a NUL in it. */
function withinFlow(flow: string, identity: string): string {
  const [source = ''] = identity.split('\0', 1)
  return `${source}\0>${flow}${identity.slice(source.length)}`
}
