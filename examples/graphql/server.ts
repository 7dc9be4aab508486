import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { buildSchema, graphql } from 'graphql'

// A little CRM that speaks GraphQL, for examples/graphql. It prints what it is asked to change.
const schema = buildSchema(readFileSync(`${import.meta.dirname}/crm.graphql`, 'utf8'))
const customers = ['Ann', '王芳', 'Zoë'].map((name, index) => ({
  no: `C${index + 1}`,
  name,
  discount: 0.125,
  updatedAt: new Date().toISOString(),
}))
const orders = new Set<string>()

const rootValue = {
  customers: ({ since }: { since?: string }) => ({
    nodes: customers.filter(({ updatedAt }) => !since || updatedAt >= since),
    pageInfo: { hasNextPage: false, endCursor: null },
  }),
  customer: ({ no }: { no: string }) => customers.find(each => each.no === no),
  placeOrder({ order, key }: { order: { no: string; customer: string }; key: string }) {
    if (order.customer === 'C2')
      return { __typename: 'OrderRejected', message: 'this customer has to pay first' }
    if (!orders.has(key)) console.log('order', JSON.stringify(order))
    orders.add(key)
    return { __typename: 'OrderPlaced', no: order.no }
  },
}

createServer(async (request, response) => {
  const text = Buffer.concat(await Array.fromAsync(request)).toString()
  const { query: source = '', variables: variableValues } = JSON.parse(text || '{}')
  const answer = await graphql({ schema, source, rootValue, variableValues })
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
}).listen(Number(process.env.PORT ?? 8079), '127.0.0.1')
