import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { idempotent, type RequesterChannel, read, type SinkChannel, type System, system } from 'isthmus'
import { graphql } from 'isthmus/graphql'
import { rest } from 'isthmus/rest'
import { rpc } from 'isthmus/rpc'
import { soap } from 'isthmus/soap'
import { createClientAsync } from 'soap'
import { Pool } from 'undici'
import { comparedCalls } from './calls.ts'
import { type Comparison, type Opened, sideBySide } from './comparison.ts'
import { Order, order, Receipt } from './orders.ts'

/** Calls at a time: what the channels do if nobody says otherwise. */
const width = 8
const wsdl = join(import.meta.dirname, 'orders.wsdl')

type Role = 'sink' | 'requester'

/** How one order is sent by the library alone, and its answer read. */
interface Bare {
  call(order: Order): Promise<unknown>
  close(): Promise<unknown>
}

interface Protocol {
  readonly connector: string
  readonly library: string
  /** Of each contender in each round. */
  readonly count: number
  readonly floor?: number | undefined
  channel(
    url: string,
    role: Role,
  ): { target: System; channel: SinkChannel<Order> | RequesterChannel<Order, unknown> }
  bare(url: string, role: Role): Bare | Promise<Bare>
}

const asked = { request: Order, response: Receipt, effect: read }
const sent = { effect: idempotent }

const protocols: readonly Protocol[] = [
  {
    connector: 'rest',
    count: 3_000,
    library: 'undici',
    floor: 0.8,
    channel(url, role) {
      const target = system('rest', {
        kind: 'erp',
        allow: ['loopback'],
        connector: rest({ url: `${url}/rest` }),
      })
      const post = { method: 'POST', path: '/orders' } as const
      const channel =
        role === 'sink'
          ? target.send('orders', Order, { ...post, ...sent })
          : target.operation('orders', { ...post, ...asked })
      return { target, channel }
    },
    bare: url => posting(url, '/rest/orders', data => data),
  },
  {
    connector: 'soap',
    count: 1_000,
    library: 'soap',
    floor: 0.8,
    channel(url, role) {
      const target = system('soap', {
        kind: 'erp',
        allow: ['loopback'],
        connector: soap({ wsdl, url: `${url}/soap` }),
      })
      const channel =
        role === 'sink'
          ? target.send('orders', Order, { operation: 'PostOrder', ...sent })
          : target.operation('orders', { operation: 'GetState', ...asked })
      return { target, channel }
    },
    async bare(url, role) {
      const client = await createClientAsync(wsdl, { endpoint: `${url}/soap` })
      const method = role === 'sink' ? 'PostOrderAsync' : 'GetStateAsync'
      return { call: data => client[method](data), close: async () => {} }
    },
  },
  {
    connector: 'graphql',
    count: 1_000,
    library: 'undici',
    floor: 0.8,
    channel(url, role) {
      const target = system('graphql', {
        kind: 'erp',
        allow: ['loopback'],
        connector: graphql({ url: `${url}/graphql` }),
      })
      const call = { document: documents[role], variables: (data: Order) => ({ order: data }), at: 'answer' }
      const channel =
        role === 'sink'
          ? target.send('orders', Order, { ...call, ...sent })
          : target.query('orders', { ...call, ...asked })
      return { target, channel }
    },
    bare: (url, role) =>
      posting(url, '/graphql', data => ({ query: documents[role], variables: { order: data } })),
  },
  {
    connector: 'rpc (JSON)',
    count: 3_000,
    library: 'undici',
    channel(url, role) {
      const target = system('rpc', {
        kind: 'erp',
        allow: ['loopback'],
        connector: rpc({ url: `${url}/rpc`, protocol: 'json' }),
      })
      const channel =
        role === 'sink'
          ? target.send('orders', Order, { method: 'book', ...sent })
          : target.call('orders', { method: 'state', ...asked })
      return { target, channel }
    },
    bare: url =>
      posting(url, '/rpc', data => ({ jsonrpc: '2.0', id: data.no, method: 'book', params: data })),
  },
]

const documents = {
  sink: 'mutation ($order: OrderInput!) { answer: book(order: $order) { no state } }',
  requester: 'query ($order: OrderInput!) { answer: state(order: $order) { no state } }',
}

export const httpCalls: readonly Comparison[] = protocols.flatMap(protocol =>
  (['sink', 'requester'] as const).map(role => {
    const { connector, library, floor } = protocol
    return { connector, role, library, floor, open: () => compared(protocol, role) }
  }),
)

async function compared({ channel, bare, count }: Protocol, role: Role): Promise<Opened> {
  const server = await startServer()
  const { call, close } = await bare(server.url, role)
  return comparedCalls({
    make: order,
    ...channel(server.url, role),
    count,
    send: orders => sideBySide(width, orders, call),
    close: async () => {
      await close()
      await server.stop()
    },
  })
}

/** JSON by POST, and the JSON that comes back. */
function posting(url: string, path: string, body: (data: Order) => unknown): Bare {
  const pool = new Pool(url, { connections: width })
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return {
    async call(data) {
      const answer = await pool.request({ method: 'POST', path, headers, body: JSON.stringify(body(data)) })
      if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`)
      return answer.body.json()
    },
    close: () => pool.close(),
  }
}

/** It ends with this process. */
async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const file = join(import.meta.dirname, 'http-server.ts')
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  return {
    url: String(line).trim(),
    async stop() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
