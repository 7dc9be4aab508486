import type { AnyChannel } from '../system/channel.ts'
import { ownSchedules } from '../system/own-schedules.ts'
import { isOwnChannel, ownSystem, sagasSystem } from '../system/own-system.ts'
import { ownTopics } from '../system/own-topics.ts'
import { schedulesSystem } from '../system/schedule.ts'
import type { System } from '../system/system.ts'
import { topicsSystem } from '../system/topic.ts'
import { type AggregateDefinition, aggregateRole, type ProjectionDefinition } from './aggregate/definition.ts'
import { channelsOf, type Flow } from './flow.ts'
import type { SagaDefinition } from './saga/stage.ts'
import { allStages, calledChannels } from './saga/stage.ts'
import { Transaction } from './transaction.ts'

/** Every channel of a landscape that is used, as often as it is. */
export function usedChannels(flows: readonly Flow[], sagas: readonly SagaDefinition[]): AnyChannel[] {
  const used = [...flows.flatMap(channelsOf), ...sagas.flatMap(({ stages }) => [...calledChannels(stages)])]
  const written = used.filter(channel => channel instanceof Transaction).flatMap(({ writes }) => writes)
  return [...used, ...written.map(({ channel }) => channel)]
}

/** The systems that take part in transactions. */
export function votingSystems(channels: readonly AnyChannel[]): string[] {
  const writes = channels.filter(channel => channel instanceof Transaction).flatMap(({ writes }) => writes)
  return [...new Set(writes.map(({ channel }) => channel.system))].sort()
}

/** The transactions that flows and sagas use, each once. */
export function transactionsOf(
  flows: readonly Flow[],
  sagas: readonly SagaDefinition[],
): Transaction<unknown>[] {
  const used = usedChannels(flows, sagas).filter(channel => channel instanceof Transaction)
  return [...new Map(used.map(each => [each.name, each])).values()]
}

/** Of each saga the version with which new ones begin. */
export function currentSagas(sagas: readonly SagaDefinition[]): SagaDefinition[] {
  const current = new Map<string, SagaDefinition>()
  for (const each of sagas) {
    const known = current.get(each.name)
    if (!known || known.version < each.version) current.set(each.name, each)
  }
  return [...current.values()]
}

type HasDefinition = { readonly definition: SagaDefinition }

/** Those that flows begin, and those that are declared. */
export function sagasOf(flows: readonly Flow[], declared: readonly HasDefinition[]): SagaDefinition[] {
  const begun = flows.flatMap(channelsOf).filter(channel => 'definition' in channel) as readonly (AnyChannel &
    HasDefinition)[]
  return withEarlier([...declared, ...begun].map(({ definition }) => definition))
}

/** Those that are asked, and those that are declared. */
export function projectionsOf(
  channels: readonly AnyChannel[],
  declared: readonly ProjectionDefinition[],
): ProjectionDefinition[] {
  const asked = channels
    .map(aggregateRole)
    .flatMap(role => (role?.plays === 'query' ? [role.projection] : []))
  return [...new Set([...declared, ...asked])]
}

/** Those that are used or declared, and those of projections. */
export function aggregatesOf(
  channels: readonly AnyChannel[],
  declared: readonly AggregateDefinition[],
  projections: readonly ProjectionDefinition[],
): AggregateDefinition[] {
  const used = channels
    .map(aggregateRole)
    .flatMap(role => (role && role.plays !== 'query' ? [role.aggregate] : []))
  return [...new Set([...declared, ...used, ...projections.map(({ from }) => from)])]
}

/** The systems of Isthmus itself that these need. */
export function ownSystemsOf(flows: readonly Flow[], sagas: readonly SagaDefinition[]): System[] {
  const channels = usedChannels(flows, sagas)
  const names = new Set(channels.filter(isOwnChannel).map(({ system }) => system))
  if (sagas.length > 0) names.add(sagasSystem)
  const topics = channels.some(({ system }) => system === topicsSystem) ? [ownTopics()] : []
  const schedules = channels.some(({ system }) => system === schedulesSystem) ? [ownSchedules()] : []
  return [...topics, ...schedules, ...[...names].map(ownSystem)]
}

/** Sagas with all that they begin and all versions that may still be under way, each once. */
function withEarlier(sagas: readonly SagaDefinition[]): SagaDefinition[] {
  const all = new Set<SagaDefinition>()
  const add = (saga: SagaDefinition): void => {
    if (all.has(saga)) return
    all.add(saga)
    for (const earlier of saga.earlier) add(earlier)
    for (const stage of allStages(saga.stages)) if (stage.kind === 'child') add(stage.saga)
  }
  for (const saga of sagas) add(saga)
  return [...all]
}
