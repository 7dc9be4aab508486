import {
  aggregateStream,
  applied,
  type CausedBy,
  frozen,
  readEvent,
} from '../../engine/aggregate/aggregate-log.ts'
import { projectionStream } from '../../engine/aggregate/projector.ts'
import { reasonOf } from '../../errors.ts'
import type { AggregateDefinition } from '../../flow/aggregate/definition.ts'
import type { Landscape } from '../../flow/landscape.ts'
import { Mask, masked } from '../../observe/personal-data.ts'
import type { StoreReader } from '../../store/store.ts'
import { eventsBehind } from '../../store/stream-pages.ts'
import type { StreamEvent } from '../../store/streams.ts'
import { refused } from './deciding.ts'

export interface AggregateRow {
  readonly id: string
  readonly version: number
  /** Milliseconds since 1970 UTC: of the first and the last event. */
  readonly began: number
  readonly changed: number
}

export interface AggregatePage {
  readonly aggregates: readonly AggregateRow[]
  /** Where the next page begins, if there is more. */
  readonly next?: string | undefined
}

export interface ShownEvent {
  readonly version: number
  readonly type: string
  readonly at: number
  readonly command: string
  /** The message that led to it. */
  readonly cause: string
  readonly data: unknown
  /** Why it cannot be read; then the data are as they are stored. */
  readonly problem?: string | undefined
}

export interface AggregateDetail {
  readonly aggregate: string
  readonly id: string
  readonly version: number
  readonly events: readonly ShownEvent[]
  /** Absent where an event cannot be read. */
  readonly state?: unknown
}

export interface ProjectionRow {
  readonly projection: string
  readonly of: string
  /** What is kept of it, if anything is yet. */
  readonly kept?: { readonly rows: number; readonly version: number; readonly at: number } | undefined
  /** Events of its aggregates behind what is kept, counted to 10,000. */
  readonly behind: number
}

export async function aggregatePage(
  { streams }: StoreReader,
  landscape: Landscape,
  query: { readonly name: string; readonly limit: number; readonly after?: string | undefined },
): Promise<AggregatePage> {
  const { kind } = aggregateStream(aggregateOf(landscape, query.name).name, '')
  const after = query.after === undefined ? undefined : { kind, key: query.after }
  const heads = await streams.heads({ kind, after, limit: query.limit + 1 })
  const shown = heads.slice(0, query.limit)
  const aggregates = shown.map(({ key: id, version, began, changed }) => ({ id, version, began, changed }))
  return { aggregates, ...(heads.length > shown.length && { next: shown.at(-1)?.key }) }
}

/** Undefined if nothing has ever happened to it. */
export async function aggregateDetail(
  reader: StoreReader,
  landscape: Landscape,
  { name, id, showPii }: { readonly name: string; readonly id: string; readonly showPii: boolean },
): Promise<AggregateDetail | undefined> {
  const definition = aggregateOf(landscape, name)
  const events: ShownEvent[] = []
  let state: unknown = frozen(definition.initial)
  let isReadable = true
  for await (const stored of eventsBehind(reader, aggregateStream(name, id))) {
    const event = shown(definition, stored, showPii)
    events.push(event)
    isReadable &&= event.problem === undefined
    if (isReadable) state = applied(definition, state, readEvent(definition, stored))
  }
  if (events.length === 0) return undefined
  const common = { aggregate: name, id, version: events.length, events }
  return isReadable ? { ...common, state: hidden(state, definition.state.pii, showPii) } : common
}

export async function projectionRows(
  { streams }: StoreReader,
  { projections }: Landscape,
): Promise<ProjectionRow[]> {
  return await Promise.all(
    projections.map(async ({ name, from }) => {
      const head = await streams.head(projectionStream(name))
      const kept = head?.snapshot?.data as { of: number; position: number; rows: unknown[] } | undefined
      const { kind } = aggregateStream(from.name, '')
      const behind = await streams.log({ kind, after: kept?.position ?? 0, limit: 10_000 })
      const told = kept && { rows: kept.rows.length, version: kept.of, at: head?.changed ?? 0 }
      return { projection: name, of: from.name, kept: told, behind: behind.length }
    }),
  )
}

function aggregateOf({ aggregates }: Landscape, name: string): AggregateDefinition {
  const found = aggregates.find(each => each.name === name)
  if (found) return found
  const known = aggregates.map(each => each.name).join(', ') || 'none'
  throw refused(`There is no aggregate ${name}. There are ${known}.`, 404)
}

function shown(definition: AggregateDefinition, stored: StreamEvent, showPii: boolean): ShownEvent {
  const { version, type, at } = stored
  const { command, cause, data: raw } = stored.data as unknown as CausedBy & { readonly data: unknown }
  const common = { version, type, at, command, cause }
  try {
    const { data } = readEvent(definition, stored)
    return { ...common, data: hidden(data, definition.events[type]?.pii ?? [], showPii) }
  } catch (error) {
    // What cannot be read may be personal, and the reason may quote it.
    if (!showPii) return { ...common, data: masked, problem: 'it cannot be read; --show-pii tells why' }
    return { ...common, data: raw, problem: reasonOf(error) }
  }
}

function hidden(data: unknown, paths: readonly string[], showPii: boolean): unknown {
  if (showPii) return data
  const mask = new Mask()
  mask.learn(data, paths)
  return mask.data(data, paths)
}
