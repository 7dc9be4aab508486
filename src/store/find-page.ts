import type { FindQuery, Found, FoundMessage } from './store.ts'

/** Where a page of found messages ends: behind a message, in the order of `newestFirst`. */
export interface FindPlace {
  readonly at: number
  readonly flow: string
  readonly seq: number
}

/** The newest first; of the same time by flow, and there the later one first. */
export function newestFirst(a: FindPlace, b: FindPlace): number {
  return b.at - a.at || (a.flow < b.flow ? -1 : a.flow > b.flow ? 1 : b.seq - a.seq)
}

export function placeOf(after: string | undefined): FindPlace | undefined {
  if (after === undefined) return undefined
  const [, at, seq, flow] = /^(\d+)\/(\d+)\/(.+)$/.exec(after) ?? []
  if (flow === undefined) throw new RangeError(`"${after}" is not a place in what was found`)
  return { at: Number(at), seq: Number(seq), flow }
}

/** Does the question mean this key? */
export function meant(query: FindQuery): (key: string) => boolean {
  if ('prefix' in query) return key => key.startsWith(query.prefix)
  const keys = new Set(query.keys)
  return key => keys.has(key)
}

/** The first `limit` of what was found, which is in order. */
export function pageOf(found: readonly FoundMessage[], limit: number, unsearched: number): Found {
  const messages = found.slice(0, limit)
  const last = messages.at(-1)
  const isMore = found.length > limit && last !== undefined
  const next = isMore ? `${last.acceptedAt}/${last.seq}/${last.flow}` : undefined
  return { messages, unsearched, ...(next !== undefined && { next }) }
}

export function placeOfMessage({ acceptedAt: at, flow, seq }: FoundMessage): FindPlace {
  return { at, flow, seq }
}
