import type { Json } from '../../message/json-value.ts'
import type { Model } from '../../model/model.ts'
import type { AnyChannel } from '../../system/channel.ts'
import { aggregatesSystem } from '../../system/own-system.ts'

/** What an aggregate is, as its author declared it. */
export interface AggregateDefinition {
  readonly name: string
  readonly version: number
  readonly state: Model
  readonly initial: unknown
  readonly events: Readonly<Record<string, Model>>
  readonly apply: Readonly<
    Record<string, (state: unknown, data: unknown, about: Omit<AnyEvent, 'type' | 'data'>) => unknown>
  >
  readonly upcasts: Readonly<Record<string, Readonly<Record<number, (data: Json) => Json>> | undefined>>
  readonly snapshotEvery: number
  /** `file:line` of the declaration, where it is known. */
  readonly at: string | undefined
}

/** An event of any aggregate. */
export interface AnyEvent {
  readonly type: string
  readonly data: unknown
  readonly id: string
  readonly version: number
  readonly at: number
}

export type Decide = (
  state: unknown,
  command: unknown,
  about: { readonly id: string; readonly version: number },
) => readonly { readonly type: string; readonly data: unknown }[]

export interface ProjectionDefinition {
  readonly name: string
  readonly version: number
  readonly from: AggregateDefinition
  readonly row: Model
  apply(rows: Map<string, unknown>, event: AnyEvent): void
  readonly at: string | undefined
}

/** How the engine plays a channel of the system of aggregates: its `options`. */
export type AggregateRole =
  | CommandRole
  | { readonly plays: 'state' | 'events'; readonly aggregate: AggregateDefinition }
  | QueryRole

export interface CommandRole {
  readonly plays: 'command'
  readonly aggregate: AggregateDefinition
  readonly command: string
  readonly id: (command: unknown) => string | number
  readonly decide: Decide
}

export interface QueryRole {
  readonly plays: 'query'
  readonly projection: ProjectionDefinition
  readonly answer: (rows: ReadonlyMap<string, unknown>, question: unknown) => unknown
}

/** Undefined for the channels of other systems. */
export function aggregateRole(channel: AnyChannel): AggregateRole | undefined {
  return channel.system === aggregatesSystem ? (channel.options as AggregateRole) : undefined
}
