import type { Model } from '../../src/model/model.ts'
import { shopAt as kafkaAt, kafkaBrokers, testTopic, withoutKafka } from './kafka-harness.ts'
import { shopAt as rabbitAt, rabbitUrl, testBroker, withoutRabbit } from './rabbitmq-harness.ts'

export type BrokerName = 'kafka' | 'rabbitmq'

/** A topic of one partition, or a queue, of its own. */
export interface Queued {
  /** Its name at the broker. */
  readonly at: string
  /** Each under an identity of its own. */
  put(bodies: readonly (string | Buffer)[]): Promise<void>
  /** How many messages would be delivered again, while nobody reads. */
  left(): Promise<number>
  close(): Promise<void>
}

/** What the same tests run over. */
export const brokers: readonly {
  readonly name: BrokerName
  readonly skip: string | false
  open(): Promise<Queued>
}[] = [
  { name: 'kafka', skip: withoutKafka, open: openTopic },
  { name: 'rabbitmq', skip: withoutRabbit, open: openQueue },
]

/** The system `shop` with a source of what is there. */
export function consumedAt<T>(name: BrokerName, at: string, model: Model<T>) {
  if (name === 'kafka') {
    const shop = kafkaAt({ brokers: kafkaBrokers, callTimeout: '10s' })
    // The shortest that brokers allow: a member that died is missed soon.
    const group = { topic: at, group: `group-${at}`, sessionTimeout: '6s' }
    return { shop, consumed: shop.consume('readings', model, group) }
  }
  const shop = rabbitAt({ url: rabbitUrl })
  return { shop, consumed: shop.consume('readings', model, { queue: at }) }
}

async function openTopic(): Promise<Queued> {
  const topic = await testTopic(kafkaBrokers, { configs: { 'max.message.bytes': '33554432' } })
  let written = 0
  return {
    at: topic.name,
    async put(bodies) {
      for (const body of bodies) await topic.put([{ value: body }])
      written += bodies.length
    },
    left: async () => written - Number((await topic.offsets(`group-${topic.name}`))[0] ?? 0n),
    close: () => topic.destroy(),
  }
}

async function openQueue(): Promise<Queued> {
  const broker = await testBroker()
  const queue = await broker.queue('quorum')
  let written = 0
  return {
    at: queue,
    async put(bodies) {
      await broker.put(
        queue,
        bodies.map((body, n) => ({ id: `${written + n}`, body })),
      )
      written += bodies.length
    },
    left: () => broker.count(queue),
    close: () => broker.close(),
  }
}
