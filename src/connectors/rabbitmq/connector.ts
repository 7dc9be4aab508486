import { checkOptionNames } from '../../message/option-names.ts'
import type { SinkChannel, SourceChannel } from '../../system/channel.ts'
import type { ChannelAddress, ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Sink, Source } from '../../system/roles.ts'
import { describeSetting, type Setting } from '../../system/setting.ts'
import { noRole } from '../own-channels.ts'
import { ownChannels, type Play, type RabbitChannels, rabbitChannels } from './channels.ts'
import type { RabbitOptions } from './config.ts'
import { loadDriver } from './driver.ts'
import { RabbitLink } from './link.ts'
import { rabbitNames } from './names.ts'
import { rabbitSink } from './sink.ts'
import { RabbitSource } from './source.ts'

/** RabbitMQ, or another server that speaks AMQP 0-9-1 with confirms, with the package `amqplib`. */
export function rabbitmq(options: RabbitOptions): Connector<RabbitChannels> {
  checkOptionNames('rabbitmq()', options, rabbitNames)
  const { url, user, connectTimeout, callTimeout, heartbeat } = options
  for (const time of [connectTimeout, callTimeout, heartbeat]) if (time !== undefined) parseDuration(time)
  return {
    name: 'rabbitmq',
    summary: Object.freeze({ url: describeUrl(url), user: user && describeSetting(user) }),
    channels: rabbitChannels,
    address: channel => addressOf(channel.options as Play, url),
    connect: async context =>
      new RabbitConnection(new RabbitLink(await loadDriver(), options, context), context),
  }
}

/** A queue, or an exchange with a routing key. */
function addressOf({ kind, options }: Play, url: Setting): ChannelAddress {
  const host = describeUrl(url).replace(/^\w+:\/\/([^@/]*@)?/, '')
  if (kind === 'consume') {
    const amqp = { is: 'queue', queue: { name: options.queue, durable: true }, bindingVersion: '0.3.0' }
    return { protocol: 'amqp', host, address: options.queue, bindings: { amqp } }
  }
  const { exchange = '', routingKey = '' } = options
  const amqp = { is: 'routingKey', exchange: { name: exchange }, bindingVersion: '0.3.0' }
  const address = typeof routingKey === 'string' && routingKey !== '' ? routingKey : exchange
  return { protocol: 'amqp', host, address, bindings: { amqp } }
}

/** Opening it connects to nothing yet, so that a system that is down does not keep another one waiting. */
class RabbitConnection implements Connection {
  readonly #link: RabbitLink
  readonly #context: ConnectContext

  constructor(link: RabbitLink, context: ConnectContext) {
    this.#link = link
    this.#context = context
  }

  source(channel: SourceChannel<unknown>): Source {
    const play = ownChannels.optionsOf(channel, this.#context.system)
    if (play.kind !== 'consume') throw noRole(channel)
    const source = new RabbitSource(this.#link, channel, play.options, this.#context)
    return { run: (intake, signal) => source.run(intake, signal) }
  }

  sink(channel: SinkChannel<unknown>): Sink {
    const play = ownChannels.optionsOf(channel, this.#context.system)
    if (play.kind !== 'publish') throw noRole(channel)
    return rabbitSink(this.#link, play.options)
  }

  check(): Promise<void> {
    return this.#link.check()
  }

  close(): Promise<void> {
    return this.#link.close()
  }
}

/** An address that stands in the code, without its password. */
function describeUrl(url: Setting): string {
  const shown = describeSetting(url)
  return typeof url === 'string' ? shown.replace(/(:\/\/[^/@]*?):[^/]*@/, '$1@') : shown
}
