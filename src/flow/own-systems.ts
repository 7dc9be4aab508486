import type { AnyChannel } from '../system/channel.ts'
import { isOwnChannel, ownSystem, sagasSystem } from '../system/own-system.ts'
import { ownTopics } from '../system/own-topics.ts'
import type { System } from '../system/system.ts'
import { topicsSystem } from '../system/topic.ts'
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

type HasDefinition = { readonly definition: SagaDefinition }

/** Those that flows begin, and those that are declared. */
export function sagasOf(flows: readonly Flow[], declared: readonly HasDefinition[]): SagaDefinition[] {
  const begun = flows.flatMap(channelsOf).filter(channel => 'definition' in channel) as readonly (AnyChannel &
    HasDefinition)[]
  return withEarlier([...declared, ...begun].map(({ definition }) => definition))
}

/** The systems of Isthmus itself that these need. */
export function ownSystemsOf(flows: readonly Flow[], sagas: readonly SagaDefinition[]): System[] {
  const channels = usedChannels(flows, sagas)
  const names = new Set(channels.filter(isOwnChannel).map(({ system }) => system))
  if (sagas.length > 0) names.add(sagasSystem)
  const topics = channels.some(({ system }) => system === topicsSystem) ? [ownTopics()] : []
  return [...topics, ...[...names].map(ownSystem)]
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
