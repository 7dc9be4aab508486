import { dirname, resolve } from 'node:path'
import { openDocument } from '../../contract/open-document.ts'
import { loadWsdl } from '../../contract/wsdl/read-wsdl.ts'
import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import { callSite } from '../../system/call-site.ts'
import { channelId, type RequesterChannel, type SinkChannel } from '../../system/channel.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import type { Requester, Sink } from '../../system/roles.ts'
import { describeSetting } from '../../system/setting.ts'
import { checkHttpOptions } from '../http/check-options.ts'
import { checkedHeaders } from '../http/headers.ts'
import { requesterOf, sinkOf } from '../single-calls.ts'
import { ownChannels, type SoapChannels, soapChannels } from './channels.ts'
import type { SoapOptions } from './config.ts'
import { endpointOf, SoapLink } from './link.ts'
import { soapNames } from './names.ts'
import { OperationCall } from './operation-call.ts'

/** A system that is called by SOAP 1.1 or 1.2 over HTTP, as its WSDL describes it. */
export function soap(options: SoapOptions): Connector<SoapChannels> {
  checkOptionNames('soap()', options, soapNames)
  const { wsdl, url, auth, security, headers = {} } = options
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(wsdl))
    throw new IsthmusError(
      'FLOW-DEFINITION',
      'The wsdl of soap() is a file. Download it, and keep it with the landscape.',
    )
  const file = /^\.\.?[/\\]/.test(wsdl) ? resolve(dirname(callSite() ?? ''), wsdl) : wsdl
  checkHttpOptions(options, endpointOf)
  checkedHeaders(headers, 'soap()', 'FLOW-DEFINITION')
  return {
    name: 'soap',
    summary: Object.freeze({
      wsdl,
      url: describeSetting(url),
      auth: auth?.summary,
      security: security?.summary,
    }),
    channels: soapChannels,
    async connect(context) {
      const document = await openDocument(file, process.cwd())
      return new SoapConnection(new SoapLink(options, await loadWsdl(document), context), context)
    },
  }
}

/** Opening it reads the WSDL and connects to nothing yet, so that a system that is down keeps no other waiting. */
class SoapConnection implements Connection {
  readonly #system: string
  readonly #link: SoapLink

  constructor(link: SoapLink, { system }: ConnectContext) {
    this.#system = system
    this.#link = link
  }

  sink(channel: SinkChannel<unknown>): Sink {
    return sinkOf(...this.#operation(channel))
  }

  requester(channel: RequesterChannel<unknown, unknown>): Requester {
    return requesterOf(...this.#operation(channel))
  }

  check(): Promise<void> {
    return this.#link.check()
  }

  close(): Promise<void> {
    return this.#link.close()
  }

  #operation(
    channel: SinkChannel<unknown> | RequesterChannel<unknown, unknown>,
  ): [OperationCall, number | undefined] {
    const options = ownChannels.optionsOf(channel, this.#system)
    return [new OperationCall(channelId(channel), options, this.#link), options.concurrency]
  }
}
