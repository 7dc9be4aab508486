import type { SoapOperation } from '../../contract/wsdl/operations.ts'
import type { Wsdl } from '../../contract/wsdl/read-wsdl.ts'
import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import type { HttpAnswer } from '../http/call.ts'
import { HttpClient } from '../http/client.ts'
import { checkedHeaders } from '../http/headers.ts'
import { type Target, targetOf } from '../http/target.ts'
import type { Headers, SoapOptions } from './config.ts'
import { envelopes } from './envelope.ts'
import { type Faults, faultError, faultOutcome, type SoapFault } from './fault.ts'
import { securityHeader } from './security.ts'

/** What all channels of a connection share: the WSDL, the HTTP client, what every call has in its header. */
export class SoapLink {
  readonly wsdl: Wsdl
  readonly #options: SoapOptions
  readonly #client: HttpClient
  readonly #context: ConnectContext
  readonly #path: string

  constructor(options: SoapOptions, wsdl: Wsdl, context: ConnectContext) {
    const { target, path } = endpointOf(context.resolve(options.url), context.system)
    this.wsdl = wsdl
    this.#options = options
    this.#context = context
    this.#path = path
    this.#client = new HttpClient(target, options, context)
  }

  /** Throws FLOW-DEFINITION where the WSDL has no such operation that can be called. */
  operation(name: string, port: string | undefined, channel: string): SoapOperation {
    const { operations } = this.wsdl
    const wanted = port ?? this.#options.port
    const at = wanted === undefined ? operations : operations.filter(each => each.port === wanted)
    const found = at.find(each => each.name === name)
    if (found) return found
    const where = wanted === undefined ? '' : ` at the port ${wanted}`
    const names = [...new Set(at.map(each => each.name))].slice(0, 20).join(', ')
    const told = this.wsdl.problems.find(({ problem }) => problem.includes(`operation ${name} `))?.problem
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `${channel} calls ${name}, which the WSDL ${this.#options.wsdl} does not have${where}: ${told ?? `it has ${names || 'none'}`}.`,
    )
  }

  /** Rejects as `HttpClient.send` does. */
  post(
    { version, action }: SoapOperation,
    body: Uint8Array,
    channel: string,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const { contentType } = envelopes[version]
    const type = version === '1.2' && action !== '' ? `${contentType}; action="${action}"` : contentType
    const headers = checkedHeaders(
      {
        ...this.#options.headers,
        accept: contentType.replace(/;.*/, ''),
        'content-type': type,
        ...(version === '1.1' && { soapaction: `"${action}"` }),
      },
      channel,
      'CONFIG-INVALID',
    )
    return this.#client.send({ method: 'POST', path: this.#path, headers, body, channel }, signal)
  }

  /** SOAP headers of every call, by name. */
  headers(): Headers {
    return this.#options.header?.(setting => this.#client.resolve(setting)) ?? {}
  }

  /** The WS-Security header, or nothing. */
  security(): string {
    const { security } = this.#options
    if (!security) return ''
    const content = security.content(setting => this.#client.resolve(setting), this.#context.now())
    return securityHeader(content)
  }

  /** What the status of an answer means, whatever its body says. */
  failure(answer: HttpAnswer, channel: string): IsthmusError | undefined {
    return this.#client.failure(answer, undefined, channel)
  }

  /** What a fault means: `declared` by the channel, else by the system. Undefined where it is as good as an answer. */
  failureOf(fault: SoapFault, declared: Faults | undefined, channel: string): IsthmusError | undefined {
    const outcome = faultOutcome(fault, declared, this.#options.faults)
    return outcome === 'ok' ? undefined : faultError(fault, outcome, channel, text => this.hide(text))
  }

  hide(text: string): string {
    return this.#client.hide(text)
  }

  warn(text: string): void {
    this.#client.warn(text)
  }

  check(): Promise<void> {
    return this.#client.check()
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

/** Throws CONFIG-INVALID. `path` is what the url has behind its base: a slash, a query with a client or tenant. */
export function endpointOf(url: string, system: string): { target: Target; path: string } {
  const [address = '', ...query] = url.split('?')
  const target = targetOf(address, system)
  const text = query.length === 0 ? '' : `?${query.join('?')}`
  if (/[#\s]/.test(text))
    throw new IsthmusError('CONFIG-INVALID', `The query of the url of ${system} is not valid.`)
  return { target, path: new URL(address).pathname.slice(target.base.length) + text }
}
