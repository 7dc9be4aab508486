import Fastify from 'fastify'
import pg from 'pg'
import { createTable, insertOrders } from './insert.ts'
import { readOrder } from './order.ts'

// The hand-written script (a): each request inserts its order and answers when PostgreSQL has committed.
const db = new pg.Pool({ connectionString: process.env.ORDERS_DB, max: 16 })
await db.query(createTable)

const server = Fastify()
server.removeAllContentTypeParsers()
server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
server.post('/orders', async (request, reply) => {
  await insertOrders(db, [readOrder(request.body as Buffer)])
  return reply.code(202).send({ status: 'accepted' })
})
await server.listen({ port: Number(process.env.PORT) })
