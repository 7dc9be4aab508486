import { callSite } from '../system/call-site.ts'
import { checkName, type System } from '../system/system.ts'
import type { CarriedTopic } from '../system/topic.ts'
import type { Aggregate } from './aggregate/aggregate.ts'
import type { AggregateDefinition, ProjectionDefinition } from './aggregate/definition.ts'
import type { Projection } from './aggregate/projection.ts'
import type { AlertRule, NoAlert } from './alert.ts'
import type { AlertChannel } from './alert-channel.ts'
import { carried, carriedSagas } from './carry.ts'
import type { Flow } from './flow.ts'
import { aggregatesOf, ownSystemsOf, projectionsOf, sagasOf, usedChannels } from './own-systems.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import type { Saga } from './saga/saga.ts'
import type { SagaDefinition } from './saga/stage.ts'
import type { Sentinel } from './sentinel.ts'

/** Everything a project exports. */
export interface Landscape {
  /** Part of effect keys: do not rename a landscape that has messages. */
  readonly name: string
  readonly systems: readonly System[]
  readonly flows: readonly Flow[]
  /** The current ones, those that they begin, and earlier versions of all. */
  readonly sagas: readonly SagaDefinition[]
  /** All that are used, by flows, sagas and projections too. */
  readonly aggregates: readonly AggregateDefinition[]
  readonly projections: readonly ProjectionDefinition[]
  readonly pipelines: readonly Pipeline[]
  /** Beside those that come with Isthmus, in their place, or switching them off. */
  readonly alerts: readonly (AlertRule | NoAlert)[]
  readonly alertChannels: readonly AlertChannel[]
  readonly sentinels: readonly Sentinel[]
  /** `file:line` of the declaration, where it is known: for messages to people. */
  readonly at: string | undefined
}

export function landscape(parts: {
  readonly name?: string
  readonly systems: readonly System[]
  readonly flows: readonly Flow[]
  /** Those that no flow begins; the others are known. */
  // biome-ignore lint/suspicious/noExplicitAny: a model is invariant, and `unknown` would refuse every saga
  readonly sagas?: readonly Saga<any>[]
  /** Those that no flow or saga uses; the others are known. */
  // biome-ignore lint/suspicious/noExplicitAny: a state is invariant, and `unknown` would refuse every aggregate
  readonly aggregates?: readonly Aggregate<any, any>[]
  /** Those that nobody asks yet; the others are known. */
  // biome-ignore lint/suspicious/noExplicitAny: a row is invariant, and `unknown` would refuse every projection
  readonly projections?: readonly Projection<any>[]
  readonly pipelines?: readonly Pipeline[]
  /** The topics that travel through another system: `[kafka.carry(orderPlaced)]`. All others live in the store. */
  // biome-ignore lint/suspicious/noExplicitAny: a model is invariant, and `unknown` would refuse every topic
  readonly topics?: readonly CarriedTopic<any>[]
  /** When somebody is told of what, beside the rules that come with Isthmus. */
  readonly alerts?: readonly (AlertRule | NoAlert)[]
  /** Where alerts are told. Without any nobody learns of them who does not look. */
  readonly alertChannels?: readonly AlertChannel[]
  /** Which channels are watched for data that are not what they were. */
  readonly sentinels?: readonly Sentinel[]
}): Landscape {
  const name = parts.name ?? 'isthmus'
  checkName('landscape', name)
  const flows = carried(parts.flows, parts.topics ?? [])
  const sagas = carriedSagas(sagasOf(flows, parts.sagas ?? []), parts.flows, parts.topics ?? [])
  const channels = usedChannels(flows, sagas)
  const projections = projectionsOf(
    channels,
    (parts.projections ?? []).map(({ definition }) => definition),
  )
  const declared = (parts.aggregates ?? []).map(({ definition }) => definition)
  return Object.freeze({
    name,
    systems: Object.freeze([...parts.systems, ...ownSystemsOf(flows, sagas)]),
    flows: Object.freeze([...flows]),
    sagas: Object.freeze(sagas),
    aggregates: Object.freeze(aggregatesOf(channels, declared, projections)),
    projections: Object.freeze(projections),
    pipelines: Object.freeze([...(parts.pipelines ?? [])]),
    alerts: Object.freeze([...(parts.alerts ?? [])]),
    alertChannels: Object.freeze([...(parts.alertChannels ?? [])]),
    sentinels: Object.freeze([...(parts.sentinels ?? [])]),
    at: callSite(),
  })
}
