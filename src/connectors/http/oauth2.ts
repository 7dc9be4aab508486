import { IsthmusError } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import { describeSetting, type Reference, type Setting } from '../../system/setting.ts'
import type { Auth, AuthHost, Caller, Credentials, Proof, SignedRequest } from './auth.ts'
import type { HttpAnswer } from './call.ts'
import { isFieldValue } from './headers.ts'
import { outcomeOf } from './outcome.ts'
import { shorten } from './reason.ts'
import { retryAfterOf } from './retry-after.ts'
import { loginFailure, Shared } from './shared.ts'
import { targetOf } from './target.ts'
import { type TlsOptions, tlsNames } from './tls.ts'

/** How tokens are got. */
export interface OAuth2Options {
  /** The token endpoint, http or https. `clientSecret` and `refreshToken` go to its origin and nowhere else. */
  readonly tokenUrl: Setting
  /** As the authorization server has registered us. */
  readonly clientId: Setting
  /** Default: none, as for a public client. */
  readonly clientSecret?: Reference | undefined
  /** How the client proves who it is: in the header (`basic`), or in the body (`post`). Default `basic`. */
  readonly clientAuth?: 'basic' | 'post' | undefined
  /** Given, tokens are got by this refresh token; else by client credentials. */
  readonly refreshToken?: Reference | undefined
  /** Default: what the server gives without being asked. */
  readonly scopes?: readonly string[] | undefined
  /** For whom the token is meant, where the server wants to know. Default: not said. */
  readonly audience?: string | undefined
  /** For the token endpoint: its certificates are not those of the system. Default: as for a system without `tls`. */
  readonly tls?: TlsOptions | undefined
}

const oauth2Names: OptionNames<OAuth2Options> = {
  tokenUrl: 'needed',
  clientId: 'needed',
  clientSecret: true,
  clientAuth: true,
  refreshToken: true,
  scopes: true,
  audience: true,
  tls: tlsNames,
}

/** A token is renewed so many milliseconds before it ends, or after half of its life if that is shorter. */
const margin = 60_000

interface Token {
  readonly value: string
  /** When it was asked for, in milliseconds since 1970 UTC. */
  readonly at: number
  /** Milliseconds since 1970 UTC; infinite where the server does not say when it ends. */
  readonly renewAt: number
}

/**
 * OAuth 2.0 tokens, by client credentials or by a refresh token. Source: RFC 6749. A token is got when first needed, and
 * renewed before it ends: once for all calls that wait. A 401 leads to one renewal and one repeat of the call.
 */
export function oauth2(options: OAuth2Options): Auth {
  checkOptionNames('oauth2()', options, oauth2Names)
  const { tokenUrl, clientId, refreshToken } = options
  if (typeof tokenUrl === 'string') targetOf(tokenUrl, 'of the token endpoint')
  const grant = refreshToken ? describeSetting(refreshToken) : 'client credentials'
  const refreshing = new RefreshTokens()
  const settings = [clientId, options.clientSecret, refreshToken, tokenUrl]
  return {
    settings: settings.filter(setting => setting !== undefined),
    summary: `oauth2 ${describeSetting(clientId)}, ${grant}, at ${describeSetting(tokenUrl)}`,
    open: host => new OAuth2(options, host, refreshing),
  }
}

class OAuth2 implements Credentials {
  readonly #options: OAuth2Options
  readonly #host: AuthHost
  readonly #refreshing: RefreshTokens
  readonly #tokens: Shared<Token>
  readonly #given = new WeakMap<Proof, Token>()
  #endpoint: { caller: Caller; origin: string; path: string } | undefined

  constructor(options: OAuth2Options, host: AuthHost, refreshing: RefreshTokens) {
    this.#options = options
    this.#host = host
    this.#refreshing = refreshing
    this.#tokens = new Shared(() => this.#obtain())
  }

  async prove(_: SignedRequest, signal: AbortSignal): Promise<Proof> {
    let token = await this.#tokens.get(signal)
    if (this.#host.now() >= token.renewAt) {
      this.#tokens.drop(token)
      token = await this.#tokens.get(signal)
    }
    const proof = { headers: { authorization: `Bearer ${token.value}` } }
    this.#given.set(proof, token)
    return proof
  }

  refused(proof: Proof, status: number): boolean {
    const token = this.#given.get(proof)
    // A 403 says that we may not, and rarely that the token is bad: a fresh one is not changed for it.
    if (token && (status === 401 || this.#host.now() - token.at > margin)) this.#tokens.drop(token)
    return status === 401
  }

  async #obtain(): Promise<Token> {
    try {
      const { refreshToken } = this.#options
      if (!refreshToken) return (await this.#ask({ grant_type: 'client_credentials' })).token
      return await this.#refreshing.use(this.#host.resolve(refreshToken), async current => {
        this.#host.conceal(current, 'token')
        return this.#ask({ grant_type: 'refresh_token', refresh_token: current })
      })
    } catch (error) {
      throw loginFailure(error)
    }
  }

  async #ask(grant: Record<string, string>): Promise<{ token: Token; next: string | undefined }> {
    const { scopes, audience } = this.#options
    const { caller, origin, path } = this.#open()
    const form = new URLSearchParams(grant)
    if (scopes?.length) form.set('scope', scopes.join(' '))
    if (audience !== undefined) form.set('audience', audience)
    const headers: Record<string, string> = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...this.#clientProof(form),
    }
    const request = {
      method: 'POST',
      path,
      headers,
      body: Buffer.from(form.toString()),
      channel: `the token endpoint ${origin}`,
    } as const
    const begin = this.#host.now()
    // Others may wait for the token of this call: it ends by its own time limits only.
    const answer = await caller.send(request, new AbortController().signal)
    return this.#read(answer, begin)
  }

  /** Looked up at each renewal, so that new credentials are found. Source: RFC 6749, 2.3.1. */
  #clientProof(form: URLSearchParams): Record<string, string> {
    const { clientId, clientSecret, clientAuth = 'basic' } = this.#options
    const id = this.#host.resolve(clientId)
    const secret = clientSecret && this.#host.resolve(clientSecret)
    if (secret === undefined || clientAuth === 'post') form.set('client_id', id)
    if (secret === undefined) return {}
    this.#host.conceal(formText(secret), 'setting')
    if (clientAuth === 'post') {
      form.set('client_secret', secret)
      return {}
    }
    const pair = Buffer.from(`${formText(id)}:${formText(secret)}`).toString('base64')
    this.#host.conceal(pair, 'setting')
    return { authorization: `Basic ${pair}` }
  }

  #open() {
    const { tokenUrl, tls } = this.#options
    const text = this.#host.resolve(tokenUrl)
    targetOf(text, `${this.#host.system} (token endpoint)`)
    const { origin, pathname } = new URL(text)
    if (this.#endpoint?.origin !== origin || this.#endpoint.path !== pathname)
      this.#endpoint = { caller: this.#host.caller(origin, tls), origin, path: pathname }
    return this.#endpoint
  }

  #read(answer: HttpAnswer, begin: number): { token: Token; next: string | undefined } {
    const said = parse(answer)
    if (answer.status !== 200 || said.error !== undefined) throw this.#refusal(answer, said)
    const { access_token: value, token_type: type = 'bearer', expires_in: life, refresh_token: next } = said
    const usable = typeof value === 'string' && value !== '' && isFieldValue(value)
    if (!usable || String(type).toLowerCase() !== 'bearer')
      throw new IsthmusError('TARGET-CREDENTIALS', 'the token endpoint gave no bearer token')
    this.#host.conceal(value, 'token')
    if (typeof next === 'string') this.#host.conceal(next, 'token')
    const milliseconds = Number(life ?? Number.NaN) * 1000
    const until = milliseconds > 0 ? begin + milliseconds - Math.min(margin, milliseconds / 2) : Infinity
    return {
      token: { value, at: begin, renewAt: until },
      next: typeof next === 'string' && next ? next : undefined,
    }
  }

  /** Source: RFC 6749, 5.2 and 4.1.2.1. Whoever is refused a token is refused it for every message. */
  #refusal({ status, headers }: HttpAnswer, said: Record<string, unknown>): IsthmusError {
    const { error, error_description: description } = said
    const words = [error, description].filter(each => typeof each === 'string').join(': ')
    const outcome = outcomeOf(status)
    const passing = outcome === 'unavailable' || outcome === 'unanswered' || passingErrors.has(String(error))
    const reason = words && `: ${shorten(this.#host.hide(words))}`
    return new IsthmusError(
      passing ? 'TARGET-UNAVAILABLE' : 'TARGET-CREDENTIALS',
      `the token endpoint of system ${this.#host.system} answered ${status}${reason}`,
      { detail: { status }, retryAfter: retryAfterOf(headers['retry-after'], this.#host.now()) },
    )
  }
}

const passingErrors = new Set(['temporarily_unavailable', 'server_error', 'slow_down'])

/**
 * The refresh token of one `oauth2(...)`, in every system and connection that uses it. A server may give a new one with
 * each token: it is kept in memory, for the life of the process, and used until another one is configured.
 */
class RefreshTokens {
  #configured: string | undefined
  #current = ''
  #last: Promise<unknown> = Promise.resolve()

  /** One after another, since a refresh token may be good for one use. */
  use<T>(
    configured: string,
    ask: (current: string) => Promise<{ token: T; next: string | undefined }>,
  ): Promise<T> {
    const mine = this.#last.then(async () => {
      if (this.#configured !== configured) this.#current = configured
      this.#configured = configured
      const { token, next = this.#current } = await ask(this.#current)
      this.#current = next
      return token
    })
    this.#last = mine.catch(() => {})
    return mine
  }
}

const codec = json()

function parse({ body }: HttpAnswer): Record<string, unknown> {
  try {
    const said = codec.decode(body)
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function formText(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
