import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** An answer, and what happens with it; `apply` is done once per idempotency key, if the request has one. */
export interface Reply {
  readonly status: number
  readonly body?: Uint8Array | undefined
  readonly apply?: (() => void) | undefined
}

export type Business = (request: {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
}) => Reply | Promise<Reply>

/** A target that honours idempotency keys, as careful ones do, and that can be troubled in the usual ways. */
export class HttpTarget {
  readonly #business: Business
  readonly #replies = new Map<string, Reply>()
  #server: Server | undefined
  #port = 0
  #stalled: (() => void)[] | undefined
  #trouble: 'lose' | 'cut' | 'empty' | undefined

  constructor(business: Business) {
    this.#business = business
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async up(): Promise<void> {
    if (this.#server) return
    const server = createServer((request, response) => void this.#take(request, response))
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async down(): Promise<void> {
    if (!this.#server) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    this.#server = undefined
    await closed
  }

  async stall(): Promise<void> {
    this.#stalled = []
  }

  async resume(): Promise<void> {
    for (const go of this.#stalled?.splice(0) ?? []) go()
    this.#stalled = undefined
  }

  async loseAnswer(): Promise<void> {
    this.#trouble = 'lose'
  }

  async cutAnswer(): Promise<void> {
    this.#trouble = 'cut'
  }

  async emptyAnswer(): Promise<void> {
    this.#trouble = 'empty'
  }

  async disconnect(): Promise<void> {
    this.#server?.closeAllConnections()
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    await once(request, 'end').catch(() => {})
    if (!request.complete) return
    if (this.#stalled) await new Promise<void>(resolve => this.#stalled?.push(resolve))
    const { status, body } = await this.#reply(request, Buffer.concat(chunks))
    const trouble = this.#trouble
    this.#trouble = undefined
    if (trouble === 'lose') response.socket?.resetAndDestroy()
    else if (trouble === 'empty') response.writeHead(status).end()
    else if (trouble === 'cut') {
      response.writeHead(status, { 'content-length': (body?.length ?? 0) + 10 })
      response.write(body ?? '', () => response.socket?.destroy())
    } else response.writeHead(status).end(body)
  }

  async #reply(request: IncomingMessage, body: Buffer): Promise<Reply> {
    const key = request.headers['idempotency-key']
    const known = typeof key === 'string' ? this.#replies.get(key) : undefined
    if (known) return known
    const { method = '', url: path = '', headers } = request
    const reply = await this.#business({ method, path, headers, body })
    reply.apply?.()
    if (typeof key === 'string' && reply.status < 300) this.#replies.set(key, reply)
    return reply
  }
}

/** What can be done to a target, as members of a suite's fixture. */
export function troubles(target: HttpTarget) {
  return {
    up: () => target.up(),
    down: () => target.down(),
    stall: () => target.stall(),
    resume: () => target.resume(),
    loseAnswer: () => target.loseAnswer(),
    cutAnswer: () => target.cutAnswer(),
    emptyAnswer: () => target.emptyAnswer(),
    disconnect: () => target.disconnect(),
    destroy: () => target.down(),
  }
}
