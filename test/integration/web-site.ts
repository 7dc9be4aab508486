import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
// @ts-expect-error: the package has no types
import express from 'express'
import iconv from 'iconv-lite'
import { escaped, page } from './web-pages.ts'

interface Request extends IncomingMessage {
  readonly url: string
  readonly query: Readonly<Record<string, string | undefined>>
  readonly body: Readonly<Record<string, string>>
}

interface Response extends ServerResponse {
  status(status: number): Response
  type(type: string): Response
  send(body: string | Uint8Array): void
  json(body: unknown): void
  redirect(status: number | string, path?: string): void
  cookie(name: string, value: string, options: object): void
}

type Handler = (request: Request, response: Response, next: () => void) => void

interface App {
  use(handler: Handler): void
  get(path: string, handler: Handler): void
  post(path: string, handler: Handler): void
  listen(port: number, host: string): Server
}

export interface Offer {
  readonly sku: string
  readonly price: string
}

/** A supplier's site: a price list in pages, a search, a login, an order form, and a page that scripts make. */
export class SupplierSite {
  readonly offers: Offer[] = [1, 2, 3, 4, 5].map(n => ({ sku: `螺栓-${n}`, price: `${n},50` }))
  readonly orders: Record<string, string>[] = []
  /** Paths with the time at which they were asked for. */
  readonly asked: { readonly path: string; readonly at: number; readonly cookie: string | undefined }[] = []
  robots: { readonly status: number; readonly text: string } = { status: 404, text: '' }
  layout: 'usual' | 'other heading' | 'other columns' | 'one bad row' | 'empty' | 'away' = 'usual'
  #server: Server | undefined
  #sessions = new Set<string>()

  get url(): string {
    const address = this.#server?.address() as AddressInfo
    return `http://127.0.0.1:${address.port}`
  }

  async start(t: TestContext): Promise<this> {
    const server = this.#app().listen(0, '127.0.0.1')
    this.#server = server
    await once(server, 'listening')
    t.after(() => {
      server.close()
      server.closeAllConnections()
    })
    return this
  }

  /** As the site does over night. */
  forgetSessions(): void {
    this.#sessions.clear()
  }

  #app() {
    const app: App = express()
    app.use(express.urlencoded({ extended: false }))
    app.use((request, _, next) => {
      this.asked.push({ path: request.url, at: performance.now(), cookie: request.headers.cookie })
      next()
    })
    app.get('/robots.txt', (_, response) => {
      response.status(this.robots.status).type('text/plain').send(this.robots.text)
    })
    app.get('/prices', ({ query }, response) => {
      const from = Number(query.from ?? 0)
      const more = from + 2 < this.offers.length ? `<a class="next" href="?from=${from + 2}">More</a>` : ''
      response.type('html').send(page(this.#table(this.offers.slice(from, from + 2)) + more))
    })
    // In the encoding of its country, which only the document itself names.
    app.get('/zh', (_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(iconv.encode(page(this.#table(this.offers), '<meta charset="gb2312">').toString(), 'gbk'))
    })
    app.get('/search', (_, response) => {
      const form =
        '<form id="search" action="/found" method="post"><input type="hidden" name="csrf" value="c1"><input name="q"><select name="unit"><option>PCS<option selected>KG</select><input type="checkbox" name="old"></form>'
      response.type('html').send(page(form))
    })
    app.post('/found', ({ body }, response) => {
      const found = this.offers.filter(({ sku }) => sku.includes(body.q ?? ''))
      const isRight = body.csrf === 'c1' && body.unit === 'KG' && body.old === undefined
      response.type('html').send(isRight ? page(this.#table(found)) : page('wrong'))
    })
    app.get('/login', (_, response) => {
      response
        .type('html')
        .send(page('<form method="post"><input name="user"><input type="password" name="password"></form>'))
    })
    app.post('/login', ({ body }, response) => {
      if (body.user !== 'buyer' || body.password !== 'p&ss') return response.redirect('/login')
      const session = `s${Math.random()}`
      this.#sessions.add(session)
      response.cookie('session', session, { httpOnly: true })
      response.cookie('banner', 'seen', { maxAge: 0 })
      return response.redirect('/inside')
    })
    app.get('/inside', (request, response) => {
      const [, session = ''] = /session=([^;]+)/.exec(request.headers.cookie ?? '') ?? []
      if (!this.#sessions.has(decodeURIComponent(session))) return response.redirect('/login')
      return response.type('html').send(page(`<a class="logout">Bye</a>${this.#table(this.offers)}`))
    })
    app.get('/order', (_, response) => {
      const form =
        '<form method="post"><input type="hidden" name="token" value="t7"><input name="sku"><input name="qty"></form>'
      response.type('html').send(page(form))
    })
    app.post('/order', ({ body }, response) => {
      if (body.qty === '0') return response.type('html').send(page('<p class="error">Too  few</p>'))
      this.orders.push({ ...body })
      if (body.qty === '13') return response.type('html').send(page('<p>Our site is being rebuilt</p>'))
      return response.redirect(303, '/thanks')
    })
    app.get('/thanks', (_, response) => void response.type('html').send(page('<p class="done">Thanks</p>')))
    app.get('/elsewhere', (_, response) => response.redirect('http://127.0.0.2:9/prices'))
    app.get('/scripted', (_, response) => {
      const script = `<div id="app"></div><script src="/app.js"></script><img src="http://127.0.0.2:9/tracker.png">`
      response.type('html').send(page(script))
    })
    app.get('/app.js', (_, response) => {
      response.type('js').send(`fetch('/api/prices').then(answer => answer.json()).then(offers => {
        document.querySelector('#app').innerHTML = '<table>' + offers.map(({ sku, price }) =>
          '<tr class="offer"><td class="sku">' + sku + '</td><td class="price">' + price + '</td></tr>').join('') + '</table>'
      })`)
    })
    app.get('/api/prices', (_, response) => void response.json(this.offers))
    return app
  }

  #table(offers: readonly Offer[]): string {
    if (this.layout === 'empty') return '<p class="none">No offers today</p>'
    if (this.layout === 'away') return '<h1>We are moving to a new shop</h1>'
    const heading = this.layout === 'other heading' ? 'Price per 100' : 'Price'
    const rows = offers.map(({ sku, price }, n) => {
      const cell = this.layout === 'other columns' ? 'amount' : 'price'
      const value = this.layout === 'one bad row' && n === 1 ? '' : `<td class="${cell}"> ${price}\n €</td>`
      return `<tr class="offer"><td class="sku">${escaped(sku)}</td>${value}</tr>`
    })
    return `<table><tr><th>Article</th><th class="heading">${heading}</th></tr>${rows.join('')}</table>`
  }
}
