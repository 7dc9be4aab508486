import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import { channelId, type SinkChannel, type SourceChannel } from '../../system/channel.ts'
import type { ChannelAddress, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Sink, Source } from '../../system/roles.ts'
import { describeSetting } from '../../system/setting.ts'
import { noRole } from '../own-channels.ts'
import { type KafkaChannels, kafkaChannels, ownChannels, type Play } from './channels.ts'
import type { KafkaOptions } from './config.ts'
import { loadDriver } from './driver.ts'
import { KafkaLink } from './link.ts'
import { kafkaNames } from './names.ts'
import { KafkaSink } from './sink.ts'
import { KafkaSource } from './source.ts'

/** A cluster of Apache Kafka, or of what speaks its protocol, with the package `@platformatic/kafka`. */
export function kafka(options: KafkaOptions): Connector<KafkaChannels> {
  checkOptionNames('kafka()', options, kafkaNames)
  const { brokers, sasl, tls, connectTimeout, callTimeout } = options
  for (const time of [connectTimeout, callTimeout]) if (time !== undefined) parseDuration(time)
  if (sasl && !['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'].includes(sasl.mechanism))
    throw new IsthmusError('FLOW-DEFINITION', 'The sasl mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.')
  return {
    name: 'kafka',
    summary: Object.freeze({
      brokers: describeSetting(brokers),
      tls: tls !== undefined,
      sasl: sasl && `${sasl.mechanism} ${describeSetting(sasl.user)}`,
    }),
    channels: kafkaChannels,
    address: ({ options }): ChannelAddress => {
      const { topic } = (options as Play).options
      const protocol = tls === undefined ? 'kafka' : 'kafka-secure'
      return { protocol, host: describeSetting(brokers), address: topic, bindings: { kafka: { topic } } }
    },
    connect: async context => new KafkaConnection(new KafkaLink(await loadDriver(), options, context)),
  }
}

/** Opening it connects to nothing yet, so that a system that is down does not keep another one waiting. */
class KafkaConnection implements Connection {
  readonly #link: KafkaLink
  readonly #system: string

  constructor(link: KafkaLink) {
    this.#link = link
    this.#system = link.context.system
  }

  source(channel: SourceChannel<unknown>): Source {
    const play = ownChannels.optionsOf(channel, this.#system)
    if (play.kind !== 'consume') throw noRole(channel)
    const { group = `isthmus.${channelId(channel)}` } = play.options
    return new KafkaSource(this.#link, channel.model, play.options, group)
  }

  sink(channel: SinkChannel<unknown>): Sink {
    const play = ownChannels.optionsOf(channel, this.#system)
    if (play.kind !== 'produce') throw noRole(channel)
    return new KafkaSink(this.#link, play.options)
  }

  check(): Promise<void> {
    return this.#link.check()
  }

  close(): Promise<void> {
    return this.#link.close()
  }
}
