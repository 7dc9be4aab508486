import { randomBytes } from 'node:crypto'
import { type Db, MongoClient } from 'mongodb'
import { type MongoOptions, mongodb } from '../../src/connectors/mongodb/index.ts'
import type { ConnectContext, Connection } from '../../src/system/connector.ts'
import type { Requester, Sink, Source } from '../../src/system/roles.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { patientCalls } from './patience.ts'

const given = process.env.ISTHMUS_TEST_MONGODB
if (given === undefined && process.env.ISTHMUS_REQUIRE_SERVERS === '1')
  throw new Error('ISTHMUS_TEST_MONGODB is not set: it must be a mongodb:// URL without a database')

/** For `skip` of node:test. */
export const withoutMongo = given === undefined ? 'no MongoDB: ISTHMUS_TEST_MONGODB is not set' : false

/** A mongodb:// URL of the test server. */
export const mongoUrl = given ?? 'mongodb://absent.invalid'

/** Set ISTHMUS_TEST_MONGODB_STREAMS=0 to run the rest against a server without change streams. */
export const withoutStreams =
  withoutMongo ||
  (process.env.ISTHMUS_TEST_MONGODB_STREAMS === '0' ? 'a server without change streams' : false)

/** A database of its own, empty when made. */
export interface TestDatabase {
  readonly name: string
  readonly db: Db
  /** The address with the name of the database, of the server or of a proxy before it. */
  urlAt(server: string): string
  destroy(): Promise<void>
}

export function testDatabase(server = mongoUrl): TestDatabase {
  const name = `isthmus_${randomBytes(6).toString('hex')}`
  const client = new MongoClient(server)
  const db = client.db(name)
  return {
    name,
    db,
    urlAt(other) {
      const url = new URL(other)
      url.pathname = `/${name}`
      return url.href
    },
    async destroy() {
      await db.dropDatabase()
      // The test server keeps its oplog for ever, and reads all of it for every answer of a change stream.
      const ours = { ns: { $regex: `^${name}\\.` } }
      await client
        .db('local')
        .collection('oplog.rs')
        .deleteMany(ours)
        .catch(() => undefined)
      await client.close()
    },
  }
}

export function shopAt(options: MongoOptions) {
  return system('shop', {
    kind: 'other',
    connector: mongodb({ ...patientCalls, connectTimeout: '20s', ...options }),
  })
}

export function connectTo(
  shop: ReturnType<typeof shopAt>,
  over: Partial<ConnectContext> = {},
): Promise<Connection> {
  return shop.connector.connect(connectContext({ system: 'shop', ...over }))
}

export function sinkOf(connection: Connection, channel: unknown): Sink {
  return connection.sink?.(channel as never) as Sink
}

export function requesterOf(connection: Connection, channel: unknown): Requester {
  return connection.requester?.(channel as never) as Requester
}

export function sourceOf(connection: Connection, channel: unknown): Source {
  return connection.source?.(channel as never) as Source
}
