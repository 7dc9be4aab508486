import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import {
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
} from '../../system/channel.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Requester, Sink, Source } from '../../system/roles.ts'
import { describeSetting, type Setting } from '../../system/setting.ts'
import { ChangesSource } from './changes.ts'
import { type MongoChannels, mongoChannels, ownChannels } from './channels.ts'
import { MongoLink } from './client.ts'
import type { MongoOptions } from './config.ts'
import { loadDriver } from './driver.ts'
import { modifiedSource } from './modified.ts'
import { mongoNames } from './names.ts'
import { MongoRequester } from './requester.ts'
import { MongoSink } from './sink.ts'

/** MongoDB, or a server that speaks its protocol, with the package `mongodb`. */
export function mongodb(options: MongoOptions): Connector<MongoChannels> {
  checkOptionNames('mongodb()', options, mongoNames)
  for (const time of [options.connectTimeout, options.callTimeout])
    if (time !== undefined) parseDuration(time)
  return {
    name: 'mongodb',
    summary: Object.freeze({ url: describeUrl(options.url), database: options.database }),
    channels: mongoChannels,
    connect: async context =>
      new MongoConnection(new MongoLink(await loadDriver(), options, context), context),
  }
}

/** Opening it connects to nothing yet, so that a system that is down does not keep another one waiting. */
class MongoConnection implements Connection {
  readonly #link: MongoLink
  readonly #context: ConnectContext

  constructor(link: MongoLink, context: ConnectContext) {
    this.#link = link
    this.#context = context
  }

  source(channel: SourceChannel<unknown>): Source {
    const play = ownChannels.optionsOf(channel, this.#context.system)
    const { model } = channel
    if (play.kind === 'changes') return new ChangesSource(this.#link, model, play.options, this.#context)
    if (play.kind === 'modified') return modifiedSource(this.#link, model, play.options, this.#context)
    throw noRole(channel)
  }

  sink(channel: SinkChannel<unknown>): Sink {
    const play = ownChannels.optionsOf(channel, this.#context.system)
    if (play.kind !== 'collection') throw noRole(channel)
    const sink = new MongoSink(this.#link, play.options)
    const { batch, concurrency } = sink
    return {
      batch,
      concurrency,
      write: (items, signal) => this.#link.tracked(sink.write(items, signal)),
      probe: (item, signal) => this.#link.tracked(sink.probe(item, signal)),
    }
  }

  requester(channel: RequesterChannel<unknown, unknown>): Requester {
    const play = ownChannels.optionsOf(channel, this.#context.system)
    if (play.kind !== 'query') throw noRole(channel)
    const requester = new MongoRequester(this.#link, channelId(channel), play.options)
    const { batch, concurrency } = requester
    return { batch, concurrency, ask: (items, signal) => this.#link.tracked(requester.ask(items, signal)) }
  }

  check(): Promise<void> {
    return this.#link.check()
  }

  close(): Promise<void> {
    return this.#link.close()
  }
}

function noRole(channel: SourceChannel<unknown> | SinkChannel<unknown> | RequesterChannel<unknown, unknown>) {
  return new IsthmusError('FLOW-DEFINITION', `${channelId(channel)} does not play this role.`)
}

/** An address that stands in the code, without its password. */
function describeUrl(url: Setting): string {
  const shown = describeSetting(url)
  return typeof url === 'string' ? shown.replace(/(:\/\/[^/@]*?):[^/]*@/, '$1@').replace(/\?.*$/, '') : shown
}
