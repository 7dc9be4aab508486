// A supplier's site for the example: a price list of two pages. PORT says where; it prints its address.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const prices = ['0,12', '0,35', '1,20', '14,00']
const size = 2

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site')
  if (pathname !== '/prices') return void response.writeHead(404).end()
  const from = Number(searchParams.get('from') ?? 0)
  const rows = prices.slice(from, from + size).map((price, n) => {
    return `<tr><td class="sku">BOLT-${from + n + 1}</td><td class="price">${price} €</td></tr>`
  })
  const next = from + size < prices.length ? `<a rel="next" href="?from=${from + size}">more</a>` : ''
  const head = '<thead><tr><th>Article</th><th class="price">Price per piece</th></tr></thead>'
  const table = `<table class="prices">${head}<tbody>${rows.join('')}</tbody></table>`
  response.setHeader('content-type', 'text/html; charset=utf-8')
  return void response.end(`<!doctype html><title>Prices</title>${table}${next}`)
})
server.listen(Number(process.env.PORT ?? 8090), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
