import { IsthmusError } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import { channelId, type SinkChannel, type SourceChannel } from '../../system/channel.ts'
import { type Effect, type EffectKind, idempotent } from '../../system/effect.ts'
import { type CarriedTopic, type Topic, topicSource } from '../../system/topic.ts'
import { typedEvent, type WithTypedEvent } from '../events.ts'
import { OwnChannels } from '../own-channels.ts'
import type { CarryOptions, ConsumeOptions, PublishOptions, Topology } from './config.ts'
import { carryNames, consumeNames, publishNames } from './names.ts'

/** What a system with this connector can declare. */
export interface RabbitChannels {
  /** A source: the messages of a queue. Each is acknowledged when it is durable here. */
  consume<T>(name: string, model: Model<T>, options: ConsumeOptions<T>): SourceChannel<T>
  /** A sink: each record is a persistent message, which the server has confirmed. Its message-id is the effect key. */
  publish<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: PublishOptions<T, K>,
  ): SinkChannel<T, Effect<K, false>>
  /** For `landscape({ topics })`: lets a topic of Isthmus travel through an exchange. */
  carry<T>(topic: Topic<T>, options?: CarryOptions): CarriedTopic<T>
}

/** What a channel of this connector carries. */
export type Play =
  | { readonly kind: 'consume'; readonly options: ConsumeOptions }
  | { readonly kind: 'publish'; readonly options: WithTypedEvent<PublishOptions> }

export const ownChannels = new OwnChannels<Play>('rabbitmq')

export function rabbitChannels(system: string): RabbitChannels {
  const channels = {
    consume(name: string, model: Model<unknown>, options: ConsumeOptions) {
      checkOptionNames(channelId({ system, name }), options, consumeNames)
      checkConsume(channelId({ system, name }), options)
      const { codec = json() } = options
      const decode = (body: Uint8Array) => codec.decode(body)
      const play: Play = { kind: 'consume', options: Object.freeze({ ...options }) }
      return ownChannels.make(system, { role: 'source', name, model, options: play, decode })
    },
    publish(name: string, model: Model<unknown>, options: PublishOptions) {
      checkOptionNames(channelId({ system, name }), options, publishNames)
      checkPublish(channelId({ system, name }), options)
      const event = typedEvent(channelId({ system, name }), options.event, model)
      const play: Play = { kind: 'publish', options: Object.freeze({ ...options, event }) }
      return ownChannels.make(system, { role: 'sink', name, model, effect: options.effect, options: play })
    },
    carry(topic: Topic<unknown>, given: CarryOptions = {}): CarriedTopic {
      checkOptionNames(channelId({ system, name: topic.name }), given, carryNames)
      const { name, model } = topic
      const { exchange = name, queue = `${exchange}.isthmus` } = given
      const exchanges = [{ name: exchange, type: 'fanout' }] as const
      // Whoever comes first, publisher or reader, makes all of it, so that no message finds nobody.
      const declare: Topology = { exchanges, queues: [{ name: queue }], bindings: [{ queue, exchange }] }
      const options = { exchange, event: { source: topicSource(topic) }, effect: idempotent }
      const sink = channels.publish(name, model, { ...options, declare })
      const source = channels.consume(name, model, { queue, declare })
      const carrier = Object.freeze({ ...sink, source }) as Topic<unknown>
      // A queue that nobody reads would fill the server.
      const unread = channels.publish(name, model, { ...options, declare: { exchanges } }) as typeof carrier
      return { topic, carrier, unread }
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as RabbitChannels
}

function checkConsume(id: string, { queue, prefetch = 1, deliveryLimit = 1, declare }: ConsumeOptions): void {
  checkQueueName(id, queue)
  // The protocol has 16 bits for it.
  if (!isWhole(prefetch) || prefetch > 65_535) refuse(id, `has the prefetch ${prefetch}: it is 1 to 65535`)
  if (!isWhole(deliveryLimit)) refuse(id, `has the deliveryLimit ${deliveryLimit}: it is a number from 1 on`)
  checkTopology(id, declare)
}

function checkPublish(id: string, { exchange = '', routingKey, messageLimit = 1, declare }: PublishOptions) {
  if (exchange === '' && (routingKey ?? '') === '')
    refuse(id, 'names neither an exchange nor, as its routingKey, a queue')
  if (!isWhole(messageLimit)) refuse(id, `has the messageLimit ${messageLimit}: it is a number of bytes`)
  checkTopology(id, declare)
}

function checkTopology(id: string, { exchanges = [], queues = [] }: Topology = {}): void {
  for (const { name } of queues) checkQueueName(id, name)
  for (const { name } of exchanges)
    if (name === '' || name.startsWith('amq.'))
      refuse(id, `declares the exchange "${name}", which belongs to the server`)
}

function checkQueueName(id: string, name: string): void {
  if (name === '' || name.startsWith('amq.')) refuse(id, `names a queue "${name}": give it one of its own`)
}

function isWhole(count: number): boolean {
  return Number.isInteger(count) && count > 0
}

function refuse(id: string, text: string): never {
  throw new IsthmusError('FLOW-DEFINITION', `${id} ${text}.`)
}
