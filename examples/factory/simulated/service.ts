import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { type FaultKind, Faults, faultKinds } from './faults.ts'

export interface Call {
  /** `GET /materials`. */
  readonly what: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Reply {
  readonly status: number
  /** Its media type. */
  readonly type: string
  readonly body: string | Buffer
}

export interface Service {
  readonly port: number
  readonly faults: Faults
  /** Cuts every connection. */
  close(): Promise<void>
}

export interface Handlers {
  /** The system's business interface, which faults strike. */
  business(call: Call): Reply | Promise<Reply>
  /** What it says while it refuses. Default: a 503. */
  refusal?(call: Call): Reply | undefined
  /** How much it holds, for the screen. */
  figures(): Readonly<Record<string, number>>
  /** Everything it holds, for the proof. */
  truth(): unknown
  /** Orders of whoever runs the simulation; undefined for an unknown one. */
  control?(call: Call): unknown
}

const longestBody = 1024 * 1024

/** A simulated system's HTTP interface, on loopback only. `port` 0 takes a free one. */
export async function startService(port: number, handlers: Handlers): Promise<Service> {
  const faults = new Faults()
  const server = createServer((request, response) => {
    answer(request, response, handlers, faults).catch(() => request.socket.destroy())
  })
  server.listen(port, process.env.FACTORY_HOST || '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    faults,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: Handlers,
  faults: Faults,
): Promise<void> {
  const call = await read(request)
  const controlled = control(call, handlers, faults)
  if (controlled !== undefined) return send(response, jsonReply(200, controlled))
  const kind = faults.kind
  if (kind === 'down') return reset(request.socket)
  if (kind === 'refuse') {
    response.setHeader('retry-after', '1')
    const refusal = jsonReply(503, { error: 'Maintenance. Try again later.' })
    return send(response, handlers.refusal?.(call) ?? refusal)
  }
  const reply = await handlers.business(call)
  if (kind === 'lose-answer') return reset(request.socket)
  if (kind === 'slow') await delay(faults.delay())
  send(response, reply)
}

/** What faults do not strike. */
function control(call: Call, handlers: Handlers, faults: Faults): unknown {
  if (call.what === 'GET /healthz') return { status: 'ok', fault: faults.kind }
  if (call.what === 'GET /truth') return handlers.truth()
  if (call.what === 'GET /figures') return handlers.figures()
  if (call.what === 'POST /faults') {
    const { kind, forSeconds = 5 } = JSON.parse(call.body) as { kind: FaultKind; forSeconds?: number }
    if (!faultKinds.includes(kind)) return { error: `kind is one of ${faultKinds.join(', ')}` }
    faults.set(kind, forSeconds)
    return { kind, forSeconds }
  }
  return handlers.control?.(call)
}

async function read(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > longestBody) throw new Error('body too long')
    chunks.push(chunk)
  }
  const url = new URL(request.url ?? '/', 'http://localhost')
  return {
    what: `${request.method} ${url.pathname}`,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
}

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { 'content-type': reply.type }).end(reply.body)
}

export function jsonReply(status: number, body: unknown): Reply {
  return { status, type: 'application/json', body: JSON.stringify(body) }
}

/** A reset, not an orderly end: what a crash or a firewall looks like. */
function reset(socket: Socket): void {
  socket.resetAndDestroy()
}
