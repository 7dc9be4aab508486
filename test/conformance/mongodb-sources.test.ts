import { describe, it } from 'node:test'
import { Type } from 'typebox'
import type { Position } from '../../src/message/message.ts'
import { model } from '../../src/model/model.ts'
import type { Source } from '../../src/system/roles.ts'
import type { SuiteRecord } from '../../src/testing/describe-sink.ts'
import { describeSource, type SourceFixture } from '../../src/testing/describe-source.ts'
import {
  connectTo,
  mongoUrl,
  shopAt,
  sourceOf,
  testDatabase,
  withoutMongo,
  withoutStreams,
} from '../integration/mongodb-harness.ts'
import { startMongoProxy } from '../integration/mongodb-proxy.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })

if (withoutMongo) describe('mongodb modified', () => it('conforms', { skip: withoutMongo }, () => {}))
else
  describeSource('mongodb modified', modifiedFixture, {
    ordered: true,
    identified: true,
    readAhead: 500,
    // The overlap is read again after a stop.
    resumable: false,
    peeks: true,
  })
if (withoutStreams) describe('mongodb changes', () => it('conforms', { skip: withoutStreams }, () => {}))
else {
  const stream = { ordered: true, identified: true, readAhead: 500, resumable: true } as const
  describeSource('mongodb changes', () => changesFixture('now'), { ...stream, unreadable: 'defect' })
  describeSource('mongodb changes from the beginning', () => changesFixture('beginning'), {
    ...stream,
    // What happens while documents are copied is delivered as a change too.
    ordered: false,
    identified: false,
    resumable: false,
  })
}

async function modifiedFixture(): Promise<SourceFixture> {
  const database = testDatabase()
  const rows = database.db.collection<{ n: number; _id: number; text: string; at: Date }>('rows')
  await rows.createIndex({ at: 1 })
  const proxy = await startMongoProxy(mongoUrl)
  const shop = shopAt({ url: database.urlAt(proxy.url) })
  const channel = shop.modified('rows', Row, {
    collection: 'rows',
    time: 'at',
    every: '10ms',
    overlap: '1m',
  })
  const insert = async (records: readonly SuiteRecord[], at: Date) => {
    await rows.insertMany(records.map(({ n, text }) => ({ _id: n, n, text, at })))
  }
  return {
    put: records => insert(records, new Date()),
    // The writer takes the date, and the server gets the documents later.
    async begin(records) {
      const at = new Date()
      return () => insert(records, at)
    },
    disconnect: async () => proxy.cut(),
    async open() {
      const connection = await connectTo(shop)
      return {
        source: () => sourceOf(connection, channel),
        close: () => connection.close(),
        kill: () => connection.close(),
      }
    },
    recordOf: ({ data }) => data as SuiteRecord,
    async destroy() {
      await proxy.close()
      await database.destroy()
    },
  }
}

async function changesFixture(from: 'now' | 'beginning'): Promise<SourceFixture> {
  const database = testDatabase()
  const rows = database.db.collection<{ n: number; _id: number; text: string }>('rows')
  const proxy = await startMongoProxy(mongoUrl)
  const shop = shopAt({ url: database.urlAt(proxy.url) })
  const channel = shop.changes('rows', Row, {
    collection: 'rows',
    from,
    record({ document }) {
      if (document?.text === unreadable) throw new Error('nobody can read this')
      return { n: document?.n, text: document?.text }
    },
  })
  // A channel that had begun before anything was put, and that has stopped.
  let begun: Position | undefined
  if (from === 'now') {
    const connection = await connectTo(shop)
    const stop = new AbortController()
    const begin = async (options: { position?: Position | undefined } = {}) => {
      begun = options.position
      stop.abort()
      return []
    }
    const intake = { position: async () => undefined, accept: (_: unknown, o?: object) => begin(o) }
    await sourceOf(connection, channel).run(intake, stop.signal)
    await connection.close()
  }
  let bad = 1_000_000
  return {
    async put(records) {
      await rows.insertMany(records.map(({ n, text }) => ({ _id: n, n, text })))
    },
    async putUnreadable() {
      await rows.insertOne({ _id: bad, n: bad++, text: unreadable })
    },
    async open() {
      const connection = await connectTo(shop)
      return {
        source: () => begunAt(sourceOf(connection, channel), begun),
        close: () => connection.close(),
        kill: () => connection.close(),
      }
    },
    recordOf: ({ data }) => data as SuiteRecord,
    disconnect: async () => proxy.cut(),
    // A copy goes on without the place, which is missed when it is done.
    ...(from === 'now' && {
      async losePlace() {
        // As if the oplog began behind the place: see scripts/servers/mongodb.
        const lost = { ns: rows.namespace, before: `7${'f'.repeat(15)}` }
        await rows.db.client.db('local').collection('lost').insertOne(lost)
      },
    }),
    async destroy() {
      await proxy.close()
      await database.destroy()
    },
  }
}

const unreadable = 'unreadable'

function begunAt(source: Source, begun: Position | undefined): Source {
  return {
    run: (intake, signal) =>
      source.run(
        {
          accept: (deliveries, options) => intake.accept(deliveries, options),
          position: async () => (await intake.position()) ?? begun,
        },
        signal,
      ),
  }
}
