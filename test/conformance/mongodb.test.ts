import { describe, it } from 'node:test'
import { Type } from 'typebox'
import type { CollectionOptions } from '../../src/connectors/mongodb/index.ts'
import { model } from '../../src/model/model.ts'
import {
  describeRequester,
  type RequesterFixture,
  type SuiteRequest,
} from '../../src/testing/describe-requester.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import {
  connectTo,
  mongoUrl,
  requesterOf,
  shopAt,
  sinkOf,
  testDatabase,
  withoutMongo,
} from '../integration/mongodb-harness.ts'
import { startMongoProxy } from '../integration/mongodb-proxy.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })
const Request = model('Request', { version: 1, schema: Type.Object({ n: Type.Integer() }) })

/** A unique index refuses it: another document has this text. */
const refused = 'refuse me'

const sinks: Readonly<Record<string, CollectionOptions<SuiteRecord>>> = {
  insert: { collection: 'rows', mode: 'insert' },
  upsert: { collection: 'rows', mode: 'upsert', key: ['n'] },
}

if (withoutMongo) describe('mongodb', () => it('conforms', { skip: withoutMongo }, () => {}))
else {
  for (const [kind, options] of Object.entries(sinks))
    describeSink(`mongodb ${kind}`, () => sinkFixture(options), { effect: 'idempotent' })
  const reads = { effect: 'read', unknown: 'refused' } as const
  describeRequester('mongodb find', () => requesterFixture('find'), reads)
  describeRequester('mongodb aggregate', () => requesterFixture('aggregate'), reads)
}

async function troubled(marker: string) {
  const database = testDatabase()
  const proxy = await startMongoProxy(mongoUrl)
  const shop = shopAt({ url: database.urlAt(proxy.url), connectTimeout: '10s' })
  const trouble = {
    down: async () => proxy.set('down'),
    up: async () => proxy.set('open'),
    stall: async () => proxy.set('silent'),
    resume: async () => proxy.set('open'),
    loseAnswer: async () => proxy.loseAnswer(marker),
    cutAnswer: async () => proxy.cutAnswer(marker),
    emptyAnswer: async () => proxy.answer(marker, { ok: 1 }, 'reaches'),
    disconnect: async () => proxy.cut(),
    async destroy() {
      await proxy.close()
      await database.destroy()
    },
  }
  return { database, shop, trouble }
}

async function sinkFixture(options: CollectionOptions<SuiteRecord>): Promise<SinkFixture> {
  const { database, shop, trouble } = await troubled('effect-')
  const rows = database.db.collection('rows')
  if (options.mode === 'upsert') await rows.createIndex({ n: 1 }, { unique: true })
  await rows.createIndex({ refused: 1 }, { unique: true, sparse: true })
  await rows.insertOne({ text: refused, n: -1, refused: 1 })
  const channel = shop.collection('rows', Refusing, options)
  return {
    ...trouble,
    refused,
    async open() {
      const connection = await connectTo(shop)
      return {
        sink() {
          const sink = sinkOf(connection, channel)
          return {
            ...sink,
            write: (items, signal) =>
              sink.write(
                items.map(item => ({ ...item, data: refusing(item.data as SuiteRecord) })),
                signal,
              ),
            probe: async (item, signal) => (await sink.probe?.(item, signal)) ?? { outcome: 'unknown' },
          }
        },
        close: () => connection.close(),
      }
    },
    async effects() {
      const found = await rows.find({ refused: { $exists: false } }).toArray()
      return found.map(({ n, text }) => ({ n, text }))
    },
  }
}

/** The record that is refused has the value that a unique index knows already. */
const Refusing = model('Refusing', {
  version: 1,
  schema: Type.Object({ n: Type.Integer(), text: Type.String(), refused: Type.Optional(Type.Integer()) }),
})
const refusing = (row: SuiteRecord) => (row.text === refused ? { ...row, refused: 1 } : row)

async function requesterFixture(kind: 'find' | 'aggregate'): Promise<RequesterFixture> {
  const { database, shop, trouble } = await troubled('known')
  const known = database.db.collection<{ n: number; text: string | number[] }>('known')
  const common = { collection: 'known', request: Request, response: Row, one: true } as const
  const channel =
    kind === 'find'
      ? shop.find('known', { ...common, filter: ({ n }: SuiteRequest) => ({ n }) })
      : shop.aggregate('known', { ...common, pipeline: ({ n }: SuiteRequest) => [{ $match: { n } }] })
  return {
    ...trouble,
    async know(n, text) {
      await known.insertOne({ n, text })
    },
    async garble(n) {
      await known.updateOne({ n }, { $set: { text: [1] } })
    },
    async open() {
      const connection = await connectTo(shop)
      return { requester: () => requesterOf(connection, channel), close: () => connection.close() }
    },
    textOf: result => (result as SuiteRecord).text,
  }
}
