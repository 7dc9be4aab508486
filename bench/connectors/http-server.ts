import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createSchema, createYoga } from 'graphql-yoga'
import { listen } from 'soap'
import type { Order } from './orders.ts'

// The servers that connectors over HTTP are measured at, in a process of their own: plain Node for JSON, GraphQL Yoga,
// and the server of the npm package soap. They take what they are sent and answer a receipt; nothing is kept.
const receipt = ({ no }: Order) => ({ no, state: 'booked' })

const fields = ['no', 'customer', 'sku', 'amount', 'note'].map(name => `${name}: String!`).join(' ')
const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: `input OrderInput { ${fields} qty: Int! } type Receipt { no: String! state: String! }
      type Query { state(order: OrderInput!): Receipt! } type Mutation { book(order: OrderInput!): Receipt! }`,
    resolvers: {
      Query: { state: (_: unknown, { order }: { order: Order }) => receipt(order) },
      Mutation: { book: (_: unknown, { order }: { order: Order }) => receipt(order) },
    },
  }),
})

const answers: Readonly<Record<string, (sent: never) => unknown>> = {
  '/rest/orders': receipt,
  '/rpc': ({ id, params }: { id: unknown; params: Order }) => ({
    jsonrpc: '2.0',
    id,
    result: receipt(params),
  }),
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = '' } = request
  if (url.startsWith('/graphql')) return void yoga(request, response)
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const make = answers[url]
  if (!make) return void response.writeHead(404).end()
  const body = JSON.stringify(make(JSON.parse(Buffer.concat(chunks).toString()) as never))
  response.writeHead(200, { 'content-type': 'application/json' }).end(body)
}

const server = createServer((request, response) => void answer(request, response))
server.listen(0, '127.0.0.1', () => {
  const wsdl = readFileSync(join(import.meta.dirname, 'orders.wsdl'), 'utf8')
  listen(server, '/soap', { OrderService: { P: { PostOrder: receipt, GetState: receipt } } }, wsdl)
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.stdin.on('end', () => process.exit()).resume()
