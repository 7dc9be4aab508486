import { IsthmusError } from '../../errors.ts'
import { channelId, type SinkChannel, type SourceChannel } from '../../system/channel.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Sink, Source } from '../../system/roles.ts'
import { describeSetting } from '../../system/setting.ts'
import { type MqttChannels, mqttChannels, ownChannels } from './channels.ts'
import type { MqttOptions } from './config.ts'
import { loadDriver } from './driver.ts'
import { MqttLink } from './link.ts'
import { MqttSink } from './sink.ts'
import { MqttSource } from './source.ts'

/** A broker that speaks MQTT 5 or 3.1.1, with the package `mqtt-packet`. */
export function mqtt(options: MqttOptions): Connector<MqttChannels> {
  const { url, user, version = 5, connectTimeout, callTimeout, keepAlive } = options
  for (const time of [connectTimeout, callTimeout, keepAlive]) if (time !== undefined) parseDuration(time)
  if (version !== 4 && version !== 5)
    throw new IsthmusError('FLOW-DEFINITION', `The version of mqtt() is 5 or 4, not ${version}.`)
  return {
    name: 'mqtt',
    summary: Object.freeze({ url: describeSetting(url), user: user && describeSetting(user), version }),
    channels: mqttChannels,
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
    const sink = new MqttSink(this.#link, play.options)
    const { batch, concurrency } = sink
    return { batch, concurrency, write: (items, signal) => this.#link.tracked(sink.write(items, signal)) }
  }

  check(): Promise<void> {
    return this.#link.check()
  }

  close(): Promise<void> {
    return this.#link.close()
  }
}

function noRole(channel: SourceChannel<unknown> | SinkChannel<unknown>) {
  return new IsthmusError('FLOW-DEFINITION', `${channelId(channel)} does not play this role.`)
}
