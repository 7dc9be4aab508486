import {
  type AggregateDefinition,
  type AggregateRole,
  aggregateRole,
  type CommandRole,
  type ProjectionDefinition,
} from '../../flow/aggregate/definition.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import { type AnyChannel, channelId } from '../../system/channel.ts'
import { aggregatesSystem } from '../../system/own-system.ts'
import type { Maker } from './field-graph.ts'
import type { GraphBuilder, Making, Origin } from './graph-builder.ts'

type Loose = Record<string, never>

/** What events make of the state of an aggregate. */
export function aggregateLinks(builder: GraphBuilder, aggregate: AggregateDefinition): void {
  const { name, state, events, apply, at } = aggregate
  const kept = builder.place(stateOf(aggregate), 'kept', state)
  for (const [type, model] of Object.entries(events)) {
    const event = builder.place(eventOf(aggregate, type), 'kept', model)
    const code = apply[type]
    if (!code) continue
    const shape = objectOf({ state: state.jsonSchema, data: model.jsonSchema })
    const origin = named({ state: builder.at(kept), data: builder.at(event) })
    const run = ({ state, data }: Loose) => code(state, data, about)
    builder.converted(kept, run, shape, origin, made('aggregate', name, type, at), code)
  }
}

const about = { id: '1', version: 1, at: 0 }

/** What the channels of aggregates and projections take and answer. */
export function ownChannelLinks(builder: GraphBuilder, channel: AnyChannel): void {
  const role = aggregateRole(channel)
  if (role?.plays === 'command') commandLinks(builder, channel, role)
  if (role?.plays === 'state' && 'answer' in channel)
    builder.within(builder.answer(channel), 'state', stateOf(role.aggregate), making(role, channel))
  if (role?.plays === 'events')
    for (const type of Object.keys(role.aggregate.events))
      builder.within(builder.channel(channel), 'data', eventOf(role.aggregate, type), making(role, channel))
  if (role?.plays === 'query' && 'answer' in channel) {
    const { name, row, at } = role.projection
    const kept = builder.place(rowOf(role.projection), 'kept', row)
    const into = builder.answer(channel)
    if (channel.name === `${name}.row`) {
      builder.within(into, 'row', kept, making(role, channel))
      return
    }
    const run = ({ row: one, question }: Loose) => role.answer(new Map([['1', one]]), question)
    const shape = objectOf({ row: row.jsonSchema, question: channel.model.jsonSchema })
    const origin = named({ row: builder.at(kept), question: builder.at(builder.channel(channel)) })
    builder.converted(into, run, shape, origin, made('projection', name, channel.name, at), role.answer)
  }
}

function commandLinks(builder: GraphBuilder, channel: AnyChannel, role: CommandRole): void {
  const { name, state, events, initial, at } = role.aggregate
  const shape = objectOf({ state: state.jsonSchema, command: channel.model.jsonSchema })
  const kept = builder.place(stateOf(role.aggregate), 'kept', state)
  const origin = named({ state: builder.at(kept), command: builder.at(builder.channel(channel)) })
  const decided = ({ state: now, command }: Loose) => {
    try {
      return role.decide(now, command, about)
    } catch {
      return role.decide(initial, command, about)
    }
  }
  for (const [type, model] of Object.entries(events)) {
    const run = (given: Loose) => decided(given).find(event => event.type === type)?.data
    const into = builder.place(eventOf(role.aggregate, type), 'kept', model)
    builder.converted(into, run, shape, origin, made('aggregate', name, role.command, at), role.decide)
  }
}

/** The row that an event makes where there was none; what it makes of one that is there is not followed. */
export function projectionLinks(builder: GraphBuilder, projection: ProjectionDefinition): void {
  const { name, from, row, apply, at } = projection
  const kept = builder.place(rowOf(projection), 'kept', row)
  for (const [type, model] of Object.entries(from.events)) {
    const event = builder.place(eventOf(from, type), 'kept', model)
    const run = ({ data }: Loose) => {
      const rows = new Map<string, unknown>()
      apply(rows, { type, data, ...about })
      return [...rows.values()][0]
    }
    const shape = objectOf({ data: model.jsonSchema })
    builder.converted(
      kept,
      run,
      shape,
      named({ data: builder.at(event) }),
      made('projection', name, type, at),
      apply,
    )
  }
}

const stateOf = ({ name }: AggregateDefinition): string => `${aggregatesSystem}.${name}:state`
const eventOf = ({ name }: AggregateDefinition, type: string): string => `${aggregatesSystem}.${name}:${type}`
const rowOf = ({ name }: ProjectionDefinition): string => `${aggregatesSystem}.${name}:row`

function made(kind: Maker['kind'], name: string, step: string, at: string | undefined): Making {
  return { by: { kind, name, step }, at }
}

function making(role: Exclude<AggregateRole, CommandRole>, channel: AnyChannel): Making {
  const { name, at } = role.plays === 'query' ? role.projection : role.aggregate
  return made(role.plays === 'query' ? 'projection' : 'aggregate', name, channelId(channel), at)
}

function objectOf(properties: Readonly<Record<string, JsonSchema>>) {
  return { schema: { type: 'object', properties, required: Object.keys(properties) }, personal: [] }
}

/** Under each name what comes from there. */
export function named(origins: Readonly<Record<string, Origin>>): Origin {
  return {
    places: Object.values(origins).flatMap(({ places }) => places),
    of(path) {
      const [name = ''] = /^[^.[]*/.exec(path) ?? []
      return origins[name]?.of(path.slice(name.length).replace(/^\./, '')) ?? []
    },
  }
}
