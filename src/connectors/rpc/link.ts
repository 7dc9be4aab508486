import { IsthmusError } from '../../errors.ts'
import { anyProperty } from '../../message/codec/xml-shape.ts'
import type { ConnectContext } from '../../system/connector.ts'
import type { HttpAnswer } from '../http/call.ts'
import { HttpClient } from '../http/client.ts'
import { checkedHeaders } from '../http/headers.ts'
import { targetOf } from '../http/target.ts'
import type { RpcOptions } from './config.ts'
import { jsonRpc } from './json-rpc.ts'
import { type RpcError, type RpcErrors, rpcFailure, rpcOutcome } from './outcome.ts'
import type { Protocol } from './protocol.ts'
import { type Opened, Session, type SessionOptions } from './session.ts'
import { xmlRpc } from './xml-rpc.ts'

/** One HTTP call. */
interface Post {
  readonly body: Uint8Array
  readonly path?: string | undefined
  readonly session?: Opened | undefined
  /** Who calls, for messages. */
  readonly channel: string
}

/** The server said that the session is not valid any more, and did nothing. Once more than that pauses the flow. */
export class SessionExpired extends IsthmusError {
  constructor(channel: string, reason: string) {
    super('TARGET-CREDENTIALS', `${channel}: the session expired: ${reason}`)
  }
}

/** What all channels of a connection share: the HTTP client, the protocol, the session. */
export class RpcLink {
  readonly protocol: Protocol
  readonly #client: HttpClient
  readonly #options: RpcOptions<unknown>
  readonly #session: Session | undefined
  readonly #warn: (text: string) => void
  readonly #calls = new Set<Promise<unknown>>()

  constructor(options: RpcOptions<unknown>, context: ConnectContext) {
    const { url, protocol, session, dialect = 'plain' } = options
    const target = targetOf(context.resolve(url), context.system)
    this.#options = options
    this.#warn = text => context.log('warn', text)
    this.#client = new HttpClient(target, options, context)
    this.protocol = protocol === 'json' ? jsonRpc : xmlRpc(dialect)
    this.#session = session && new Session(() => this.#login(session, `${context.system} (login)`))
  }

  async open(signal: AbortSignal): Promise<Opened | undefined> {
    return this.#session?.open(signal)
  }

  async renew(used: Opened, signal: AbortSignal): Promise<Opened | undefined> {
    return this.#session?.renew(used, signal)
  }

  /** Rejects as `HttpClient.send` does. */
  post({ body, path = '', session, channel }: Post, signal: AbortSignal): Promise<HttpAnswer> {
    const { contentType } = this.protocol
    const headers = { accept: contentType, 'content-type': contentType, ...this.#tokenHeader(session) }
    return this.#client.send({ method: 'POST', path, headers, body, channel }, signal)
  }

  /** What the status of an answer means, whatever its body says. */
  failure(answer: HttpAnswer, channel: string): IsthmusError | undefined {
    return this.#client.failure(answer, undefined, channel)
  }

  /** What an error means: `declared` by the channel, else by the system. Undefined where it is as good as a result. */
  failureOf(error: RpcError, declared: RpcErrors | undefined, channel: string): IsthmusError | undefined {
    if (this.#options.session?.expired?.(error))
      return new SessionExpired(channel, this.hide(`${error.code}`))
    const outcome = rpcOutcome(error, declared, this.#options.errors)
    return outcome === 'ok' ? undefined : rpcFailure(error, outcome, channel, text => this.hide(text))
  }

  warn(text: string): void {
    this.#warn(this.hide(text))
  }

  hide(text: string): string {
    return this.#client.hide(text)
  }

  /** Reached, and logged in where there is a session. */
  async check(): Promise<void> {
    await this.#client.check()
    await this.#session?.open(new AbortController().signal)
  }

  /** Keeps the connection open until a call that has several HTTP calls is over. It does not reject. */
  underWay<T>(call: Promise<T>): Promise<T> {
    this.#calls.add(call)
    return call.finally(() => this.#calls.delete(call))
  }

  async close(): Promise<void> {
    await Promise.all(this.#calls)
    await this.#client.close()
  }

  #tokenHeader(session: Opened | undefined): Record<string, string> {
    const name = this.#options.session?.header
    if (name === undefined || session === undefined) return {}
    return checkedHeaders({ [name]: session.token as string }, 'the session', 'CONFIG-INVALID')
  }

  async #login({ method, path, params, token }: SessionOptions, channel: string): Promise<unknown> {
    const resolve: Parameters<SessionOptions['params']>[0] = setting => this.#client.resolve(setting)
    const body = this.protocol.write({ id: 'login', method, params: params(resolve) })
    const answer = await this.post({ body, path, channel }, new AbortController().signal)
    const failed = this.failure(answer, channel)
    if (failed) throw failed
    const { byId, whole } = this.protocol.read(answer.body, anyProperty.shape)
    const reply = byId.get('login') ?? whole
    if (!reply) throw new IsthmusError('TARGET-UNANSWERED', `${channel} was not answered`)
    if ('error' in reply) {
      const outcome = rpcOutcome(reply.error, this.#options.errors)
      throw rpcFailure(reply.error, outcome === 'ok' ? 'contract' : outcome, channel, text => this.hide(text))
    }
    for (const text of textsIn(reply.result)) this.#client.conceal(text)
    const made = token ? token(reply.result, resolve) : reply.result
    if (made !== undefined && made !== null && made !== false && made !== '') return made
    throw new IsthmusError('TARGET-CREDENTIALS', `${channel} gave no session`)
  }
}

/** The texts of a login's result that are long enough to be a secret, in it or one level below. */
function textsIn(result: unknown): string[] {
  const values = typeof result === 'object' && result !== null ? Object.values(result) : [result]
  return values.filter(value => typeof value === 'string').filter(({ length }) => length >= 6)
}
