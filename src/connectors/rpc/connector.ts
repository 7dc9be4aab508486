import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import { channelId, type RequesterChannel, type SinkChannel } from '../../system/channel.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import type { Requester, Sink } from '../../system/roles.ts'
import { describeSetting } from '../../system/setting.ts'
import { checkHttpOptions } from '../http/check-options.ts'
import { checkedHeaders } from '../http/headers.ts'
import { checkPath } from '../http/path.ts'
import { ownChannels, type RpcChannels, rpcChannels } from './channels.ts'
import type { RpcOptions } from './config.ts'
import { RpcLink } from './link.ts'
import { rpcNames } from './names.ts'
import { Probing } from './probing.ts'
import { Procedure, type ProcedureSettings } from './procedure.ts'
import { rpcRequester } from './requester.ts'
import { rpcSink } from './sink.ts'

/** A system that is called by JSON-RPC 2.0 or XML-RPC over HTTP. */
export function rpc<S = undefined>(options: RpcOptions<S>): Connector<RpcChannels<S>> {
  checkOptionNames('rpc()', options, rpcNames)
  const { url, protocol, auth, session } = options
  if (protocol !== 'json' && protocol !== 'xml')
    throw new IsthmusError('FLOW-DEFINITION', `The protocol of rpc() is json or xml, not ${protocol}.`)
  checkHttpOptions(options)
  if (session?.path !== undefined) checkPath(session.path, 'the session', 'FLOW-DEFINITION')
  if (session?.header !== undefined)
    checkedHeaders({ [session.header]: '' }, 'the session', 'FLOW-DEFINITION')
  return {
    name: 'rpc',
    summary: Object.freeze({
      url: describeSetting(url),
      protocol,
      auth: auth?.summary,
      login: session?.method,
    }),
    channels: system => rpcChannels<S>(system, protocol),
    connect: async context => new RpcConnection(options as RpcOptions<unknown>, context),
  }
}

/** Opening it connects to nothing yet, so that a system that is down does not keep another one waiting. */
class RpcConnection implements Connection {
  readonly #system: string
  readonly #link: RpcLink

  constructor(options: RpcOptions<unknown>, context: ConnectContext) {
    this.#system = context.system
    this.#link = new RpcLink(options, context)
  }

  sink(channel: SinkChannel<unknown>): Sink {
    return rpcSink(...this.#procedure(channel))
  }

  requester(channel: RequesterChannel<unknown, unknown>): Requester {
    return rpcRequester(...this.#procedure(channel))
  }

  check(): Promise<void> {
    return this.#link.check()
  }

  close(): Promise<void> {
    return this.#link.close()
  }

  #procedure(
    channel: SinkChannel<unknown> | RequesterChannel<unknown, unknown>,
  ): [Procedure, ProcedureSettings, Probing | undefined] {
    const options = ownChannels.optionsOf(channel, this.#system)
    const { probe } = options
    const id = channelId(channel)
    const probing = probe && new Probing(id, options, probe, this.#link)
    return [new Procedure(id, options, this.#link), options, probing]
  }
}
