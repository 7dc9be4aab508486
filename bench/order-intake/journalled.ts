import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Fastify from 'fastify'
import pg from 'pg'
import { createTable, insertOrders } from './insert.ts'
import { type OrderRecord, readOrder } from './order.ts'

// The hand-written script (b): requests that wait share one synced SQLite transaction and are answered then; a loop
// inserts what is in the journal into PostgreSQL in batches and marks it done. Recovery is the same loop after a start.
const journal = new DatabaseSync(join(process.env.ISTHMUS_DATA as string, 'journal.db'))
journal.exec('pragma journal_mode = wal; pragma synchronous = full')
journal.exec(
  'create table if not exists journal (seq integer primary key, id text unique, doc text, done int default 0)',
)
journal.exec('create index if not exists waiting on journal (seq) where done = 0')
const append = journal.prepare('insert into journal (id, doc) values (?, ?) on conflict (id) do nothing')
const waiting = journal.prepare('select seq, doc from journal where done = 0 order by seq limit 500')
const finish = journal.prepare('update journal set done = 1 where seq = ?')

const db = new pg.Pool({ connectionString: process.env.ORDERS_DB, max: 4 })
await db.query(createTable)

let group: { order: OrderRecord; done: () => void }[] = []

function commit(): void {
  const orders = group
  group = []
  journal.exec('begin immediate')
  for (const { order } of orders) append.run(order.orderId, JSON.stringify(order))
  journal.exec('commit')
  for (const { done } of orders) done()
}

function durable(order: OrderRecord): Promise<void> {
  return new Promise(done => {
    if (group.push({ order, done }) === 1) setImmediate(commit)
  })
}

async function deliver(): Promise<void> {
  for (;;) {
    const rows = waiting.all() as { seq: number; doc: string }[]
    if (rows.length === 0) {
      await new Promise(resolve => setTimeout(resolve, 5))
      continue
    }
    await insertOrders(
      db,
      rows.map(({ doc }) => JSON.parse(doc)),
    )
    journal.exec('begin immediate')
    for (const { seq } of rows) finish.run(seq)
    journal.exec('commit')
  }
}

const server = Fastify()
server.removeAllContentTypeParsers()
server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
server.post('/orders', async (request, reply) => {
  await durable(readOrder(request.body as Buffer))
  return reply.code(202).send({ status: 'accepted' })
})
await server.listen({ port: Number(process.env.PORT) })
void deliver()
