import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// A little shop and a depot, for examples/rest. It prints what is to be shipped.
const orders = [1, 2, 3, 4, 5].map(n => ({
  no: `S${n}`,
  sku: n % 2 === 0 ? 'nut' : 'bolt',
  qty: n,
  updatedAt: new Date(Date.now() - 60_000 + n * 1000).toISOString(),
}))
const shipped = new Map<string, unknown>()
let closed = true

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request)).toString()
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
  const answer = (status: number, data?: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data))
  if (pathname === '/token')
    return answer(200, { access_token: 'a-token', token_type: 'Bearer', expires_in: 300 })
  if (pathname === '/api/orders') {
    if (request.headers.authorization !== 'Bearer a-token') return answer(401)
    const offset = Number(searchParams.get('offset'))
    const since = searchParams.get('updatedSince') ?? ''
    const found = orders.filter(({ updatedAt }) => updatedAt >= since)
    return answer(200, { data: found.slice(offset, offset + Number(searchParams.get('limit'))) })
  }
  if (pathname.startsWith('/depot/stock/'))
    return answer(200, { sku: pathname.split('/').at(-1), place: 'A-17' })
  if (request.method === 'GET')
    return answer(shipped.has(pathname.split('/').at(-1) ?? '') ? 200 : 404, { status: 'OK' })
  if (closed) {
    closed = false
    return answer(200, { status: 'CLOSED', message: 'we open in a moment' })
  }
  const shipment = JSON.parse(body)
  shipped.set(shipment.order, shipment)
  console.log('ship', body)
  return answer(200, { status: 'OK' })
})
server.listen(Number(process.env.PORT ?? 8078), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
