import { randomBytes } from 'node:crypto'
import { Admin, Consumer, Producer } from '@platformatic/kafka'
import { system } from 'isthmus'
import { kafka } from 'isthmus/kafka'
import { kafka as server } from '../../scripts/servers/kafka.ts'
import type { Servers } from '../connectors/comparison.ts'
import type { Broker, OpenBroker } from './broker.ts'
import { events } from './in-engine.ts'
import type { Numbered, Order } from './numbered.ts'

const partitions = 4

export const kafkaBroker: Broker = { name: 'kafka', server, open }

async function open(servers: Servers): Promise<OpenBroker> {
  const [brokers = ''] = (servers.ISTHMUS_TEST_KAFKA ?? '').replace('kafka://', '').split('?')
  const common = { clientId: 'bench', bootstrapBrokers: brokers.split(',') }
  const topic = `bench-${randomBytes(4).toString('hex')}`
  const admin = new Admin(common)
  await admin.createTopics({ topics: [topic], partitions, replicas: 1 })
  const broker = system('broker', { kind: 'other', allow: ['loopback'], connector: kafka({ brokers }) })
  const all = [0, 1].map(() => new Producer({ ...common, idempotent: true }))
  const free = [...all]
  const consumer = new Consumer({ ...common, groupId: `${topic}-theirs` })
  return {
    broker,
    carried: broker.carry(events, { topic, group: `${topic}-ours` }),
    batch: 1_000,
    async publish(some) {
      const producer = free.pop() as Producer
      await producer.send({
        messages: some.map(event => messageOf(topic, event)),
        idempotent: true,
        acks: -1,
      })
      free.push(producer)
    },
    async read(order: Order) {
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: 1_000 })
      stream.on('data', ({ value }) => order.take(JSON.parse(String(value))))
    },
    async close() {
      await consumer.close(true)
      await Promise.all(all.map(producer => producer.close()))
      await admin.deleteTopics({ topics: [topic] })
      await admin.close()
    },
  }
}

function messageOf(topic: string, event: Numbered) {
  const headers = new Map<Buffer, Buffer>()
  const told = {
    'isthmus-effect-key': event.no,
    ce_id: event.no,
    ce_source: 'urn:bench',
    ce_type: 'Numbered.v1',
    ce_specversion: '1.0',
    ce_partitionkey: event.key,
    'content-type': 'application/json',
  }
  for (const [name, text] of Object.entries(told)) headers.set(Buffer.from(name), Buffer.from(text))
  return { topic, key: Buffer.from(event.key), value: Buffer.from(JSON.stringify(event)), headers }
}
