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
import { parseDuration } from '../../system/duration.ts'
import type { Requester, Sink, Source } from '../../system/roles.ts'
import { describeSetting } from '../../system/setting.ts'
import { checkHttpOptions } from '../http/check-options.ts'
import { LookingSource } from '../looking-source.ts'
import { requesterOf, sinkOf } from '../single-calls.ts'
import { Call } from './call.ts'
import { type GraphqlChannels, graphqlChannels, ownChannels } from './channels.ts'
import type { GraphqlOptions } from './config.ts'
import { GraphqlLink } from './link.ts'
import { List } from './list.ts'
import { graphqlNames } from './names.ts'
import { socketUrl } from './socket.ts'
import { SubscriptionSource } from './source.ts'

/** A system that is called by GraphQL over HTTP, with subscriptions over WebSocket. */
export function graphql(options: GraphqlOptions): Connector<GraphqlChannels> {
  checkOptionNames('graphql()', options, graphqlNames)
  const { url, auth, schema, subscriptions } = options
  checkHttpOptions(options)
  if (typeof subscriptions?.url === 'string') socketUrl(subscriptions.url, 'with this url')
  const declared: AnyChannel[] = []
  return {
    name: 'graphql',
    summary: Object.freeze({
      url: describeSetting(url),
      auth: auth?.summary,
      schema,
      subscriptions: subscriptions?.url && describeSetting(subscriptions.url),
    }),
    channels: system => graphqlChannels(system, channel => declared.push(channel)),
    async connect(context) {
      const connection = new GraphqlConnection(await GraphqlLink.open(options, context), context)
      try {
        for (const channel of declared) if (channel.system === context.system) connection.verify(channel)
        return connection
      } catch (error) {
        await connection.close()
        throw error
      }
    },
  }
}

/** Opening it reads the schema and the documents, and connects to nothing yet. */
class GraphqlConnection implements Connection {
  readonly #context: ConnectContext
  readonly #link: GraphqlLink

  constructor(link: GraphqlLink, context: ConnectContext) {
    this.#link = link
    this.#context = context
  }

  source(channel: SourceChannel<unknown>): Source {
    const settings = ownChannels.optionsOf(channel, this.#context.system)
    if (settings.role === 'subscribe') return new SubscriptionSource(channel, settings, this.#link)
    if (settings.role === 'list') {
      const list = new List(channel, settings, this.#link)
      return new LookingSource(list.look, parseDuration(settings.every ?? '1m'))
    }
    throw noSuchRole(channel)
  }

  sink(channel: SinkChannel<unknown>): Sink {
    return sinkOf(...this.#call(channel))
  }

  requester(channel: RequesterChannel<unknown, unknown>): Requester {
    return requesterOf(...this.#call(channel))
  }

  /** Throws what would be wrong with the document of a channel. */
  verify(channel: AnyChannel): void {
    if (channel.role === 'source') this.source(channel)
    else this.#call(channel)
  }

  check(): Promise<void> {
    return this.#link.check()
  }

  close(): Promise<void> {
    return this.#link.close()
  }

  #call(channel: SinkChannel<unknown> | RequesterChannel<unknown, unknown>): [Call, number | undefined] {
    const settings = ownChannels.optionsOf(channel, this.#context.system)
    if (settings.role !== 'call') throw noSuchRole(channel)
    return [new Call(channelId(channel), settings, this.#link), settings.concurrency]
  }
}

function noSuchRole(channel: AnyChannel): IsthmusError {
  return new IsthmusError('FLOW-DEFINITION', `${channelId(channel)} does not play this role.`)
}
