import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { IsthmusError } from '../errors.ts'
import { problem, unavailable } from '../system/problem.ts'
import type { InboundRequest, OutboundResponse, Route, RouteTable } from '../system/route.ts'
import { Inbound, readBody } from './inbound.ts'

/** Where this process is called by HTTP. Routes come and go while it listens; one that has gone is answered 503. */
export interface Listener extends RouteTable {
  /** `http://host:port`. */
  readonly url: string
  /** Accepts no connection any more, answers what is under way, and cuts what is not done after `grace` milliseconds. */
  close(grace?: number): Promise<void>
}

export interface ListenerOptions {
  /** Default 127.0.0.1: only programs on this machine are answered. */
  readonly host?: string | undefined
  /** 0 takes a free one. */
  readonly port: number
  /** Answered on /healthz and /readyz, as 200 or 503 and no more, since anybody may ask. */
  readonly health?: (() => Health) | undefined
  /** Is told the error behind an answer 500; the caller is told only the reference. */
  readonly onFailure?: ((reference: string, error: unknown) => void) | undefined
  readonly limits?: Partial<ListenerLimits> | undefined
}

export interface Health {
  readonly live: boolean
  /** While not ready, unknown addresses are answered 503, not 404: their channels may be starting. */
  readonly ready: boolean
}

/** Times in milliseconds. What exceeds one is answered 408 or 431, or cut. */
export interface ListenerLimits {
  readonly headerBytes: number
  readonly headerTime: number
  /** For a whole request, body included, to arrive. */
  readonly requestTime: number
  /** How long a connection may idle between two requests. */
  readonly idleTime: number
  readonly connections: number
}

const defaultLimits: ListenerLimits = {
  headerBytes: 16_384,
  headerTime: 10_000,
  requestTime: 60_000,
  idleTime: 65_000,
  connections: 10_000,
}

/** Milliseconds for which the rest of a refused body is read and thrown away, so that its sender sees the answer. */
const lingerTime = 2_000

const healthy: Health = { live: true, ready: true }

/** Resolves when it listens; rejects with CONFIG-INVALID when the address cannot be had. */
export async function httpListener(options: ListenerOptions): Promise<Listener> {
  const { host = '127.0.0.1', port } = options
  const limits = { ...defaultLimits, ...options.limits }
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: Math.min(limits.headerTime, limits.requestTime),
    requestTimeout: limits.requestTime,
    keepAliveTimeout: limits.idleTime,
    connectionsCheckingInterval: Math.min(5_000, limits.headerTime),
  })
  server.maxConnections = limits.connections
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause)
    const remedy =
      reason === 'EADDRINUSE' ? ' Another program listens there: end it, or set PORT to another one.' : ''
    throw new IsthmusError('CONFIG-INVALID', `Cannot listen on ${host}:${port}: ${reason}.${remedy}`, {
      cause,
    })
  }
  return new HttpListener(server, options)
}

/** On node:http itself: what a framework adds is not used here, and cost a tenth of the CPU time of a small request. */
class HttpListener implements Listener {
  readonly #server: Server
  readonly #health: () => Health
  readonly #onFailure: (reference: string, error: unknown) => void
  readonly #routes = new Map<string, Map<string, Route>>()
  readonly url: string
  #closed: Promise<void> | undefined

  constructor(server: Server, { health = () => healthy, onFailure = () => {} }: ListenerOptions) {
    const { address, family, port } = server.address() as AddressInfo
    this.url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
    this.#server = server
    this.#health = health
    this.#onFailure = onFailure
    server.on('request', (request, response) => this.#serve(request, response, false))
    server.on('checkContinue', (request, response) => this.#serve(request, response, true))
    // Connections could not be taken, for example for want of file descriptors; others go on.
    server.on('error', error => onFailure(randomUUID(), error))
    this.add(stateRoute('/healthz', () => health().live))
    this.add(stateRoute('/readyz', () => health().ready))
  }

  add(route: Route): () => void {
    const methods = this.#routes.get(route.path) ?? new Map<string, Route>()
    if (methods.has(route.method))
      throw new IsthmusError(
        'FLOW-DEFINITION',
        `${route.method} ${route.path} is taken. Give this channel another path.`,
      )
    this.#routes.set(route.path, methods.set(route.method, route))
    return () => {
      if (methods.get(route.method) !== route) return
      methods.delete(route.method)
    }
  }

  close(grace = 10_000): Promise<void> {
    this.#closed ??= this.#close(grace)
    return this.#closed
  }

  async #close(grace: number): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    const timer = setTimeout(() => this.#server.closeAllConnections(), grace)
    await closed
    clearTimeout(timer)
  }

  #serve(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    const { url = '', method = '' } = request
    const mark = url.indexOf('?')
    const methods = this.#routes.get(mark < 0 ? url : url.slice(0, mark))
    const route = methods?.get(method)
    const tooLong = route !== undefined && Number(request.headers['content-length']) > route.limit
    if (!route || tooLong) {
      this.#refuse(request, response, tooLong ? problem(413) : this.#noRoute(methods))
      return
    }
    if (awaitsContinue) response.writeContinue()
    readBody(request, route.limit, body => {
      const query = mark < 0 ? '' : url.slice(mark + 1)
      if (body) void this.#answer(route, response, new Inbound(request.rawHeaders, query, body))
      else this.#refuse(request, response, problem(413))
    })
  }

  async #answer(route: Route, response: ServerResponse, inbound: InboundRequest): Promise<void> {
    try {
      this.#send(response, await route.handle(inbound))
    } catch (error) {
      const reference = randomUUID()
      this.#onFailure(reference, error)
      this.#send(response, problem(500, { reference }))
    }
  }

  #noRoute(methods: Map<string, Route> | undefined): OutboundResponse {
    if (methods?.size === 0) return unavailable()
    if (methods) return problem(405, {}, { allow: [...methods.keys()].join(', ') })
    return this.#closed || !this.#health().ready ? unavailable() : problem(404)
  }

  /** Answers without waiting for a body; the connection ends when the caller has stopped sending it, or soon after. */
  #refuse(request: IncomingMessage, response: ServerResponse, answer: OutboundResponse): void {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
    if (length === '0' && encoding === undefined) {
      this.#send(response, answer)
      return
    }
    const { status, headers, content } = written(answer)
    response.writeHead(status, [...headers, 'connection', 'close'])
    response.write(content)
    const end = () => {
      clearTimeout(timer)
      response.end()
    }
    const timer = setTimeout(end, lingerTime)
    request.once('end', end).once('close', end).resume()
  }

  #send(response: ServerResponse, answer: OutboundResponse): void {
    const { status, headers, content } = written(answer)
    if (this.#closed) headers.push('connection', 'close')
    response.writeHead(status, headers)
    response.end(content)
  }
}

function stateRoute(path: string, state: () => boolean): Route {
  return {
    method: 'GET',
    path,
    limit: 0,
    handle: async () => (state() ? { status: 200, body: { status: 'ok' } } : unavailable()),
  }
}

function written({ status, headers, body }: OutboundResponse) {
  const plain = typeof body !== 'object' || body instanceof Uint8Array
  const content = plain ? (body ?? '') : JSON.stringify(body)
  const list: string[] = []
  if (!plain && headers?.['content-type'] === undefined) list.push('content-type', 'application/json')
  for (const name in headers) list.push(name, headers[name] as string)
  list.push('content-length', String(Buffer.byteLength(content)))
  return { status, headers: list, content }
}
