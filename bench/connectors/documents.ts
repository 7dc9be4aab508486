import { randomBytes } from 'node:crypto'
import { system } from 'isthmus'
import { mongodb } from 'isthmus/mongodb'
import { MongoClient } from 'mongodb'
import { comparedCalls } from './calls.ts'
import { type Comparison, inBatches, type Servers, sideBySide } from './comparison.ts'
import { Order, order } from './orders.ts'
import { comparedReading } from './reading.ts'

// The server of the tests keeps its log in memory, and is slow.
const count = 400

export const documentComparisons: readonly Comparison[] = [
  { connector: 'mongodb', role: 'sink', library: 'mongodb', open: sink },
  { connector: 'mongodb modified', role: 'source', library: 'mongodb', open: modified },
]

/** A database of its own in the test server. */
function database(servers: Servers) {
  const name = `bench_${randomBytes(4).toString('hex')}`
  const client = new MongoClient(servers.ISTHMUS_TEST_MONGODB ?? '')
  const url = new URL(servers.ISTHMUS_TEST_MONGODB ?? '')
  url.pathname = `/${name}`
  const db = client.db(name)
  const close = async () => {
    await db.dropDatabase()
    await client.close()
  }
  return {
    db,
    close,
    target: system('store', { kind: 'other', allow: ['loopback'], connector: mongodb({ url: url.href }) }),
  }
}

/** As many in one command, and as many commands at a time, as the connector. */
async function sink(servers: Servers) {
  const { db, target, close } = database(servers)
  const plain = db.collection('plain')
  return comparedCalls({
    make: order,
    target,
    channel: target.collection('orders', Order, { collection: 'orders', mode: 'insert' }),
    count,
    send: orders =>
      sideBySide(2, [...inBatches(orders, 200)], some => plain.insertMany(some.map(each => ({ ...each })))),
    close,
  })
}

async function modified(servers: Servers) {
  const { db, target, close } = database(servers)
  const orders = db.collection('orders')
  const changed = new Date(Date.now() - 3_600_000)
  await orders.createIndex({ changed: 1, _id: 1 })
  await orders.insertMany(Array.from({ length: count }, () => ({ ...order(), changed })))
  return comparedReading({
    target,
    channel: target.modified('orders', Order, {
      collection: 'orders',
      time: 'changed',
      every: '1h',
    }) as never,
    count,
    async read(onPage) {
      const found = orders.find({}).sort({ changed: 1, _id: 1 }).batchSize(500)
      const page: object[] = []
      for await (const document of found) if (page.push(document) === 500) onPage(page.splice(0))
      onPage(page)
    },
    close,
  })
}
