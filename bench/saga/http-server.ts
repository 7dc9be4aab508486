import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

// The company's systems that sagas call, in a process of their own. They answer a receipt at once, refuse to charge
// what says so, and keep nothing.
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { no, isRefused } = JSON.parse(Buffer.concat(chunks).toString())
  const refused = request.url === '/charge' && isRefused
  const body = JSON.stringify(
    refused ? { title: 'no credit' } : { id: request.headers['idempotency-key'], no },
  )
  response.writeHead(refused ? 409 : 200, { 'content-type': 'application/json' }).end(body)
}

const server = createServer((request, response) => void answer(request, response))
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.stdin.on('end', () => process.exit()).resume()
