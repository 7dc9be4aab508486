import { IsthmusError, reasonOf } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Setting } from '../../system/setting.ts'
import { guardedLookup } from './address-guard.ts'
import type { AuthHost, Caller, Credentials, Proof } from './auth.ts'
import type { CallLimits, HttpAnswer, HttpRequest } from './call.ts'
import type { HttpOptions } from './config.ts'
import { type Endpoint, Endpoints } from './endpoints.ts'
import { failureIn, type Outcomes } from './outcome.ts'
import { withQuery } from './path.ts'
import type { Target } from './target.ts'
import { certificatesOf } from './tls.ts'

const unproved: Proof = {}

interface Exchanged {
  readonly answer: HttpAnswer
  readonly proof: Proof
  /** That of the endpoint which answered. */
  readonly origin: string
}

export interface ClientOptions extends HttpOptions {
  /** How many redirects within the origin of the endpoint are followed. Default: none. */
  readonly redirects?: number | undefined
}

/** Calls one system: its endpoints and no others, whatever an answer or data say. */
export class HttpClient {
  readonly #target: Target
  readonly #endpoints: Endpoints
  readonly #limits: CallLimits
  readonly #redirects: number
  readonly #credentials: Credentials | undefined
  readonly #callers: HttpClient[] = []
  #underWay = 0
  readonly #idle = Promise.withResolvers<void>()
  #closing = false
  #proof: Proof = {}
  readonly #context: ConnectContext
  readonly #secrets = new Set<string>()
  #given: readonly string[] = []
  #signatures: readonly string[] = []

  constructor(target: Target, options: ClientOptions, context: ConnectContext) {
    const { timeouts = {}, redirects = 0, responseLimit = 8 * 2 ** 20, auth, endpoints } = options
    const { connect = '5s', firstByte = '15s', total = '30s' } = timeouts
    this.#target = target
    this.#limits = { firstByte: parseDuration(firstByte), total: parseDuration(total), size: responseLimit }
    this.#redirects = redirects
    this.#context = context
    for (const setting of auth?.settings ?? []) this.resolve(setting)
    this.#credentials = auth?.open(this.#authHost(options))
    // Certificates are always verified, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    const certificates = certificatesOf(options.tls, context.system, setting => this.resolve(setting))
    const connecting = { timeout: parseDuration(connect), lookup: guardedLookup(context) }
    const tls = { ...certificates, ...connecting, rejectUnauthorized: true }
    this.#endpoints = new Endpoints(target, endpoints, tls, context)
  }

  /**
   * Rejects as `call` does, or with what `Credentials.prove` rejects with. `path` is below the url's. After a 401 it is
   * sent once more if there are new credentials.
   */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    if (this.#closing) throw closed(request.channel)
    this.#underWay++
    try {
      return await this.#send(request, signal)
    } finally {
      if (--this.#underWay === 0 && this.#closing) this.#idle.resolve()
    }
  }

  async #send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { ...request.headers, 'user-agent': 'isthmus' }
    let next: HttpRequest = { ...request, path: this.#target.base + request.path || '/', headers }
    const end = performance.now() + this.#limits.total
    let final = request.once === true
    let done = false
    for (let hops = 0; ; ) {
      const { answer, proof, origin } = await this.#exchange(next, end, signal).catch(error => {
        throw done ? afterwards(error, request.channel) : error
      })
      if (this.#isRenewed(answer, proof) && !final) {
        final = true
        continue
      }
      const again = hops++ < this.#redirects ? redirected(next, answer, origin) : undefined
      if (!again) return done ? { ...answer, done } : answer
      done ||= again.method !== next.method
      next = again
    }
  }

  /** At one endpoint; at the next, if the call has certainly not been sent. `end` is that of the monotonic clock. */
  async #exchange(request: HttpRequest, end: number, signal: AbortSignal): Promise<Exchanged> {
    if (!this.#endpoints.known) await this.#endpoints.begin()
    const tried = new Set<Endpoint>()
    let last: unknown
    for (;;) {
      const endpoint = this.#endpoints.pick(tried)
      if (!endpoint) throw last
      const { origin } = endpoint.place
      const proof = this.#credentials ? await this.#prove(request, origin, signal) : unproved
      const limits = { ...this.#limits, total: Math.max(1, Math.round(end - performance.now())) }
      try {
        return { answer: await endpoint.call(withProof(request, proof), limits, signal), proof, origin }
      } catch (error) {
        if (signal.aborted || !(error instanceof IsthmusError) || error.code !== 'TARGET-UNAVAILABLE')
          throw error
        tried.add(endpoint)
        last = error
      }
    }
  }

  /**
   * The path, below the url's, that a reference in the answer to a request leads to. Undefined where that is not below
   * the url's path, or at another origin than the system's own.
   */
  follow(reference: string, from: string): string | undefined {
    const { origin, base } = this.#target
    const here = origin + base + from
    if (!URL.canParse(reference, here)) return undefined
    const to = new URL(reference, here)
    const below = base === '' || to.pathname === base || to.pathname.startsWith(`${base}/`)
    return this.#endpoints.owns(to.origin) && below ? to.pathname.slice(base.length) + to.search : undefined
  }

  /** The error that an answer means, without our credentials should the target have repeated them. */
  failure(answer: HttpAnswer, outcomes: Outcomes | undefined, channel: string): IsthmusError | undefined {
    const hide = (text: string) => this.hide(text)
    return failureIn(answer, { outcomes, channel, now: this.#context.now(), hide })
  }

  /** Who we are, for a connection to the system that others open with a GET: a WebSocket. Rejects as `send` does. */
  proofAt(url: string, signal: AbortSignal): Promise<Proof> {
    const { origin, pathname, search } = new URL(url)
    const path = pathname + search
    return this.#prove({ method: 'GET', path, headers: {}, channel: this.#context.system }, origin, signal)
  }

  /** The last proof was refused inside a good status: there may be new credentials at the next call. */
  forgetCredentials(): void {
    this.#credentials?.refused(this.#proof, 401)
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
    const secrets = [...this.#secrets, ...this.#given, ...this.#signatures]
    // One that holds another one goes first, so that no rest of it is left.
    secrets.sort((a, b) => b.length - a.length)
    return secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text)
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
    this.#closing = true
    if (this.#underWay > 0) await this.#idle.promise
    await this.#endpoints.close()
    await Promise.all(this.#callers.map(caller => caller.close()))
  }

  async #prove(request: HttpRequest, origin: string, signal: AbortSignal): Promise<Proof> {
    if (!this.#credentials) return unproved
    const { method, headers, body = new Uint8Array() } = request
    const [path = '', query = ''] = request.path.split(/\?(.*)/s)
    const time = this.#context.now()
    this.#proof = await this.#credentials.prove({ method, origin, path, query, headers, body, time }, signal)
    return this.#proof
  }

  /** Whether credentials that were refused have given way to others that may be accepted. */
  #isRenewed({ status }: HttpAnswer, proof: Proof): boolean {
    if (status !== 401 && status !== 403) return false
    return this.#credentials?.refused(proof, status) ?? false
  }

  #conceal(text: string, kind: Parameters<AuthHost['conceal']>[1]): void {
    if (kind === 'token') this.conceal(text)
    else if (kind === 'setting') this.#secrets.add(text).delete('')
    else this.#signatures = [...this.#signatures.slice(-63), text]
  }

  #authHost({ timeouts }: HttpOptions): AuthHost {
    return {
      system: this.#context.system,
      now: () => this.#context.now(),
      resolve: setting => this.resolve(setting),
      conceal: (text, kind) => this.#conceal(text, kind),
      hide: text => this.hide(text),
      caller: (origin, tls): Caller => {
        const caller = new HttpClient(
          { origin, base: '' },
          { timeouts, tls, responseLimit: 2 ** 20 },
          this.#context,
        )
        this.#callers.push(caller)
        return caller
      },
    }
  }
}

function closed(channel: string): IsthmusError {
  return new IsthmusError('TARGET-UNAVAILABLE', `${channel} cannot be called: the connection is closed`)
}

/** What goes wrong with a page that we were sent to says nothing of the request that was done before. */
function afterwards(error: unknown, channel: string): IsthmusError {
  const text = `${channel} was called, and directed us to an answer that did not come: ${reasonOf(error)}`
  return new IsthmusError('TARGET-UNANSWERED', text, { cause: error })
}

function withProof(request: HttpRequest, proof: Proof): HttpRequest {
  if (proof === unproved) return request
  const { headers, query } = proof
  const path = query ? withQuery(request.path, query.name, query.value) : request.path
  return { ...request, path, headers: { ...request.headers, ...headers } }
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
