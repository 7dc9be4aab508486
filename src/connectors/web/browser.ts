import { existsSync } from 'node:fs'
import type { Route, Browser as Running } from 'playwright-core'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import type { HttpAnswer, HttpRequest } from '../http/call.ts'
import type { BrowserOptions } from './config.ts'
import type { Asker } from './document.ts'

type Fetch = (
  asked: Pick<HttpRequest, 'method' | 'path' | 'body'> & { readonly contentType?: string | undefined },
) => Promise<HttpAnswer>

/** Where Chromium and its kin are on Linux, macOS and Windows. */
const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** What no route sees, such as WebSockets and WebRTC, finds no way out: its proxy has no address, not even a local one. */
const noNetwork = [
  '--proxy-server=http://proxy.invalid:1',
  '--proxy-bypass-list=<-loopback>',
  '--host-resolver-rules=MAP * ~NOTFOUND',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
]

/** Milliseconds for the scripts of a page. */
const patience = 30_000

/**
 * Runs the scripts of pages. The browser asks for nothing by itself: what a page wants of its own site is fetched by
 * us, with our cookies and within our bounds, and what it wants of others it does not get.
 */
export class Browser {
  readonly #origin: string
  readonly #options: BrowserOptions | undefined
  readonly #context: ConnectContext
  #running: Promise<Running> | undefined

  constructor(origin: string, options: BrowserOptions | undefined, context: ConnectContext) {
    this.#origin = origin
    this.#options = options
    this.#context = context
  }

  /** The page as it is when `selector` is there. */
  async render(path: string, selector: string, fetch: Fetch, { channel, signal }: Asker): Promise<string> {
    const browser = await this.#browser()
    const context = await browser.newContext({ userAgent: 'isthmus', serviceWorkers: 'block' })
    const stop = () => void context.close().catch(() => {})
    signal.addEventListener('abort', stop, { once: true })
    let failure: unknown
    try {
      // Of the windows that a page opens, too.
      await context.route('**/*', route =>
        this.#serve(route, fetch).catch(error => {
          failure ??= error
          return route.abort().catch(() => {})
        }),
      )
      const page = await context.newPage()
      const opened = await page.goto(this.#origin + path, {
        waitUntil: 'domcontentloaded',
        timeout: patience,
      })
      if (opened && !opened.ok()) throw new Error(`it answered ${opened.status()}`)
      await page.waitForSelector(selector, { state: 'attached', timeout: patience })
      const html = await page.content()
      // A page that went elsewhere shows what the browser says of that.
      if (URL.parse(page.url())?.origin !== this.#origin) throw new Error('it leads to another site')
      return html
    } catch (error) {
      if (failure instanceof IsthmusError) throw failure
      if (signal.aborted) throw new IsthmusError('TARGET-UNAVAILABLE', `${channel}: we are stopping`)
      const [reason = ''] = reasonOf(error).split('\n')
      if (!browser.isConnected() || /crashed|has been closed/.test(reason)) {
        const text = `${channel}: the browser ended while it made the page ${path}: ${reason}`
        throw new IsthmusError('TARGET-UNAVAILABLE', text, { cause: error })
      }
      const text = `${channel}: the page ${path} did not show "${selector}" within ${patience} ms: ${reason}`
      throw new IsthmusError('TARGET-CONTRACT', text, { cause: error })
    } finally {
      signal.removeEventListener('abort', stop)
      await context.close().catch(() => {})
    }
  }

  async close(): Promise<void> {
    await (await this.#running?.catch(() => undefined))?.close()
  }

  async #serve(route: Route, fetch: Fetch): Promise<void> {
    const request = route.request()
    const url = new URL(request.url())
    if (url.origin !== this.#origin) return route.abort()
    const method = request.method() as HttpRequest['method']
    const body = request.postDataBuffer() ?? undefined
    const contentType = request.headers()['content-type']
    const answer = await fetch({ method, path: url.pathname + url.search, body, contentType })
    const type = answer.headers['content-type']
    const headers: Record<string, string> = typeof type === 'string' ? { 'content-type': type } : {}
    await route.fulfill({ status: answer.status, headers, body: answer.body })
  }

  #browser(): Promise<Running> {
    this.#running ??= this.#start().then(browser => {
      browser.on('disconnected', () => {
        this.#running = undefined
      })
      return browser
    })
    this.#running.catch(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #start(): Promise<Running> {
    const executablePath = this.#executable()
    const isRoot = process.getuid?.() === 0
    // Root has no sandbox in Chromium; nothing of it may call home.
    const args = [
      ...(isRoot ? ['--no-sandbox'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...noNetwork,
    ]
    const { chromium } = await loadPlaywright()
    try {
      return await chromium.launch({ executablePath, args, headless: true })
    } catch (cause) {
      const [reason = ''] = reasonOf(cause).split('\n')
      throw new IsthmusError('CONFIG-INVALID', `The browser ${executablePath} does not start: ${reason}`, {
        cause,
      })
    }
  }

  #executable(): string {
    const given = this.#options?.executable
    const path = given === undefined ? places.find(place => existsSync(place)) : this.#context.resolve(given)
    if (path !== undefined) return path
    const text =
      'Pages that are made by scripts need a browser: install Chromium, or give browser: { executable }.'
    throw new IsthmusError('CONFIG-DRIVER', text)
  }
}

async function loadPlaywright(): Promise<Pick<typeof import('playwright-core'), 'chromium'>> {
  try {
    return await import('playwright-core')
  } catch (cause) {
    const text =
      'Pages that are made by scripts need the package playwright-core, and it is not installed. Run: npm install playwright-core'
    throw new IsthmusError('CONFIG-DRIVER', text, { cause })
  }
}
