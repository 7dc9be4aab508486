import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import {
  type AnyChannel,
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
} from '../../system/channel.ts'
import type { ChannelAddress, ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Requester, Sink, Source } from '../../system/roles.ts'
import { describeSetting } from '../../system/setting.ts'
import { checkHttpOptions } from '../http/check-options.ts'
import { HttpClient } from '../http/client.ts'
import { targetOf } from '../http/target.ts'
import { LookingSource } from '../looking-source.ts'
import { requesterOf, sinkOf } from '../single-calls.ts'
import { ownChannels, type RestChannels, restChannels } from './channels.ts'
import type { ListOptions, RestOptions, WebhookOptions } from './config.ts'
import { listLook } from './list.ts'
import { restNames } from './names.ts'
import { Operation, type OperationSettings } from './operation.ts'
import { hookPath, WebhookSource } from './webhook.ts'

/** A system that is called by HTTP, calls us, or both. */
export function rest(options: RestOptions = {}): Connector<RestChannels> {
  checkOptionNames('rest()', options, restNames)
  const { url, auth, redirects = 0 } = options
  checkHttpOptions(options)
  if (!Number.isInteger(redirects) || redirects < 0 || redirects > 5)
    throw new IsthmusError('FLOW-DEFINITION', `redirects is a number from 0 to 5, not ${redirects}.`)
  return {
    name: 'rest',
    summary: Object.freeze({ url: url && describeSetting(url), auth: auth?.summary }),
    channels: system => restChannels(system, url !== undefined),
    connect: async context => new RestConnection(options, context),
    address: channel => addressOf(channel, options),
  }
}

/** Webhooks carry events, and calls that are made events. */
function addressOf(channel: AnyChannel, { url }: RestOptions): ChannelAddress | undefined {
  const options = channel.options as WebhookOptions | ListOptions | OperationSettings
  if ('verify' in options)
    return { protocol: 'http', address: describeSetting(options.path ?? hookPath(channel)) }
  if (!('event' in options) || !options.event || url === undefined) return undefined
  const host = describeSetting(url).replace(/^\w+:\/\//, '')
  return { protocol: 'http', host, address: typeof options.path === 'string' ? options.path : '/' }
}

/** Opening it connects to nothing yet, so that a system that is down does not keep another one waiting. */
class RestConnection implements Connection {
  readonly #context: ConnectContext
  readonly #client: HttpClient | undefined

  constructor(options: RestOptions, context: ConnectContext) {
    this.#context = context
    if (options.url === undefined) return
    const target = targetOf(context.resolve(options.url), context.system)
    this.#client = new HttpClient(target, options, context)
  }

  source(channel: SourceChannel<unknown>): Source {
    const options = ownChannels.optionsOf(channel, this.#context.system)
    if ('verify' in options) return new WebhookSource(channel, this.#context)
    const { every = '1m' } = options as ListOptions
    // A channel that calls was made with a url, so that there is a client.
    const look = listLook(channel, this.#client as HttpClient, this.#context)
    return new LookingSource(look, parseDuration(every))
  }

  sink(channel: SinkChannel<unknown>): Sink {
    return sinkOf(...this.#operation(channel))
  }

  requester(channel: RequesterChannel<unknown, unknown>): Requester {
    return requesterOf(...this.#operation(channel))
  }

  /** A system that only calls us has nothing to be checked. */
  async check(): Promise<void> {
    await this.#client?.check()
  }

  async close(): Promise<void> {
    await this.#client?.close()
  }

  #operation(
    channel: SinkChannel<unknown> | RequesterChannel<unknown, unknown>,
  ): [Operation, number | undefined] {
    const options = ownChannels.optionsOf(channel, this.#context.system) as OperationSettings
    // A channel that is called was made with a url, so that there is a client.
    const operation = new Operation(channelId(channel), options, this.#client as HttpClient)
    return [operation, options.concurrency]
  }
}
