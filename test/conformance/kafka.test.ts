import { describe, it } from 'node:test'
import { Type } from 'typebox'
import type { KafkaRecord, ProduceOptions } from '../../src/connectors/kafka/index.ts'
import { model } from '../../src/model/model.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { describeSource, type SourceFixture } from '../../src/testing/describe-source.ts'
import {
  connectTo,
  kafkaBrokers,
  shopAt,
  sinkOf,
  sourceOf,
  testTopic,
  withoutKafka,
} from '../integration/kafka-harness.ts'
import { startKafkaProxy } from '../integration/kafka-proxy.ts'
import { readTopic } from '../integration/kafka-reader.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })

if (withoutKafka) describe('kafka', () => it('conforms', { skip: withoutKafka }, () => {}))
else {
  describeSource('kafka consume', sourceFixture, {
    ...{ ordered: true, identified: true, resumable: true, readAhead: 2000 },
    unreadable: 'defect',
    // A record of Kafka has a megabyte, unless the topic is set otherwise.
    longest: 300_000,
  })
  describeSink('kafka produce', () => sinkFixture({}), { effect: 'idempotent' })
  describeSink('kafka produce in transactions', () => sinkFixture({ transactionalId: 'of the topic' }), {
    effect: 'idempotent',
  })
}

async function sourceFixture(): Promise<SourceFixture> {
  const topic = await testTopic()
  const proxy = await startKafkaProxy(kafkaBrokers)
  const shop = shopAt({ brokers: proxy.brokers, callTimeout: '5s' })
  const group = `group-${topic.name}`
  const record = ({ value }: KafkaRecord) => value
  const channel = shop.consume('rows', Row, { topic: topic.name, group, sessionTimeout: '6s', record })
  /** By offset; -1 for what cannot be read. */
  const numbers: number[] = []
  const put = async (records: readonly SuiteRecord[]) => {
    numbers.push(...records.map(({ n }) => n))
    await topic.put(records.map(record => ({ value: JSON.stringify(record) })))
  }
  return {
    put,
    async putUnreadable() {
      numbers.push(-1)
      await topic.put([{ value: '{"n":' }])
    },
    async acknowledged() {
      const [committed = -1n] = await topic.offsets(group)
      return numbers.slice(0, Math.max(0, Number(committed))).filter(n => n > 0)
    },
    disconnect: async () => proxy.cut(),
    async losePlace() {
      await topic.put([{ value: '{"n":0,"text":""}' }, { value: '{"n":0,"text":""}' }])
      const end = { partition: 0, offset: BigInt(numbers.length) + 1n }
      numbers.push(-1, -1)
      await topic.admin.deleteRecords({ topics: [{ name: topic.name, partitions: [end] }] })
    },
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
      await topic.destroy()
    },
  }
}

/** Larger than the topic takes. */
const refused = 'x'.repeat(1_100_000)

async function sinkFixture(options: Partial<ProduceOptions<SuiteRecord>>): Promise<SinkFixture> {
  const topic = await testTopic(kafkaBrokers, { partitions: 3 })
  const proxy = await startKafkaProxy(kafkaBrokers)
  const shop = shopAt({ brokers: proxy.brokers, callTimeout: '4s', connectTimeout: '2s' })
  let opened = 0
  return {
    refused,
    down: async () => proxy.set('down'),
    up: async () => proxy.set('open'),
    stall: async () => proxy.set('silent'),
    resume: async () => proxy.set('open'),
    loseAnswer: async () => proxy.loseAnswer('produce'),
    cutAnswer: async () => proxy.cutAnswer('produce'),
    disconnect: async () => proxy.cut(),
    async open() {
      // Each process has an id of its own: two with one id are for the test of fencing.
      const own = options.transactionalId && { transactionalId: `${topic.name}-${opened++}` }
      const channel = shop.produce('rows', Row, { topic: topic.name, ...own })
      const connection = await connectTo(shop)
      return { sink: () => sinkOf(connection, channel), close: () => connection.close() }
    },
    /** As consumers see it that take a record once per effect key. */
    async effects() {
      const records = await readTopic(topic.name)
      const byKey = new Map(records.map(({ headers, value }) => [headers['isthmus-effect-key'], value]))
      return [...byKey.values()].map(value => JSON.parse(String(value)) as SuiteRecord)
    },
    async destroy() {
      await proxy.close()
      await topic.destroy()
    },
  }
}
