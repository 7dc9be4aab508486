import { callSite } from '../system/call-site.ts'
import { checkName, type System } from '../system/system.ts'
import type { CarriedTopic } from '../system/topic.ts'
import { carried, carriedSagas } from './carry.ts'
import type { Flow } from './flow.ts'
import { ownSystemsOf, sagasOf } from './own-systems.ts'
import type { Saga } from './saga/saga.ts'
import type { SagaDefinition } from './saga/stage.ts'

/** Everything a project exports. */
export interface Landscape {
  /** Part of effect keys: do not rename a landscape that has messages. */
  readonly name: string
  readonly systems: readonly System[]
  readonly flows: readonly Flow[]
  /** The current ones, those that they begin, and earlier versions of all. */
  readonly sagas: readonly SagaDefinition[]
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
  /** The topics that travel through another system: `[kafka.carry(orderPlaced)]`. All others live in the store. */
  // biome-ignore lint/suspicious/noExplicitAny: a model is invariant, and `unknown` would refuse every topic
  readonly topics?: readonly CarriedTopic<any>[]
}): Landscape {
  const name = parts.name ?? 'isthmus'
  checkName('landscape', name)
  const flows = carried(parts.flows, parts.topics ?? [])
  const sagas = carriedSagas(sagasOf(flows, parts.sagas ?? []), parts.flows, parts.topics ?? [])
  return Object.freeze({
    name,
    systems: Object.freeze([...parts.systems, ...ownSystemsOf(flows, sagas)]),
    flows: Object.freeze([...flows]),
    sagas: Object.freeze(sagas),
    at: callSite(),
  })
}
