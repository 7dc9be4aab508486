import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { listen } from 'soap'

// A little ERP that speaks SOAP, for examples/soap. It prints what it is asked.
const orders = {
  GetPrice: ({ product }: { product: string }) => {
    console.log('GetPrice', product)
    return { amount: '12.50' }
  },
  PostOrder: (order: object) => {
    console.log('PostOrder', JSON.stringify(order))
    return { no: 1 }
  },
}

const server = createServer((_, response) => response.writeHead(404).end())
const wsdl = readFileSync(join(import.meta.dirname, 'erp.wsdl'), 'utf8')
server.listen(8078, '127.0.0.1', () => {
  listen(server, '/orders', { OrderService: { P: orders } }, wsdl)
})
