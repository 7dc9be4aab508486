import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import {
  type AnyChannel,
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
} from '../../system/channel.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import type { Requester, Sink, Source } from '../../system/roles.ts'
import { describeSetting } from '../../system/setting.ts'
import { checkHttpOptions } from '../http/check-options.ts'
import { Change, type ChangeSettings } from './change.ts'
import { type Asking, type OdataChannels, odataChannels, ownChannels } from './channels.ts'
import type { OdataOptions } from './config.ts'
import { Lookup } from './lookup.ts'
import { odataNames } from './names.ts'
import { Operation } from './operation.ts'
import { changeRequester, odataRequester } from './requester.ts'
import { OdataService } from './service.ts'
import { odataSink } from './sink.ts'
import { odataSource } from './source.ts'

/** A system that offers its data by OData V2 or V4. */
export function odata(options: OdataOptions): Connector<OdataChannels> {
  checkOptionNames('odata()', options, odataNames)
  const { url, version, auth, batchFormat } = options
  if (version !== 'V2' && version !== 'V4')
    throw new IsthmusError('FLOW-DEFINITION', `The version of odata() is V2 or V4, not ${version}.`)
  if (version === 'V2' && batchFormat === 'json')
    throw new IsthmusError('FLOW-DEFINITION', 'OData V2 has no batches in JSON. Leave "batchFormat" out.')
  checkHttpOptions(options)
  return {
    name: 'odata',
    summary: Object.freeze({ url: describeSetting(url), version, auth: auth?.summary }),
    channels: system => odataChannels(system, options),
    connect: async context => new OdataConnection(options, context),
  }
}

/** Opening it connects to nothing yet, so that a system that is down does not keep another one waiting. */
class OdataConnection implements Connection {
  readonly #system: string
  readonly #service: OdataService

  constructor(options: OdataOptions, context: ConnectContext) {
    this.#system = context.system
    this.#service = new OdataService(options, context)
  }

  source(channel: SourceChannel<unknown>): Source {
    ownChannels.optionsOf(channel, this.#system)
    return odataSource(channel, this.#service)
  }

  sink(channel: SinkChannel<unknown>): Sink {
    return odataSink(this.#change(channel, ownChannels.optionsOf(channel, this.#system) as ChangeSettings))
  }

  requester(channel: RequesterChannel<unknown, unknown>): Requester {
    const options = ownChannels.optionsOf(channel, this.#system) as Asking
    if (options.asks === 'change') return changeRequester(this.#change(channel, options))
    return odataRequester(this.#asking(channelId(channel), options), options.concurrency, this.#service)
  }

  check(): Promise<void> {
    return this.#service.check()
  }

  close(): Promise<void> {
    return this.#service.close()
  }

  #change(channel: AnyChannel, settings: ChangeSettings): Change {
    return new Change(channelId(channel), settings, this.#service)
  }

  #asking(
    channel: string,
    options: Exclude<Asking, { readonly asks: 'change' }>,
  ): Parameters<typeof odataRequester>[0] {
    if (options.asks === 'call') {
      const operation = new Operation(channel, options, this.#service)
      return (item, signal) => operation.call(item, signal)
    }
    const lookup = new Lookup(channel, this.#service)
    if (options.asks === 'get') return (item, signal) => lookup.get(item, options, signal)
    return (item, signal) => lookup.query(item, options, signal)
  }
}
