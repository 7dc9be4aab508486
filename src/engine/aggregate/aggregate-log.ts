import { IsthmusError, reasonOf } from '../../errors.ts'
import type { AggregateDefinition, AnyEvent } from '../../flow/aggregate/definition.ts'
import type { Json } from '../../message/json-value.ts'
import type { StoreReader } from '../../store/store.ts'
import { eventsBehind } from '../../store/stream-pages.ts'
import type { NewEvent, StreamEvent, StreamHead, StreamName } from '../../store/streams.ts'
import { fitting } from '../plan.ts'

/** Where the events of an aggregate stand. */
export function aggregateStream(name: string, id: string): StreamName {
  return { kind: `aggregate/${name}`, key: id }
}

/** Where it stands that a command has been carried out whose events are behind a snapshot. */
export function commandStream(name: string, effectKey: string): StreamName {
  return { kind: `aggregate-command/${name}`, key: effectKey }
}

/** What led to an event. */
export interface CausedBy {
  readonly command: string
  readonly effectKey: string
  /** The message. */
  readonly cause: string
}

/** An event as it is read, with what led to it. */
export type CausedEvent = AnyEvent & CausedBy

interface StoredData extends CausedBy {
  /** The version of the model that the data fit. */
  readonly model: number
  readonly data: Json
}

/** Throws STEP-FAILED for what is none of the events, MODEL-INVALID for data that do not fit. */
export function newEvent(
  { name, events }: AggregateDefinition,
  { type, data }: { readonly type: string; readonly data: unknown },
  by: CausedBy,
  at: number,
): NewEvent {
  const model = Object.hasOwn(events, type) ? events[type] : undefined
  if (!model)
    throw new IsthmusError(
      'STEP-FAILED',
      `Command ${by.command} gave "${type}", which is no event of aggregate ${name}.`,
    )
  const stored: StoredData = { model: model.version, data: fitting(model, data) as Json, ...by }
  return { type, data: JSON.parse(JSON.stringify(stored)) as Json, at }
}

/**
 * An event as the aggregate is declared now. Throws MODEL-INVALID for one that the declaration does not know, or cannot read: it
 * is never passed over.
 */
export function readEvent(definition: AggregateDefinition, stored: StreamEvent): CausedEvent {
  const { type, key: id, version, at } = stored
  const { model, data, command, effectKey, cause } = stored.data as unknown as StoredData
  const now = Object.hasOwn(definition.events, type) ? definition.events[type] : undefined
  if (!now) throw unreadable(definition, stored, 'the declaration has no such event any more: put it back')
  try {
    const raised = raise(definition, stored, data, { from: model, to: now.version })
    return { id, version, type, data: frozen(fitting(now, raised)), at, command, effectKey, cause }
  } catch (error) {
    throw unreadable(definition, stored, reasonOf(error))
  }
}

function raise(
  { upcasts }: AggregateDefinition,
  { type }: StreamEvent,
  stored: Json,
  { from, to }: { readonly from: number; readonly to: number },
): Json {
  if (from > to) throw new Error(`it was written as version ${from} of its model, the declaration has ${to}`)
  let data = stored
  for (let version = from; version < to; version++) {
    const upcast = upcasts[type]?.[version]
    if (!upcast) throw new Error(`there is no upcast from version ${version} of its model`)
    data = upcast(data)
  }
  return data
}

function unreadable({ name }: AggregateDefinition, { key, version, type }: StreamEvent, why: string) {
  return new IsthmusError(
    'MODEL-INVALID',
    `Event ${version} of ${name} ${key} (${type}) cannot be read: ${why}`,
  )
}

/** The state behind an event. Throws STEP-FAILED where `apply` does. */
export function applied(definition: AggregateDefinition, state: unknown, event: AnyEvent): unknown {
  const { type, data, id, version, at } = event
  try {
    return frozen(definition.apply[type]?.(state, data, { id, version, at }))
  } catch (error) {
    const place = `aggregate ${definition.name} ${id}, event ${version} (${type})`
    throw new IsthmusError('STEP-FAILED', `${place}: "apply" failed: ${reasonOf(error)}`, { cause: error })
  }
}

/** What is kept beside the events. */
export interface Snapshot {
  /** Of the declaration that made it. */
  readonly of: number
  readonly state: Json
  /** Effect keys of commands whose events are in the snapshot and not in `commandStream`, with the version behind them. */
  readonly commands: readonly (readonly [effectKey: string, version: number])[]
}

/** An aggregate as it stands in the store. */
export interface Folded {
  readonly version: number
  readonly state: unknown
  /** The version behind each command that is not to be looked for in `commandStream`. */
  readonly commands: Map<string, number>
  /** Whether there is a snapshot: the commands behind it are to be looked for. */
  readonly isLong: boolean
}

/** Reads an aggregate: its snapshot, if that can be used, and the events behind it. */
export async function readAggregate(
  reader: Pick<StoreReader, 'streams'>,
  definition: AggregateDefinition,
  id: string,
): Promise<Folded> {
  const name = aggregateStream(definition.name, id)
  const head = await reader.streams.head(name)
  const taken = head?.snapshot?.version ?? 0
  const snapshot = head?.snapshot?.data as unknown as Snapshot | undefined
  const usable = usableState(definition, head)
  const commands = new Map(snapshot?.commands)
  let state = usable ? usable.state : frozen(definition.initial)
  let version = usable ? taken : 0
  if (head)
    for await (const stored of eventsBehind(reader, name, version)) {
      const event = readEvent(definition, stored)
      state = applied(definition, state, event)
      version = event.version
      if (version > taken) commands.set(event.effectKey, version)
    }
  return { version, state, commands, isLong: taken > 0 }
}

/** A snapshot of another declaration, or of a state of another shape, is made anew from the events. */
function usableState(
  definition: AggregateDefinition,
  head: StreamHead | undefined,
): { state: unknown } | undefined {
  const snapshot = head?.snapshot?.data as unknown as Snapshot | undefined
  if (snapshot?.of !== definition.version) return undefined
  const fits = definition.state.validate(snapshot.state)
  return fits.ok ? { state: frozen(fits.data) } : undefined
}

/** The state behind event `version`, from the first event on. */
export async function stateAt(
  reader: Pick<StoreReader, 'streams'>,
  definition: AggregateDefinition,
  { id, version }: { readonly id: string; readonly version: number },
): Promise<unknown> {
  let state = frozen(definition.initial)
  for await (const stored of eventsBehind(reader, aggregateStream(definition.name, id))) {
    if (stored.version > version) break
    state = applied(definition, state, readEvent(definition, stored))
  }
  return state
}

/** States are shared: what changes one in place fails at once. Parts that are frozen already are not looked at again. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
