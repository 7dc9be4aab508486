import { describe, it } from 'node:test'
import { Type } from 'typebox'
import type { KafkaRecord } from '../../src/connectors/kafka/index.ts'
import { model } from '../../src/model/model.ts'
import { describeSource, type SourceFixture, type SuiteRecord } from '../../src/testing/describe-source.ts'
import {
  connectTo,
  kafkaBrokers,
  shopAt,
  sourceOf,
  testTopic,
  withoutKafka,
} from '../integration/kafka-harness.ts'
import { startKafkaProxy } from '../integration/kafka-proxy.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })

if (withoutKafka) describe('kafka', () => it('conforms', { skip: withoutKafka }, () => {}))
else {
  describeSource('kafka consume', sourceFixture, {
    ...{ ordered: true, identified: true, resumable: true, readAhead: 2000 },
    unreadable: 'defect',
    // A record of Kafka has a megabyte, unless the topic is set otherwise.
    longest: 300_000,
  })
}

async function sourceFixture(): Promise<SourceFixture> {
  const topic = await testTopic()
  const proxy = await startKafkaProxy(kafkaBrokers)
  const shop = shopAt({ brokers: proxy.brokers })
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
