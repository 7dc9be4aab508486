import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { SinkChannel, SourceChannel } from '../../system/channel.ts'
import type { ChannelAddress, ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Sink, Source } from '../../system/roles.ts'
import { describeSetting, type Setting } from '../../system/setting.ts'
import { noRole } from '../own-channels.ts'
import { type MqttChannels, mqttChannels, ownChannels, type Play } from './channels.ts'
import type { MqttOptions } from './config.ts'
import { loadDriver } from './driver.ts'
import { MqttLink } from './link.ts'
import { mqttNames } from './names.ts'
import { mqttSink } from './sink.ts'
import { MqttSource } from './source.ts'

/** A broker that speaks MQTT 5 or 3.1.1, with the package `mqtt-packet`. */
export function mqtt(options: MqttOptions): Connector<MqttChannels> {
  checkOptionNames('mqtt()', options, mqttNames)
  const { url, user, version = 5, connectTimeout, callTimeout, keepAlive } = options
  for (const time of [connectTimeout, callTimeout, keepAlive]) if (time !== undefined) parseDuration(time)
  if (version !== 4 && version !== 5)
    throw new IsthmusError('FLOW-DEFINITION', `The version of mqtt() is 5 or 4, not ${version}.`)
  return {
    name: 'mqtt',
    summary: Object.freeze({ url: describeSetting(url), user: user && describeSetting(user), version }),
    channels: mqttChannels,
    address: channel => addressOf(channel.options as Play, url),
    connect: async context => new MqttConnection(new MqttLink(await loadDriver(), options, context), context),
  }
}

/** Opening it connects to nothing yet, so that a system that is down does not keep another one waiting. */
class MqttConnection implements Connection {
  readonly #link: MqttLink
  readonly #context: ConnectContext

  constructor(link: MqttLink, context: ConnectContext) {
    this.#link = link
    this.#context = context
  }

  source(channel: SourceChannel<unknown>): Source {
    const play = ownChannels.optionsOf(channel, this.#context.system)
    if (play.kind !== 'subscribe') throw noRole(channel)
    return new MqttSource(this.#link, channel, play.options, this.#context)
  }

  sink(channel: SinkChannel<unknown>): Sink {
    const play = ownChannels.optionsOf(channel, this.#context.system)
    if (play.kind !== 'publish') throw noRole(channel)
    return mqttSink(this.#link, play.options)
  }

  check(): Promise<void> {
    return this.#link.check()
  }

  close(): Promise<void> {
    return this.#link.close()
  }
}

/** Topics that are made of the data, and others behind the first filter, are not told. */
function addressOf({ kind, options }: Play, url: Setting): ChannelAddress {
  const topic = kind === 'subscribe' ? (options.topics[0] ?? '') : options.topic
  const host = describeSetting(url).replace(/^\w+:\/\//, '')
  return { protocol: 'mqtt', host, address: typeof topic === 'string' ? topic : '' }
}
