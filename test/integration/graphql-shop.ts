import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import Fastify from 'fastify'
import { GraphQLError } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { createPubSub, createSchema, createYoga } from 'graphql-yoga'
import mercurius from 'mercurius'

export interface ShopRow {
  readonly n: number
  readonly text: string
  readonly at: string
}

/** What a shop of tests knows and does; both servers serve it. */
export class ShopState {
  readonly rows: ShopRow[] = []
  /** By key, for `addOnce`. */
  readonly keys = new Set<string>()
  readonly events = createPubSub<{ added: [ShopRow] }>()
  /** Instead of doing, `add` throws it. */
  trouble: Error | undefined
  /** Called with every page that is asked for. */
  paged: () => void = () => {}

  put(row: ShopRow): ShopRow {
    this.rows.push(row)
    this.events.publish('added', row)
    return row
  }
}

export const typeDefs = /* GraphQL */ `
  type Row { n: Int!, text: String!, at: String! }
  type Rejected { message: String! }
  union Added = Row | Rejected
  type UserError { field: [String!], message: String!, code: String }
  type Payload { row: Row, userErrors: [UserError!]! }
  type PageInfo { hasNextPage: Boolean!, endCursor: String }
  type Edge { cursor: String!, node: Row }
  type Rows { edges: [Edge]!, pageInfo: PageInfo! }
  type Fragile { id: ID!, note: String }
  type Query {
    row(n: Int!): Row
    has(key: String!): Boolean!
    loose(n: Int!): Loose
    rows(first: Int!, after: String, since: String): Rows!
    pieces(limit: Int!, offset: Int!): [Row]!
    price: Float!
    whoami: String!
    fragile: Fragile!
  }
  type Loose { n: String, text: String! }
  type Mutation {
    add(n: Int!, text: String!): Row
    addOnce(n: Int!, text: String!, key: String!): Added!
    addChecked(n: Int!, text: String!): Payload!
    addFragile(n: Int!): Fragile
  }
  type Subscription { added: Row! }
`

const failing = (message: string, code?: string, more: object = {}) =>
  new GraphQLError(message, { extensions: { ...(code && { code }), ...more } })

export function resolversOf(shop: ShopState) {
  const find = (n: number) => shop.rows.find(row => row.n === n)
  return {
    Fragile: {
      note: () => {
        throw failing('no note today', 'NOTE_MISSING')
      },
    },
    Query: {
      row(_: unknown, { n }: { n: number }) {
        const row = find(n)
        if (!row) throw failing('there is no such row', 'NOT_FOUND')
        return row
      },
      has: (_: unknown, { key }: { key: string }) => shop.keys.has(key),
      loose(_: unknown, { n }: { n: number }) {
        const row = find(n)
        if (!row) throw failing('there is no such row', 'NOT_FOUND')
        return row.text === 'garbled' ? { n: 'none', text: '' } : row
      },
      rows(_: unknown, { first, after, since }: { first: number; after?: string; since?: string }) {
        shop.paged()
        const fitting = shop.rows.filter(({ at }) => !since || Date.parse(at) >= Date.parse(since))
        const start =
          after === undefined || after === null ? 0 : fitting.findIndex(({ n }) => n > Number(after))
        const nodes = start < 0 ? [] : fitting.slice(start, start + first)
        return {
          edges: nodes.map(node => ({ cursor: String(node.n), node })),
          pageInfo: {
            hasNextPage: start >= 0 && start + first < fitting.length,
            endCursor: nodes.length > 0 ? String(nodes.at(-1)?.n) : null,
          },
        }
      },
      pieces(_: unknown, { limit, offset }: { limit: number; offset: number }) {
        const piece = shop.rows.slice(offset, offset + Math.min(limit, 50))
        shop.paged()
        return piece
      },
      price: () => 12.5,
      whoami: (
        _: unknown,
        __: unknown,
        context: { request?: Request; reply?: { request: { headers: object } } },
      ) => {
        const { request, reply } = context
        const headers = reply?.request.headers as { authorization?: string } | undefined
        const authorization = headers?.authorization ?? request?.headers.get('authorization')
        if (authorization !== 'Bearer good') throw failing(`${authorization} is not known`, 'UNAUTHENTICATED')
        return 'isthmus'
      },
      fragile: () => ({ id: '1' }),
    },
    Mutation: {
      add(_: unknown, { n, text }: ShopRow) {
        if (shop.trouble) throw shop.trouble
        return shop.put({ n, text, at: new Date(0).toISOString() })
      },
      addOnce(_: unknown, { n, text, key }: ShopRow & { key: string }) {
        if (text === 'refuse me') return { __typename: 'Rejected', message: 'no such text' }
        const row = { n, text, at: new Date(0).toISOString() }
        if (!shop.keys.has(key)) shop.put(row)
        shop.keys.add(key)
        return { __typename: 'Row', ...row }
      },
      addChecked(_: unknown, { n, text }: ShopRow) {
        if (text === '')
          return { row: null, userErrors: [{ field: ['text'], message: 'is empty', code: 'BLANK' }] }
        if (text === 'later') return { row: null, userErrors: [{ message: 'try later', code: 'BUSY' }] }
        return { row: shop.put({ n, text, at: new Date(0).toISOString() }), userErrors: [] }
      },
      addFragile(_: unknown, { n }: { n: number }) {
        shop.put({ n, text: 'fragile', at: new Date(0).toISOString() })
        return { id: String(n) }
      },
    },
    Subscription: {
      added: { subscribe: () => shop.events.subscribe('added'), resolve: (row: ShopRow) => row },
    },
  }
}

export type Engine = 'yoga' | 'mercurius'
export const engines: readonly Engine[] = ['yoga', 'mercurius']

/** A real GraphQL server over HTTP and WebSocket at a port that it keeps when it is taken down and up again. */
export class ShopServer {
  readonly state: ShopState
  readonly #engine: Engine
  #port = 0
  #down: (() => Promise<void>) | undefined

  constructor(engine: Engine, state = new ShopState()) {
    this.#engine = engine
    this.state = state
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/graphql`
  }

  get port(): number {
    return this.#port
  }

  async up(): Promise<void> {
    if (this.#down) return
    this.#down = await (this.#engine === 'yoga' ? this.#yoga() : this.#mercurius())
  }

  async down(): Promise<void> {
    await this.#down?.()
    this.#down = undefined
  }

  async #yoga(): Promise<() => Promise<void>> {
    const schema = createSchema({ typeDefs, resolvers: resolversOf(this.state) })
    const yoga = createYoga({ schema, logging: false })
    const server = createServer(yoga)
    const { WebSocketServer } = createRequire(import.meta.url)('ws')
    const sockets = new WebSocketServer({ server, path: '/graphql' })
    const ending = useServer(
      { schema, onConnect: ({ connectionParams: given }) => given?.token !== 'bad' },
      sockets,
    )
    await this.#listen(server)
    return async () => {
      const closed = once(server, 'close')
      server.close()
      for (const client of sockets.clients) client.terminate()
      await ending.dispose()
      server.closeAllConnections()
      await closed
    }
  }

  async #mercurius(): Promise<() => Promise<void>> {
    const app = Fastify({ forceCloseConnections: true, bodyLimit: 16 * 2 ** 20 })
    app.register(
      mercurius as never,
      {
        schema: typeDefs,
        resolvers: resolversOf(this.state),
        subscription: {
          onConnect: ({ payload }: { payload?: { token?: string } }) => payload?.token !== 'bad',
        },
      } as never,
    )
    await app.ready()
    await app.listen({ port: this.#port, host: '127.0.0.1' })
    this.#port = (app.server.address() as AddressInfo).port
    return () => app.close()
  }

  async #listen(server: Server): Promise<void> {
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
  }
}

/** A TCP proxy in front of a server that can stop talking, cut what is open, and lose the next answer. */
export class FaultProxy {
  readonly #target: () => number
  readonly #pairs = new Set<{ near: Socket; far: Socket }>()
  #server: ReturnType<typeof createTcpServer> | undefined
  #port = 0
  #stalled = false
  /** What becomes of the next bytes that the server sends, with the connection. */
  #next: ((bytes: Buffer, near: Socket) => void) | undefined

  constructor(target: () => number) {
    this.#target = target
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/graphql`
  }

  async up(): Promise<void> {
    if (this.#server) return
    const server = createTcpServer(near => this.#join(near))
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async down(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = undefined
    const closed = once(server, 'close')
    server.close()
    this.cut()
    await closed
  }

  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.destroy()
      far.destroy()
    }
    this.#pairs.clear()
  }

  async stall(): Promise<void> {
    this.#stalled = true
    for (const { near } of this.#pairs) near.pause()
  }

  async resume(): Promise<void> {
    this.#stalled = false
    for (const { near } of this.#pairs) near.resume()
  }

  /** The next answer of the server is thrown away with its connection. */
  async loseAnswer(): Promise<void> {
    this.#next = (_, near) => near.resetAndDestroy()
  }

  /** Half of the next answer comes. */
  async cutAnswer(): Promise<void> {
    this.#next = (bytes, near) => {
      near.write(bytes.subarray(0, bytes.length - 5), () => near.resetAndDestroy())
    }
  }

  /** The next answer is a good one with nothing in it. */
  async emptyAnswer(): Promise<void> {
    this.#next = (_, near) => near.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
  }

  #join(near: Socket): void {
    const far = connect(this.#target(), '127.0.0.1')
    const pair = { near, far }
    this.#pairs.add(pair)
    if (this.#stalled) near.pause()
    near.on('data', bytes => far.write(bytes))
    far.on('data', bytes => {
      const spoil = this.#next
      this.#next = undefined
      if (!spoil) return near.write(bytes)
      this.#pairs.delete(pair)
      far.destroy()
      spoil(bytes, near)
    })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => {})
      one.on('close', () => {
        if (this.#pairs.has(pair)) other.destroy()
        this.#pairs.delete(pair)
      })
    }
  }
}
