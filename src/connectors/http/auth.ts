import { IsthmusError, reasonOf } from '../../errors.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import { describeSetting, type Reference, type Setting } from '../../system/setting.ts'
import type { HttpAnswer, HttpRequest } from './call.ts'
import { checkedHeaders, isFieldValue } from './headers.ts'
import type { TlsOptions } from './tls.ts'

/** How a system is told who we are. Credentials are named, never written down in a landscape. */
export interface Auth {
  /** As shown to people. */
  readonly summary: string
  /** What it needs. Looked up when the connection opens, so that a missing one is found then. */
  readonly settings: readonly Setting[]
  /** For one connection. Looks nothing up yet, and calls nobody. */
  open(host: AuthHost): Credentials
}

/** What an open connection gives to its credentials. */
export interface AuthHost {
  readonly system: string
  /** Milliseconds since 1970 UTC. */
  now(): number
  /** The value of a setting, which no error will show. */
  resolve(setting: Setting): string
  /** Takes a text as a secret: one made of settings for good, of others the last ones. */
  conceal(text: string, kind: 'setting' | 'token' | 'signature'): void
  /** A text without secrets. */
  hide(text: string): string
  /** A client of another origin, with credentials of its own. It closes with the connection. */
  caller(origin: string, tls: TlsOptions | undefined): Caller
}

export interface Caller {
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>
}

/** Safe for concurrent requests. */
export interface Credentials {
  /** Rejects with CONFIG-..., or with TARGET-CREDENTIALS or TARGET-UNAVAILABLE: nothing has been sent then. */
  prove(request: SignedRequest, signal: AbortSignal): Promise<Proof>
  /** What was proved was answered 401 or 403. True if it is to be proved anew, and the request sent once more. */
  refused(proof: Proof, status: number): boolean
}

/** What goes with one request, because of who we are. */
export interface Proof {
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly query?: { readonly name: string; readonly value: string } | undefined
}

/** A request as it goes out, but for the credentials. */
export interface SignedRequest {
  /** `GET`, `POST` and so on. */
  readonly method: string
  /** `https://host:port` */
  readonly origin: string
  /** From the first slash on, encoded, without the query. */
  readonly path: string
  /** Encoded, without the question mark; '' if there is none. */
  readonly query: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** Empty if there is none. */
  readonly body: Uint8Array
  /** Milliseconds since 1970 UTC. */
  readonly time: number
}

/** Source: RFC 6750. */
export function bearer(token: Reference): Auth {
  const summary = `bearer ${describeSetting(token)}`
  return inHeader('authorization', summary, [token], resolve => `Bearer ${resolve(token)}`)
}

/** Source: RFC 7617, in UTF-8. */
export function basic(user: Setting, password: Reference): Auth {
  const summary = `basic ${describeSetting(user)}, ${describeSetting(password)}`
  return inHeader('authorization', summary, [user, password], resolve => {
    return `Basic ${Buffer.from(`${resolve(user)}:${resolve(password)}`).toString('base64')}`
  })
}

/**
 * A key in a header of its own, or in a query parameter, which others may see: addresses are written into logs on the
 * way. Use the header where there is one.
 */
export function apiKey(where: string | { readonly query: string }, key: Reference): Auth {
  if (typeof where === 'string')
    return inHeader(where.toLowerCase(), `${where} ${describeSetting(key)}`, [key], resolve => resolve(key))
  const name = where.query
  return fixed(`?${name} ${describeSetting(key)}`, [key], host => {
    const value = host.resolve(key)
    host.conceal(new URLSearchParams([[name, value]]).toString().slice(name.length + 1), 'setting')
    return { query: { name, value } }
  })
}

/** What a signing function is given of the secrets: their values, by the same names. */
export type Secrets<S extends Readonly<Record<string, Setting>>> = { readonly [name in keyof S]: string }

/** How requests are signed. */
export interface SignedOptions<S extends Readonly<Record<string, Setting>>> {
  /** What the function needs, by names of your choice: `{ key: secret('SHOP_KEY') }`. Looked up when first needed. */
  readonly secrets: S
  /**
   * The headers that prove who sends this request, made anew for each: an HMAC over method, path, query, time and body,
   * as the system's vendor defines it. May be asynchronous.
   */
  readonly headers: (
    request: SignedRequest,
    secrets: Secrets<S>,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
}

const signedNames: OptionNames<SignedOptions<Record<string, Setting>>> = {
  secrets: 'needed',
  headers: 'needed',
}

/** Every request is signed by a function of the author. */
export function signed<const S extends Readonly<Record<string, Setting>>>(options: SignedOptions<S>): Auth {
  checkOptionNames('signed()', options, signedNames)
  const names = Object.values(options.secrets).map(describeSetting)
  return {
    summary: `signed with ${names.join(', ')}`,
    settings: Object.values(options.secrets),
    open: host => new Signing(options as unknown as SignedOptions<Record<string, Setting>>, host),
  }
}

class Signing implements Credentials {
  readonly #options: SignedOptions<Record<string, Setting>>
  readonly #host: AuthHost
  #secrets: Record<string, string> | undefined

  constructor(options: SignedOptions<Record<string, Setting>>, host: AuthHost) {
    this.#options = options
    this.#host = host
  }

  async prove(request: SignedRequest): Promise<Proof> {
    const { secrets, headers } = this.#options
    this.#secrets ??= Object.fromEntries(
      Object.entries(secrets).map(([name, setting]) => [name, this.#host.resolve(setting)]),
    )
    const { system } = this.#host
    try {
      const made = checkedHeaders(await headers(request, this.#secrets), system, 'CONFIG-INVALID')
      for (const value of Object.values(made)) if (value.length >= 16) this.#host.conceal(value, 'signature')
      return { headers: made }
    } catch (error) {
      if (error instanceof IsthmusError) throw error
      // No cause: what a function says that was given secrets is not passed on as it is.
      const text = `the signing function of system ${system} failed: ${this.#host.hide(reasonOf(error))}`
      throw new IsthmusError('STEP-FAILED', text)
    }
  }

  refused(): boolean {
    this.#secrets = undefined
    return false
  }
}

function inHeader(
  header: string,
  summary: string,
  settings: readonly Setting[],
  value: (resolve: AuthHost['resolve']) => string,
): Auth {
  return fixed(summary, settings, host => {
    const text = value(setting => host.resolve(setting))
    host.conceal(text, 'setting')
    if (isFieldValue(text)) return { headers: { [header]: text } }
    const problem = `The credentials of system ${host.system} hold signs that a header cannot hold.`
    throw new IsthmusError('CONFIG-INVALID', problem)
  })
}

/** The same for every request; looked up when first needed, and again after it was refused, so that new ones are found. */
function fixed(summary: string, settings: readonly Setting[], look: (host: AuthHost) => Proof): Auth {
  return {
    summary,
    settings,
    open(host) {
      let known: Proof | undefined
      return {
        async prove() {
          known ??= look(host)
          return known
        },
        refused() {
          known = undefined
          return false
        },
      }
    },
  }
}
