import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { type RestChannels, type RestOptions, rest } from '../../src/connectors/rest/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import type { Delivery } from '../../src/message/message.ts'
import { httpListener, type ListenerOptions } from '../../src/server/listener.ts'
import type { SourceChannel } from '../../src/system/channel.ts'
import type { ConnectContext } from '../../src/system/connector.ts'
import type { AcceptOptions, Answer, Intake, Outgoing, Receipt } from '../../src/system/roles.ts'
import { type System, system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { patientHttp } from './patience.ts'

/** A moment that tests agree on, milliseconds since 1970 UTC. */
export const noon = Date.UTC(2026, 4, 4, 12)

export function contextOf(
  over: Partial<ConnectContext> & { secrets?: Record<string, string> } = {},
): ConnectContext {
  const { secrets = {}, ...rest } = over
  return connectContext({ system: 'shop', settings: secrets, now: () => noon, ...rest })
}

export function shop(options: RestOptions): System & RestChannels {
  return system('shop', { kind: 'other', connector: rest({ ...patientHttp, ...options }) })
}

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A real server that keeps what it was sent; it ends with the test. `answer` is called when a request is complete. */
export async function startServer(
  t: TestContext,
  answer: RequestListener,
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      received.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() })
      answer(request, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

/** A server below HTTP: `talk` is given each connection. */
export async function startTcpServer(t: TestContext, talk: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createTcpServer(socket => {
    sockets.add(socket.on('error', () => {}))
    talk(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Sends bytes and gives everything that comes back until the server ends the connection. */
export async function converse(url: string, ...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  for (const part of parts) socket.write(part)
  await once(socket, 'close')
  return text
}

/** The statuses of the answers in a conversation. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status))
}

/** Keeps what it accepts, once per id; `closed` refuses everything. */
export class MemoryIntake implements Intake {
  readonly accepted: Delivery[] = []
  closed = false
  /** Awaited before anything is kept. */
  syncing: Promise<void> = Promise.resolve()

  async accept(deliveries: readonly Delivery[], options: AcceptOptions = {}): Promise<Receipt[]> {
    await this.syncing
    if (this.closed) throw new IsthmusError('ADMISSION-CLOSED', 'full', { retryAfter: 2_500 })
    return deliveries.map(delivery => this.#keep(delivery, options))
  }

  async position(): Promise<undefined> {}

  #keep(delivery: Delivery, { conflict }: AcceptOptions): Receipt {
    const first = this.accepted.findIndex(({ id }) => id !== undefined && id === delivery.id)
    const body = (each: Delivery | undefined) => Buffer.from(each?.body ?? []).toString()
    const same = body(this.accepted[first]) === body(delivery)
    if (first >= 0 && (same || conflict === 'refuse'))
      return { status: same ? 'duplicate' : 'conflict', id: `message-${first + 1}` }
    return { status: 'accepted', id: `message-${this.accepted.push(delivery)}` }
  }
}

export interface Hook {
  /** Of the webhook. */
  readonly url: string
  readonly origin: string
  readonly intake: MemoryIntake
  /** Ends the source as the engine does; the listener goes on. */
  stop(): Promise<void>
}

/** A listener and a running webhook source behind it; both end with the test. */
export async function startHook(
  t: TestContext,
  channel: SourceChannel<unknown>,
  over: {
    owner: System
    secrets?: Record<string, string>
    now?: () => number
    listener?: Partial<ListenerOptions>
  },
): Promise<Hook> {
  const listener = await httpListener({ port: 0, ...over.listener })
  const { secrets = {}, now = () => noon } = over
  const connection = await over.owner.connector.connect(contextOf({ routes: listener, secrets, now }))
  const intake = new MemoryIntake()
  const ending = new AbortController()
  const running = connection.source?.(channel).run(intake, ending.signal)
  const stop = async () => {
    ending.abort()
    await running
  }
  t.after(async () => {
    await stop()
    await connection.close()
    await listener.close(0)
  })
  const path = (channel.options as { path?: string }).path ?? `/hooks/shop/${channel.name}`
  return { url: listener.url + path, origin: listener.url, intake, stop }
}

export function outgoing<T>(data: T, n = 1): Outgoing<T> {
  return { data, effectKey: `effect-${n}`, key: `key-${n}`, messageId: `message-${n}`, attempt: 1 }
}

/** The error of an answer that must not be ok. */
export function errorOf(answer: Answer<unknown> | undefined): IsthmusError {
  if (answer && !answer.ok && answer.error instanceof IsthmusError) return answer.error
  throw new Error(`not an IsthmusError: ${JSON.stringify(answer)}`)
}
