import { isIP } from 'node:net'
import type { Client, Entry as DriverEntry } from 'ldapts'
import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { limited, unless } from '../time-limit.ts'
import type { LdapOptions, Place } from './config.ts'
import { loadLdapts } from './driver.ts'
import type { Entry } from './entry.ts'
import { failureOf } from './failure.ts'
import type { LdapFilter } from './filter.ts'

export interface Query extends Place {
  readonly filter: LdapFilter
  readonly attributes: readonly string[]
  readonly pageSize: number
}

/** The driver hands out as bytes what is in this list, which is every attribute. */
class Everything extends Array<string> {
  override includes(): boolean {
    return true
  }
}

/** A server, and how to get in. Each use of it has a connection of its own, so that there is none to go stale. */
export class Directory {
  readonly #options: LdapOptions
  readonly #context: ConnectContext
  readonly #url: URL
  /** Milliseconds. */
  readonly #times: { readonly connect: number; readonly answer: number }

  /** Throws CONFIG-INVALID. */
  constructor(options: LdapOptions, context: ConnectContext) {
    this.#options = options
    this.#context = context
    const { connectTimeout = '5s', timeout = '30s' } = options
    this.#times = { connect: parseDuration(connectTimeout), answer: parseDuration(timeout) }
    const url = URL.parse(context.resolve(options.url))
    if (!url || !/^ldaps?:$/.test(url.protocol) || url.hostname === '')
      throw new IsthmusError(
        'CONFIG-INVALID',
        `The url of system ${context.system} is not ldap:// or ldaps://.`,
      )
    this.#url = url
  }

  /** A connection that is bound; the caller closes it. It is cut when the signal aborts. */
  async open(signal: AbortSignal): Promise<OpenDirectory> {
    const client = await this.#client()
    const opened = new OpenDirectory(client, this.#context.system, signal)
    // The driver itself waits for ever until TLS is agreed on.
    const limit = limited(this.#times.connect + this.#times.answer)
    try {
      await Promise.race([unless(limit.signal, this.#bind(client)), opened.cut])
      return opened
    } catch (error) {
      await opened.close()
      throw failureOf(error, this.#context.system)
    } finally {
      limit.end()
    }
  }

  async #client(): Promise<Client> {
    const { Client } = await loadLdapts()
    return new Client({
      url: this.#url.origin === 'null' ? `${this.#url.protocol}//${this.#url.host}` : this.#url.origin,
      connectTimeout: this.#times.connect,
      timeout: this.#times.answer,
      ...(this.#url.protocol === 'ldaps:' && { tlsOptions: this.#tls() }),
    })
  }

  async #bind(client: Client): Promise<void> {
    const { user, password, startTls } = this.#options
    if (startTls && this.#url.protocol === 'ldap:') await client.startTLS(this.#tls())
    if (user === undefined) return
    const secret = password === undefined ? '' : this.#context.resolve(password)
    // A bind without password succeeds, as nobody. Source: RFC 4513, 5.1.2.
    if (secret === '')
      throw new IsthmusError('CONFIG-MISSING', `System ${this.#context.system} has a user without password.`)
    await client.bind(this.#context.resolve(user), secret)
  }

  #tls() {
    const { ca } = this.#options
    const host = this.#url.hostname.replace(/^\[|\]$/g, '')
    return {
      host,
      rejectUnauthorized: true,
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca: this.#context.resolve(ca) }),
    }
  }
}

/** What of the driver's client is used to look at the answers of the server; it is not in its types. */
interface Sending {
  _send(
    message: unknown,
  ): Promise<{ readonly controls?: readonly { readonly value?: { cookie?: Buffer } }[] }>
}

/** One connection; one search at a time. */
export class OpenDirectory {
  readonly #client: Client
  readonly #system: string
  readonly #signal: AbortSignal
  /** Rejects when the signal aborts; then the connection is gone. */
  readonly cut: Promise<never>
  #abort = () => {}

  constructor(client: Client, system: string, signal: AbortSignal) {
    this.#client = client
    this.#system = system
    this.#signal = signal
    this.cut = new Promise((_, reject) => {
      this.#abort = () => {
        reject(new IsthmusError('TARGET-UNAVAILABLE', 'The search was given up.'))
        void this.close()
      }
    })
    this.cut.catch(() => {})
    signal.addEventListener('abort', this.#abort)
    if (signal.aborted) this.#abort()
  }

  /** Pages of entries. Rejects when not all of them come. */
  async *pages({ base, scope = 'sub', filter, attributes, pageSize }: Query): AsyncGenerator<Entry[]> {
    const options = {
      scope,
      filter: filter.text,
      attributes: [...attributes],
      explicitBufferAttributes: new Everything(),
      paged: { pageSize },
    }
    const answers = this.#watchAnswers()
    try {
      for await (const { searchEntries } of this.#client.searchPaginated(base, options))
        yield searchEntries.map(entryOf)
    } catch (error) {
      throw failureOf(error, this.#system)
    }
    // The driver takes an empty page for the last one, which the server need not mean.
    if (answers.more) throw failureOf(new Error('a page came empty before the last one'), this.#system)
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort)
    await this.#client.unbind().catch(() => {})
  }

  /** `more`: the last answer says that there are more pages. */
  #watchAnswers(): { more: boolean } {
    const state = { more: false }
    const sending = this.#client as unknown as Sending
    const send = Object.getPrototypeOf(sending)._send as Sending['_send']
    sending._send = async message => {
      const answer = await send.call(sending, message)
      state.more = answer?.controls?.some(({ value }) => (value?.cookie?.length ?? 0) > 0) ?? false
      return answer
    }
    return state
  }
}

function entryOf({ dn, ...values }: DriverEntry): Entry {
  const attributes = Object.entries(values).map(
    ([name, value]) => [name, [value].flat() as Buffer[]] as const,
  )
  return { dn, attributes: new Map(attributes) }
}
