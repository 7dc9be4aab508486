import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
// @ts-expect-error: the package has no types
import express from 'express'

export interface Row {
  readonly id: number
  readonly text: string
  /** Milliseconds since 1970 UTC. */
  readonly changed: number
}

interface Request extends IncomingMessage {
  readonly query: Readonly<Record<string, string | undefined>>
  readonly originalUrl: string
}

interface Response extends ServerResponse {
  json(body: unknown): void
  set(name: string, value: string): Response
}

/** What express does, as far as these tests use it. */
interface Express {
  use(handle: (request: Request, response: Response, next: () => void) => void): void
  get(path: string, handle: (request: Request, response: Response) => void): void
  listen(port: number, host: string): Server
}

/**
 * An API with one list of rows, paged in all the usual ways, in order of their times and ids. Pages are cut out of what is
 * there when they are asked for, as databases do it.
 */
export class ListServer {
  rows: Row[] = []
  readonly asked: string[] = []
  /** Called before each answer, which it may give itself. */
  before: (request: Request, response: Response) => void = () => {}
  readonly #size: number
  readonly #app: Express
  #server: Server | undefined
  #port = 0

  constructor(size: number) {
    this.#size = size
    this.#app = express() as Express
    this.#routes()
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/api`
  }

  async up(): Promise<void> {
    this.#server = this.#app.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async down(): Promise<void> {
    this.#server?.closeAllConnections()
    this.#server?.close()
  }

  async disconnect(): Promise<void> {
    this.#server?.closeAllConnections()
  }

  /** Puts rows, or changed ones in the place of theirs. */
  put(...rows: readonly Row[]): void {
    const ids = new Set(rows.map(({ id }) => id))
    this.rows = [...this.rows.filter(({ id }) => !ids.has(id)), ...rows]
    this.rows.sort((a, b) => a.changed - b.changed || a.id - b.id)
  }

  remove(...ids: readonly number[]): void {
    this.rows = this.rows.filter(({ id }) => !ids.includes(id))
  }

  #routes(): void {
    const app = this.#app
    app.use((request, response, next) => {
      this.asked.push(request.originalUrl)
      this.before(request, response)
      if (!response.writableEnded) next()
    })
    app.get('/api/whole', (request, response) => response.json(this.#since(request)))
    app.get('/api/pages', (request, response) => {
      const from = (Number(request.query.page ?? 1) - 1) * this.#size
      response.json({ meta: { total: this.#since(request).length }, data: this.#cut(request, from) })
    })
    app.get('/api/offsets', (request, response) => {
      response.json({
        items: this.#cut(request, Number(request.query.skip ?? 0)),
        count: this.#since(request).length,
      })
    })
    app.get('/api/cursors', (request, response) => {
      const found = this.#behind(request, request.query.after)
      const last = found.length < this.#size ? undefined : found.at(-1)
      response.json({ rows: found, 'next/cursor': last ? `${last.changed}~${last.id}` : null })
    })
    app.get('/api/links', (request, response) => {
      const next = this.#next(request)
      if (next)
        response.set('link', `</api/links?a=1,2;>; rel="first", <${next}>; title="a, b"; rel="prev next"`)
      response.json(this.#behind(request, request.query.after))
    })
    app.get('/api/nexts', (request, response) => {
      response.json({ value: this.#behind(request, request.query.after), next: this.#next(request) })
    })
  }

  #next(request: Request): string | undefined {
    const found = this.#behind(request, request.query.after)
    const last = found.length < this.#size ? undefined : found.at(-1)
    const to = new URL(request.originalUrl, this.url)
    if (last) to.searchParams.set('after', `${last.changed}~${last.id}`)
    return last && (last.id % 2 === 0 ? to.href : to.search)
  }

  #since({ query }: Request): Row[] {
    const since = query.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(query.since)
    return this.rows.filter(({ changed }) => changed >= since)
  }

  #cut(request: Request, from: number): Row[] {
    return this.#since(request).slice(from, from + this.#size)
  }

  #behind(request: Request, place: string | undefined): Row[] {
    const [time = Number.NEGATIVE_INFINITY, id = 0] = place?.split('~').map(Number) ?? []
    return this.#since(request)
      .filter(row => row.changed > time || (row.changed === time && row.id > id))
      .slice(0, this.#size)
  }
}
