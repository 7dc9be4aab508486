import Fastify from 'fastify'
import pg from 'pg'
import { createTable, insertOrders } from '../../order-intake/insert.ts'
import { type OrderRecord, readOrder } from '../../order-intake/order.ts'
import { grouped } from './grouped.ts'
import { queueOf } from './queue.ts'

// A process of a service that does order-intake with a job queue: `prepare NAME`, `intake NAME` or `worker NAME`. The
// intake answers when the order is in the queue. Both group what comes side by side, more than the queue's own examples do.
const [role, name = ''] = process.argv.slice(2)
const { QUEUE_URL = '', ORDERS_DB, PORT } = process.env
const queue = await queueOf(name)

if (role === 'prepare') {
  await queue.prepare(QUEUE_URL)
  await withOrders(db => db.query(createTable))
  process.exit()
} else if (role === 'worker') {
  const db = new pg.Pool({ connectionString: ORDERS_DB, max: 4 })
  await queue.work(
    QUEUE_URL,
    grouped<OrderRecord>(4, 100, orders => insertOrders(db, orders)),
  )
} else if (role === 'intake') {
  const add = grouped(4, 100, await queue.producer(QUEUE_URL))
  const server = Fastify()
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  server.get('/readyz', () => 'ready')
  server.post('/orders', async (request, reply) => {
    await add(readOrder(request.body as Buffer))
    return reply.code(202).send({ status: 'accepted' })
  })
  await server.listen({ port: Number(PORT) })
}
if (role !== 'intake') process.send?.('ready')

async function withOrders(use: (db: pg.Client) => Promise<unknown>): Promise<void> {
  const db = new pg.Client({ connectionString: ORDERS_DB })
  await db.connect()
  await use(db)
  await db.end()
}
