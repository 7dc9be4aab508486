import { Type } from 'typebox'
import { model } from '../../src/model/model.ts'
import type { SinkFixture, SuiteRecord } from '../../src/testing/describe-sink.ts'
import { connectTo, kafkaBrokers, shopAt, sinkOf, testTopic } from '../integration/kafka-harness.ts'
import { startKafkaProxy } from '../integration/kafka-proxy.ts'
import { readTopic } from '../integration/kafka-reader.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })

/** Larger than the topic takes. */
const refused = 'x'.repeat(1_100_000)

/** Each connection is a process with an id of its own: two with one id fence each other off. */
export async function kafkaSinkFixture(kind: 'plain' | 'in transactions'): Promise<SinkFixture> {
  const topic = await testTopic(kafkaBrokers, { partitions: 3 })
  const proxy = await startKafkaProxy(kafkaBrokers)
  const shop = shopAt({ brokers: proxy.brokers })
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
      const own = kind === 'plain' ? {} : { transactionalId: `${topic.name}-${opened++}` }
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
