import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Setting } from '../../system/setting.ts'
import { guardedLookup } from './address-guard.ts'
import type { Auth } from './auth.ts'
import { type CallLimits, call, type HttpAnswer, type HttpRequest } from './call.ts'
import type { HttpOptions } from './config.ts'
import { type Endpoint, Endpoints } from './endpoints.ts'
import { isFieldValue } from './headers.ts'
import { failureIn, type Outcomes } from './outcome.ts'
import type { Target } from './target.ts'

/**
 * Calls one system: its endpoints and no others, whatever an answer or data say. Credentials are looked up when they are
 * first needed, and again after they were refused, so that new ones are found.
 */
export class HttpClient {
  readonly #target: Target
  readonly #endpoints: Endpoints
  readonly #limits: CallLimits
  readonly #redirects: number
  readonly #auth: Auth | undefined
  readonly #context: ConnectContext
  #credentials: Record<string, string> | undefined
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #secrets = new Set<string>()
  #given: readonly string[] = []

  constructor(target: Target, options: HttpOptions, context: ConnectContext) {
    const { timeouts = {}, redirects = 0, responseLimit = 8 * 2 ** 20, auth, endpoints } = options
    const { connect = '5s', firstByte = '15s', total = '30s' } = timeouts
    this.#target = target
    this.#limits = { firstByte: parseDuration(firstByte), total: parseDuration(total), size: responseLimit }
    this.#redirects = redirects
    this.#auth = auth
    this.#context = context
    // Certificates are always verified, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    const tls = { timeout: parseDuration(connect), rejectUnauthorized: true, lookup: guardedLookup(context) }
    this.#endpoints = new Endpoints(target, endpoints, tls, context)
  }

  /** Rejects as `call` does, or with CONFIG-... when the credentials are missing. `path` is below the url's. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const sending = this.#send(request, signal)
    this.#underWay.add(sending)
    const end = () => void this.#underWay.delete(sending)
    sending.then(end, end)
    return sending
  }

  async #send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { ...request.headers, 'user-agent': 'isthmus', ...this.#authorization() }
    let next: HttpRequest = { ...request, path: this.#target.base + request.path || '/', headers }
    const begin = performance.now()
    for (let hops = 0; ; hops++) {
      const total = Math.max(1, this.#limits.total - Math.round(performance.now() - begin))
      const { answer, origin } = await this.#call(next, { ...this.#limits, total }, signal)
      if (answer.status === 401 || answer.status === 403) this.#credentials = undefined
      const again = hops < this.#redirects ? redirected(next, answer, origin) : undefined
      if (!again) return answer
      next = again
    }
  }

  /** At one endpoint; at the next, if the call has certainly not been sent. */
  async #call(
    request: HttpRequest,
    limits: CallLimits,
    signal: AbortSignal,
  ): Promise<{ answer: HttpAnswer; origin: string }> {
    const tried = new Set<Endpoint>()
    let last: unknown
    for (;;) {
      const endpoint = await this.#endpoints.pick(tried)
      if (!endpoint) throw last
      endpoint.underWay++
      try {
        const answer = await call(endpoint.pool, request, limits, signal)
        endpoint.ended(answer.status < 500)
        return { answer, origin: endpoint.place.origin }
      } catch (error) {
        if (signal.aborted) throw error
        endpoint.ended(false)
        if (!(error instanceof IsthmusError) || error.code !== 'TARGET-UNAVAILABLE') throw error
        tried.add(endpoint)
        last = error
      } finally {
        endpoint.underWay--
      }
    }
  }

  /** The error that an answer means, without our credentials should the target have repeated them. */
  failure(answer: HttpAnswer, outcomes: Outcomes | undefined, channel: string): IsthmusError | undefined {
    const hide = (text: string) => this.hide(text)
    return failureIn(answer, { outcomes, channel, now: this.#context.now(), hide })
  }

  /** The value of a setting, which no error will show. */
  resolve(setting: Setting): string {
    const text = this.#context.resolve(setting)
    if (typeof setting !== 'string') this.#secrets.add(text).delete('')
    return text
  }

  /** Takes what the target gave us as a secret, such as the token of a session. The last ten are hidden. */
  conceal(text: string): void {
    if (text !== '') this.#given = [...this.#given.slice(-9), text]
  }

  /** A text without our credentials. */
  hide(text: string): string {
    return [...this.#secrets, ...this.#given].reduce((left, secret) => left.replaceAll(secret, '***'), text)
  }

  /** Connected, answered, and our credentials were not refused; whether the address exists does not matter. */
  async check(): Promise<void> {
    const { system } = this.#context
    const request = { method: 'HEAD', path: '/', headers: {}, channel: system } as const
    const answer = await this.send(request, new AbortController().signal)
    const failure =
      answer.status === 401 || answer.status === 503 ? this.failure(answer, {}, system) : undefined
    if (failure) throw failure
  }

  warn(text: string): void {
    this.#context.log('warn', text)
  }

  /** Calls under way end by themselves, at the latest at their deadline. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await this.#endpoints.close()
  }

  #authorization(): Record<string, string> {
    if (!this.#auth) return {}
    this.#credentials ??= { [this.#auth.header]: this.#credential(this.#auth) }
    return this.#credentials
  }

  #credential(auth: Auth): string {
    const value = auth.value(setting => this.resolve(setting))
    this.#secrets.add(value).delete('')
    if (isFieldValue(value)) return value
    const text = `The credentials of system ${this.#context.system} hold signs that a header cannot hold.`
    throw new IsthmusError('CONFIG-INVALID', text)
  }
}

/** The request to which an answer directs us, if it stays within the origin. Source: RFC 9110, 15.4. */
function redirected(request: HttpRequest, answer: HttpAnswer, origin: string): HttpRequest | undefined {
  const { status, headers } = answer
  const { location } = headers
  const here = origin + request.path
  if (typeof location !== 'string' || !URL.canParse(location, here)) return undefined
  const to = new URL(location, here)
  if (to.origin !== origin) return undefined
  const path = to.pathname + to.search
  const reading = request.method === 'GET' || request.method === 'HEAD'
  if (status === 307 || status === 308) return { ...request, path }
  if (status === 303 || (reading && (status === 301 || status === 302)))
    return { ...request, path, method: reading ? request.method : 'GET', body: undefined }
  return undefined
}
