import { json } from '../message/codec/json.ts'
import type { Model } from '../model/model.ts'
import type { SinkChannel, SourceChannel } from './channel.ts'
import { type Effect, idempotent } from './effect.ts'
import { checkName } from './system.ts'

/** The name of the system to which topics belong that no other one carries. */
export const topicsSystem = 'topics'

/**
 * A channel of Isthmus itself, to publish and subscribe (publish-subscribe channel). Flows publish with `.to(topic)`;
 * what is published reaches every flow that begins with `.from(topic)`, each with its own progress. A message that is
 * published again, since nobody knew whether it had been, is one message for those who subscribe.
 */
export interface Topic<T> extends SinkChannel<T, Effect<'idempotent', false>> {
  /** What flows that subscribe begin with. */
  readonly source: SourceChannel<T>
}

/** By what a topic is carried outside of Isthmus: a connector's `carry` makes it, for `landscape({ topics })`. */
export interface CarriedTopic<T = unknown> {
  readonly topic: Topic<T>
  /** Stands in for the topic in every flow. What its source delivers bears the effect key of its sink as id. */
  readonly carrier: Topic<T>
  /** Stands in where no flow begins with the topic: it keeps nothing for us. Default: the carrier. */
  readonly unread?: SinkChannel<T, Effect<'idempotent', false>> | undefined
}

/** Who publishes on a topic, as the source of a CloudEvent. */
export function topicSource({ name }: { readonly name: string }): string {
  return `urn:isthmus:topic:${name}`
}

/** Declares a topic. It lives in the store, unless the landscape says by which system it is carried. */
export function topic<T>(name: string, model: Model<T>): Topic<T> {
  checkName('topic', name)
  const parts = Object.freeze({ system: topicsSystem, name, model, options: Object.freeze({}) })
  // For what another system carried before, and has not been worked off yet: it is kept as bytes.
  const { decode } = json()
  const source: SourceChannel<T> = Object.freeze({ ...parts, role: 'source', decode })
  return Object.freeze({ ...parts, role: 'sink', effect: idempotent, source })
}
