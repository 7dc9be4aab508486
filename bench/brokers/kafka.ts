import { randomBytes } from 'node:crypto'
import { Admin, Consumer, Producer } from '@platformatic/kafka'
import { type SourceChannel, system } from 'isthmus'
import { kafka } from 'isthmus/kafka'
import { comparedCalls } from '../connectors/calls.ts'
import { inBatches, type Servers, sideBySide } from '../connectors/comparison.ts'
import { comparedReading } from '../connectors/reading.ts'
import type { BrokerComparison } from './comparison.ts'
import { countOf, Event, eventMaker, sizes } from './events.ts'

const partitions = 4
/** What the connector puts into one request at most. */
const bytesTogether = 900_000

export const kafkaComparisons: readonly BrokerComparison[] = sizes.flatMap(bytes => {
  const common = { broker: 'kafka', client: '@platformatic/kafka', bytes, floor: 0.7 } as const
  return [
    {
      ...common,
      direction: 'out',
      durability: 'acks=all of one broker, which does not sync',
      open: (servers: Servers) => produce(servers, bytes),
    },
    {
      ...common,
      direction: 'in',
      durability: 'commits its place each second, keeps nothing',
      open: (servers: Servers) => consume(servers, bytes),
    },
  ] as const
})

const batchOf = (bytes: number): number => Math.min(1000, Math.floor(bytesTogether / (bytes + 100)))

async function openTopic(servers: Servers) {
  const [brokers = ''] = (servers.ISTHMUS_TEST_KAFKA ?? '').replace('kafka://', '').split('?')
  const common = { clientId: 'bench', bootstrapBrokers: brokers.split(',') }
  const topic = `bench-${randomBytes(4).toString('hex')}`
  const admin = new Admin(common)
  await admin.createTopics({ topics: [topic], partitions, replicas: 1 })
  const target = system('broker', { kind: 'other', allow: ['loopback'], connector: kafka({ brokers }) })
  return {
    ...{ common, topic, admin, target },
    async close() {
      await admin.deleteTopics({ topics: [topic] })
      await admin.close()
    },
  }
}

function messageOf(topic: string, event: Event) {
  const headers = new Map([[Buffer.from('isthmus-effect-key'), Buffer.from(event.no)]])
  return { topic, key: Buffer.from(event.no), value: Buffer.from(JSON.stringify(event)), headers }
}

/** As many in one request, and as many requests at a time, as the connector; idempotent, acknowledged by all. */
async function produce(servers: Servers, bytes: number) {
  const { common, topic, target, close } = await openTopic(servers)
  const producers = [0, 1].map(() => new Producer({ ...common, idempotent: true }))
  return comparedCalls({
    make: eventMaker(bytes),
    target,
    channel: target.produce('events', Event, { topic }),
    count: countOf(bytes, 5_000),
    async send(events) {
      const free = [...producers]
      await sideBySide(2, [...inBatches(events, batchOf(bytes))], async some => {
        const producer = free.pop() as Producer
        await producer.send({
          messages: some.map(event => messageOf(topic, event)),
          idempotent: true,
          acks: -1,
        })
        free.push(producer)
      })
    },
    async close() {
      for (const producer of producers) await producer.close()
      await close()
    },
  })
}

/** Each contender is a group of one member that joins, reads the whole topic, and leaves. */
async function consume(servers: Servers, bytes: number) {
  const { common, topic, admin, target, close } = await openTopic(servers)
  const count = countOf(bytes, 20_000)
  const make = eventMaker(bytes)
  const producer = new Producer({ ...common, idempotent: true })
  const messages = Array.from({ length: count }, () => messageOf(topic, make()))
  for (const some of inBatches(messages, batchOf(bytes)))
    await producer.send({ messages: [...some], idempotent: true })
  await producer.close()
  const channel = target.consume('events', Event, { topic, group: 'ours' })
  return comparedReading({
    target,
    channel: channel as unknown as SourceChannel<never>,
    count,
    async prepare() {
      for (const group of ['ours', 'theirs'])
        await admin.deleteGroups({ groups: [group] }).catch(() => undefined)
    },
    async read(onPage) {
      const consumer = new Consumer({ ...common, groupId: 'theirs' })
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: 1000 })
      let page: object[] = []
      let got = 0
      for await (const { value } of stream) {
        got++
        if (page.push(JSON.parse(String(value))) === 500 || got === count) onPage(page.splice(0))
        if (got === count) break
      }
      page = []
      await consumer.close(true)
    },
    close,
  })
}
