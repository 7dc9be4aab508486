import { IsthmusError } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import { channelId, type SinkChannel, type SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import { OwnChannels } from '../own-channels.ts'
import type { PublishOptions, SubscribeOptions } from './config.ts'
import { publishNames, subscribeNames } from './names.ts'
import { filterProblem, topicProblem } from './topic.ts'

/** What a system with this connector can declare. */
export interface MqttChannels {
  /** A source: what is published to topics, also while we are away. Each is acknowledged when it is durable here. */
  subscribe<T>(name: string, model: Model<T>, options: SubscribeOptions<T>): SourceChannel<T>
  /** A sink: each record is a message with QoS 1, which the broker has acknowledged. */
  publish<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: PublishOptions<T, K>,
  ): SinkChannel<T, Effect<K, false>>
}

/** What a channel of this connector carries. */
export type Play =
  | { readonly kind: 'subscribe'; readonly options: SubscribeOptions }
  | { readonly kind: 'publish'; readonly options: PublishOptions }

export const ownChannels = new OwnChannels<Play>('mqtt')

/** Sessions of each system, with the channel that has it. */
type Sessions = Map<string, string>

export function mqttChannels(system: string): MqttChannels {
  const sessions: Sessions = new Map()
  const channels = {
    subscribe(name: string, model: Model<unknown>, options: SubscribeOptions) {
      checkOptionNames(channelId({ system, name }), options, subscribeNames)
      checkSubscribe(channelId({ system, name }), options, sessions)
      const { codec = json() } = options
      const decode = (body: Uint8Array) => codec.decode(body)
      const play: Play = {
        kind: 'subscribe',
        options: Object.freeze({ ...options, topics: [...options.topics] }),
      }
      return ownChannels.make(system, { role: 'source', name, model, options: play, decode })
    },
    publish(name: string, model: Model<unknown>, options: PublishOptions) {
      checkOptionNames(channelId({ system, name }), options, publishNames)
      checkPublish(channelId({ system, name }), options)
      const play: Play = { kind: 'publish', options: Object.freeze({ ...options }) }
      return ownChannels.make(system, { role: 'sink', name, model, effect: options.effect, options: play })
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as MqttChannels
}

function checkSubscribe(id: string, options: SubscribeOptions, sessions: Sessions): void {
  const { topics, session, prefetch = 1, expiry } = options
  if (topics.length === 0) refuse(id, 'subscribes to nothing')
  for (const topic of topics) {
    const problem = filterProblem(topic)
    if (problem) refuse(id, `has the filter "${topic}", which is none: ${problem}`)
  }
  if (session === '') refuse(id, 'has no name for its session')
  const other = sessions.get(session)
  if (other !== undefined && other !== id)
    refuse(id, `has the session ${session}, which ${other} has already: they would push each other out`)
  sessions.set(session, id)
  if (!Number.isInteger(prefetch) || prefetch < 1 || prefetch > 65_535)
    refuse(id, `has the prefetch ${prefetch}: it is 1 to 65535`)
  if (expiry !== undefined) parseDuration(expiry)
}

function checkPublish(id: string, { topic, expiry, messageLimit = 1 }: PublishOptions): void {
  const problem = typeof topic === 'string' ? topicProblem(topic) : undefined
  if (problem) refuse(id, `has the topic "${topic}", which cannot be published to: ${problem}`)
  if (!Number.isInteger(messageLimit) || messageLimit < 1)
    refuse(id, `has the messageLimit ${messageLimit}: it is a number of bytes`)
  if (expiry !== undefined) parseDuration(expiry)
}

function refuse(id: string, text: string): never {
  throw new IsthmusError('FLOW-DEFINITION', `${id} ${text}.`)
}
