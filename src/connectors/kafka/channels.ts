import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import { channelId, type SinkChannel, type SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, idempotent } from '../../system/effect.ts'
import { type CarriedTopic, type Topic, topicSource } from '../../system/topic.ts'
import { typedEvent, type WithTypedEvent } from '../events.ts'
import { OwnChannels } from '../own-channels.ts'
import type { CarryOptions, ConsumeOptions, ProduceOptions } from './config.ts'
import { json } from './format.ts'
import { carryNames, consumeNames, produceNames } from './names.ts'

/**
 * A record may be written again under its effect key, which it carries: it may stand in the topic twice then, and readers
 * who know the key take it once.
 */
export type OnceByKey = Effect<'idempotent', false>

/** What a system with this connector can declare. */
export interface KafkaChannels {
  /** A source: the records of a topic, shared with the other members of a consumer group. */
  consume<T>(name: string, model: Model<T>, options: ConsumeOptions): SourceChannel<T>
  /** A sink: each message becomes a record. */
  produce<T>(name: string, model: Model<T>, options: ProduceOptions<T>): SinkChannel<T, OnceByKey>
  /** For `landscape({ topics })`: lets a topic of Isthmus travel through one of Kafka. */
  carry<T>(topic: Topic<T>, options?: CarryOptions): CarriedTopic<T>
}

/** What a channel of this connector carries. */
export type Play =
  | { readonly kind: 'consume'; readonly options: ConsumeOptions }
  | { readonly kind: 'produce'; readonly options: WithTypedEvent<ProduceOptions<unknown>> }

export const ownChannels = new OwnChannels<Play>('kafka')

export function kafkaChannels(system: string): KafkaChannels {
  const readers: Readers = new Map()
  const channels = {
    consume(name: string, model: Model<unknown>, given: ConsumeOptions) {
      checkOptionNames(channelId({ system, name }), given, consumeNames)
      const options = Object.freeze({ ...given })
      checkConsume(channelId({ system, name }), options)
      checkAlone(channelId({ system, name }), options, readers)
      const decode = options.record ? undefined : (options.format ?? json()).decode
      const play: Play = { kind: 'consume', options }
      return ownChannels.make(system, { role: 'source', name, model, decode, options: play })
    },
    produce(name: string, model: Model<unknown>, given: ProduceOptions<unknown>) {
      checkOptionNames(channelId({ system, name }), given, produceNames)
      const options = Object.freeze({
        ...given,
        event: typedEvent(channelId({ system, name }), given.event, model),
      })
      checkProduce(channelId({ system, name }), options)
      const play: Play = { kind: 'produce', options }
      return ownChannels.make(system, { role: 'sink', name, model, effect: idempotent, options: play })
    },
    carry(topic: Topic<unknown>, options: CarryOptions = {}): CarriedTopic {
      checkOptionNames(channelId({ system, name: topic.name }), options, carryNames)
      const { name, model } = topic
      const { topic: named = name, group, create } = options
      const event = { source: topicSource(topic) }
      const sink = channels.produce(name, model, { topic: named, create, event })
      const source = channels.consume(name, model, { topic: named, group })
      return { topic, carrier: Object.freeze({ ...sink, source }) as Topic<unknown> }
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as KafkaChannels
}

/** Topics and groups that a system reads, with the channel that does. */
type Readers = Map<string, string>

function checkAlone(id: string, { topic, group }: ConsumeOptions, readers: Readers): void {
  if (group === undefined) return
  const other = readers.get(`${topic} ${group}`) ?? id
  if (other !== id)
    refuse(id, `reads ${topic} in the group ${group}, as ${other} does: each would get a part of it`)
  readers.set(`${topic} ${group}`, id)
}

const compressions: ReadonlySet<unknown> = new Set(['none', 'gzip', 'snappy', 'lz4', 'zstd'])

function checkConsume(id: string, { topic, group, from = 'earliest', sessionTimeout }: ConsumeOptions): void {
  checkTopic(id, topic)
  if (group !== undefined && !/^\S{1,249}$/.test(group))
    refuse(id, 'has a group without a name, or with a space in it')
  if (from !== 'earliest' && from !== 'latest') refuse(id, 'begins at "earliest" or "latest"')
  if (sessionTimeout !== undefined) parseDuration(sessionTimeout)
}

function checkProduce(
  id: string,
  { topic, compression = 'none', transactionalId }: ProduceOptions<unknown>,
): void {
  checkTopic(id, topic)
  if (!compressions.has(compression)) refuse(id, `has a compression that there is not: ${compression}`)
  if (transactionalId !== undefined && !/^\S{1,249}$/.test(transactionalId))
    refuse(id, 'has a transactionalId that is empty, or has a space in it')
}

/** Source: the class Topic of Apache Kafka. */
function checkTopic(id: string, topic: string): void {
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(topic) || topic === '.' || topic === '..')
    refuse(id, `names no topic that there can be: ${JSON.stringify(topic)}`)
}

function refuse(id: string, text: string): never {
  throw new IsthmusError('FLOW-DEFINITION', `${id} ${text}.`)
}
