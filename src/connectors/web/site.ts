import type { CheerioAPI } from 'cheerio'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { HttpAnswer, HttpRequest } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import { Browser } from './browser.ts'
import { defaultPause, type LoginOptions, type WebOptions } from './config.ts'
import { Cookies } from './cookies.ts'
import { type Asker, type Document, htmlText, loadCheerio } from './document.ts'
import { type FormRequest, filledForm } from './form.ts'
import { find } from './layout.ts'
import { Pace } from './pace.ts'
import { type RobotRules, robotName, robotRules, robotsLife } from './robots.ts'

type Asked = Pick<HttpRequest, 'method' | 'path' | 'body'> & { readonly contentType?: string | undefined }

const mostRedirects = 5

/** One site, as all channels of a system see it: one pace, one set of cookies, one login. */
export class Site {
  readonly #client: HttpClient
  readonly #origin: string
  readonly #options: WebOptions
  readonly #context: ConnectContext
  readonly #cookies: Cookies
  readonly #pace: Pace
  readonly #browser: Browser
  #parse: ((html: string) => CheerioAPI) | undefined
  #rules: { readonly until: number; readonly rules: Promise<RobotRules> } | undefined
  #login: Promise<void> | undefined

  constructor(client: HttpClient, origin: string, options: WebOptions, context: ConnectContext) {
    this.#client = client
    this.#origin = origin
    this.#options = options
    this.#context = context
    this.#cookies = new Cookies(context.now)
    this.#pace = new Pace(parseDuration(options.pause ?? defaultPause))
    this.#browser = new Browser(origin, options.browser, context)
  }

  /** A page, logged in where there is a login. `rendered`: the selector that shows that its scripts are done. */
  async open(path: string, asker: Asker, rendered?: string): Promise<Document> {
    const { login } = this.#options
    const page = await this.#page(path, asker, rendered)
    if (!login || isInside(page, login, asker)) return page
    await this.#logIn(login, asker)
    const again = await this.#page(path, asker, rendered)
    if (isInside(again, login, asker)) return again
    const text = `${asker.channel}: ${path} does not show "${login.inside}" after a login. Are user and password right?`
    throw new IsthmusError('TARGET-CREDENTIALS', text)
  }

  /** What the site shows when a form of a page was sent. Rejects with TARGET-UNANSWERED once it may have been taken. */
  async send(form: FormRequest, from: Document, asker: Asker): Promise<Document> {
    const action = this.#follow(form.action, from.path, asker)
    if (form.method === 'GET') return this.open(`${action.split('?')[0]}?${form.fields}`, asker)
    return this.#document(await this.#post(action, form.fields, asker), asker)
  }

  /** The path that a reference on a page leads to. Throws TARGET-CONTRACT where that is another site. */
  follow(reference: string, from: Document, asker: Asker): string {
    return this.#follow(reference, from.path, asker)
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.#client.close()
  }

  async #page(path: string, asker: Asker, rendered: string | undefined): Promise<Document> {
    if (rendered === undefined) return this.#document(await this.#ask({ method: 'GET', path }, asker), asker)
    await this.#admit(path, asker)
    let isPage = true
    const fetch = async (asked: Asked) => {
      const { answer } = await this.#exchange(asked, asker)
      // What a page asks for then may well be missing.
      const failure = isPage ? this.#client.failure(answer, undefined, asker.channel) : undefined
      isPage = false
      if (failure) throw failure
      return answer
    }
    const html = await this.#browser.render(path, rendered, fetch, asker)
    this.#parse ??= await loadCheerio()
    return { path, $: this.#parse(html) }
  }

  #post(path: string, fields: FormRequest['fields'], asker: Asker) {
    const body = Buffer.from(String(fields))
    const contentType = 'application/x-www-form-urlencoded'
    return this.#ask({ method: 'POST', path, body, contentType }, asker)
  }

  /** In its turn, and only where robots.txt allows it. */
  async #ask(asked: Asked, asker: Asker): Promise<{ answer: HttpAnswer; path: string }> {
    await this.#admit(asked.path, asker)
    return this.#exchange(asked, asker)
  }

  async #admit(path: string, asker: Asker): Promise<void> {
    if (this.#options.robots !== false) {
      const rules = await this.#robots(asker)
      this.#pace.interval = Math.max(this.#pace.interval, rules.delay * 1000)
      if (!rules.allows(path)) {
        const text = `${asker.channel}: robots.txt of ${this.#origin} does not allow ${robotName} to ask for ${path}.`
        throw new IsthmusError('CONFIG-INVALID', text)
      }
    }
    await this.#pace.turn(asker.signal)
  }

  /** With what it directs us to, as long as that is the same site. */
  async #exchange(first: Asked, asker: Asker): Promise<{ answer: HttpAnswer; path: string }> {
    let asked = first
    for (let hops = 0; ; hops++) {
      const { method, path, body, contentType } = asked
      const headers: Record<string, string> = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
      const cookie = this.#cookies.header
      if (cookie !== undefined) headers.cookie = cookie
      if (contentType !== undefined) headers['content-type'] = contentType
      const request = { method, path, headers, body, channel: asker.channel, once: method !== 'GET' }
      const answer = await this.#client.send(request, asker.signal).catch(error => {
        throw first.method !== 'GET' && hops > 0 ? afterwards(error, asker) : error
      })
      this.#cookies.take(answer)
      const { location } = answer.headers
      const isDirected = answer.status >= 301 && answer.status <= 308 && answer.status !== 304
      if (!isDirected || typeof location !== 'string' || hops >= mostRedirects) return { answer, path }
      const next = this.#follow(location, path, asker)
      asked = answer.status >= 307 ? { ...asked, path: next } : { method: 'GET', path: next }
    }
  }

  async #document(asked: { answer: HttpAnswer; path: string }, { channel }: Asker): Promise<Document> {
    const { answer, path } = asked
    const failure = this.#client.failure(answer, undefined, channel)
    if (failure) throw failure
    const contentType = String(answer.headers['content-type'] ?? 'text/html')
    if (!/html|text\/plain/i.test(contentType)) {
      const text = `${channel}: ${path} is no page: it is ${contentType.slice(0, 80)}`
      throw new IsthmusError('TARGET-CONTRACT', text)
    }
    this.#parse ??= await loadCheerio()
    try {
      return { path, $: this.#parse(htmlText(answer.body, contentType)) }
    } catch (error) {
      throw new IsthmusError('TARGET-CONTRACT', `${channel}: ${path} cannot be read: ${reasonOf(error)}`, {
        cause: error,
      })
    }
  }

  #follow(reference: string, from: string, { channel }: Asker): string {
    const path = this.#client.follow(reference, from)
    if (path !== undefined) return path
    const text = `${channel}: ${from} leads to another site than ${this.#origin}. Nothing is asked there.`
    throw new IsthmusError('TARGET-CONTRACT', text)
  }

  /** Asked for anew once a day, and at the next request where it could not be had. */
  #robots(asker: Asker): Promise<RobotRules> {
    const now = this.#context.now()
    if (this.#rules && this.#rules.until > now) return this.#rules.rules
    const rules = this.#exchange({ method: 'GET', path: '/robots.txt' }, asker).then(({ answer }) =>
      robotRules(this.#origin, answer),
    )
    this.#rules = { until: now + robotsLife, rules }
    rules.catch(() => {
      this.#rules = undefined
    })
    return rules
  }

  /** Once for all who find out at the same time that they are not logged in. */
  #logIn(login: LoginOptions, asker: Asker): Promise<void> {
    this.#login ??= this.#fillIn(login, asker).finally(() => {
      this.#login = undefined
    })
    return this.#login
  }

  async #fillIn(login: LoginOptions, asker: Asker): Promise<void> {
    const { path, form = 'form', values } = login
    const texts = Object.entries(values).map(([name, setting]) => [name, this.#client.resolve(setting)])
    const page = await this.#page(path, asker, undefined)
    const filled = filledForm(page, form, Object.fromEntries(texts), asker.channel)
    const action = this.#follow(filled.action, page.path, asker)
    // A password is never put into an address.
    const { answer } = await this.#post(action, filled.fields, asker)
    const failure = this.#client.failure(answer, undefined, asker.channel)
    if (failure) throw failure
  }
}

function isInside({ $ }: Document, { inside }: LoginOptions, { channel }: Asker): boolean {
  return find($, inside, channel).length > 0
}

/** What goes wrong with the page behind a form says nothing of the form. */
function afterwards(error: unknown, { channel }: Asker): IsthmusError {
  const text = `${channel}: the form was sent, and the page behind it did not come: ${reasonOf(error)}`
  return new IsthmusError('TARGET-UNANSWERED', text, { cause: error })
}
