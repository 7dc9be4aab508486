import { Consumer, fetchV13 } from '@platformatic/kafka'
import { committedRecords, headersOf } from '../../src/connectors/kafka/records.ts'
import { kafkaBrokers } from './kafka-harness.ts'

/** A record that stands in a topic. */
export interface ReadRecord {
  readonly partition: number
  readonly offset: bigint
  readonly key: string | undefined
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
}

/** All that readers of committed records see, without a group; in the order of each partition. */
export async function readTopic(topic: string, brokers = kafkaBrokers): Promise<ReadRecord[]> {
  const common = { clientId: 'tests', bootstrapBrokers: brokers.split(','), retries: 30, retryDelay: 100 }
  const consumer = new Consumer({ ...common, groupId: 'tests' })
  try {
    consumer.topics.track(topic)
    const ends = await settledEnds(consumer, topic)
    const parts = await Promise.all(
      ends.map((end, partition) => readPartition(consumer, topic, partition, end)),
    )
    return parts.flat()
  } finally {
    await consumer.close(true)
  }
}

async function readPartition(
  consumer: Consumer,
  topic: string,
  partition: number,
  end: bigint,
): Promise<ReadRecord[]> {
  const begins = await consumer.listOffsets({ topics: [topic], timestamp: -2n, isolationLevel: 1 })
  const found: ReadRecord[] = []
  let next = begins.get(topic)?.[partition] ?? 0n
  while (next < end) {
    const metadata = await consumer.metadata({ topics: [topic] })
    const { id, partitions } = metadata.topics.get(topic) ?? { id: '', partitions: [] }
    const ask = {
      ...{ partition, fetchOffset: next, partitionMaxBytes: 1 << 20 },
      ...{ currentLeaderEpoch: -1, lastFetchedEpoch: -1 },
    }
    const broker = metadata.brokers.get(partitions[partition]?.leader ?? -1)
    if (!broker) throw new Error('no leader')
    const connection = await consumer.connections.get(broker)
    const topics = [{ topicId: id, partitions: [ask] }]
    const answer = await fetchV13.api.async(connection, 100, 1, 8 << 20, 1, 0, -1, topics, [], '')
    for (const part of answer.responses.flatMap(each => each.partitions)) {
      const fetched = committedRecords(part, next)
      next = fetched.next
      for (const record of fetched.records) {
        const { offset, key, value } = record
        found.push({ partition, offset, key: key?.toString(), value, headers: headersOf(record) })
      }
    }
  }
  return found
}

/** A transaction is answered before its end stands in all partitions. */
async function settledEnds(consumer: Consumer, topic: string): Promise<readonly bigint[]> {
  for (;;) {
    const [all = [], stable = []] = await Promise.all(
      [0, 1].map(async isolationLevel => {
        const ends = await consumer.listOffsets({ topics: [topic], timestamp: -1n, isolationLevel })
        return ends.get(topic)
      }),
    )
    if (all.every((end, partition) => end === stable[partition])) return stable
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
