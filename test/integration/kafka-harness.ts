import { randomBytes } from 'node:crypto'
import { Admin, type MessageToProduce, Producer } from '@platformatic/kafka'
import { type KafkaOptions, kafka } from '../../src/connectors/kafka/index.ts'
import type { ConnectContext, Connection } from '../../src/system/connector.ts'
import type { Sink, Source } from '../../src/system/roles.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { patientCalls } from './patience.ts'

const given = process.env.ISTHMUS_TEST_KAFKA
if (given === undefined && process.env.ISTHMUS_REQUIRE_SERVERS === '1')
  throw new Error('ISTHMUS_TEST_KAFKA is not set: it must be kafka://host:port')

/** For `skip` of node:test. */
export const withoutKafka = given === undefined ? 'no Kafka: ISTHMUS_TEST_KAFKA is not set' : false

const place = new URL((given ?? 'kafka://absent.invalid:9092').replace('kafka:', 'http:'))

/** `host:port` of the test broker. */
export const kafkaBrokers = place.host

/** Of a broker that the tests started: its secured listeners, who may log in, and the folder of the certificates. */
export const secured = {
  sasl: `127.0.0.1:${place.searchParams.get('sasl')}`,
  tls: `127.0.0.1:${place.searchParams.get('tls')}`,
  both: `127.0.0.1:${place.searchParams.get('both')}`,
  user: place.searchParams.get('user') ?? '',
  password: place.searchParams.get('password') ?? '',
  certificates: place.searchParams.get('certificates') ?? '',
}

export const withoutSecured =
  withoutKafka || (place.searchParams.has('sasl') ? false : 'a broker whose secured listeners are not known')

/** A topic of its own, empty when made. */
export interface TestTopic {
  readonly name: string
  readonly admin: Admin
  /** Writes with the client alone; `key` and headers as given. */
  put(records: readonly PutRecord[]): Promise<void>
  /** What a group has committed, by partition. */
  offsets(group: string): Promise<readonly bigint[]>
  groupState(group: string): Promise<string | undefined>
  destroy(): Promise<void>
}

export interface PutRecord {
  readonly key?: string | undefined
  readonly value: string | Buffer | null
  readonly partition?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly timestamp?: bigint
}

export interface TopicOptions {
  readonly partitions?: number
  readonly replicas?: number
  readonly configs?: Readonly<Record<string, string>>
}

export async function testTopic(brokers = kafkaBrokers, options: TopicOptions = {}): Promise<TestTopic> {
  const { partitions = 1, replicas = 1, configs = {} } = options
  const name = `isthmus-${randomBytes(6).toString('hex')}`
  const common = { clientId: 'tests', bootstrapBrokers: brokers.split(','), retries: 30, retryDelay: 100 }
  const admin = new Admin(common)
  const producer = new Producer({ ...common, idempotent: true })
  const list = Object.entries(configs).map(([name, value]) => ({ name, value }))
  await admin.createTopics({ topics: [name], partitions, replicas, configs: list })
  // Every broker must have heard of it.
  await producer.metadata({ topics: [name] })
  return {
    name,
    admin,
    async put(records) {
      await producer.send({ messages: records.map(record => messageOf(name, record)), idempotent: true })
    },
    async offsets(group) {
      const listed = await admin.listConsumerGroupOffsets({ groups: [{ groupId: group }] })
      const topic = listed[0]?.topics.find(each => each.name === name)
      const found: bigint[] = []
      for (const { partitionIndex, committedOffset } of topic?.partitions ?? [])
        found[partitionIndex] = committedOffset
      return found
    },
    async groupState(group) {
      return (await admin.describeGroups({ groups: [group] })).get(group)?.state
    },
    async destroy() {
      await admin.deleteTopics({ topics: [name] }).catch(() => undefined)
      await admin.close()
      await producer.close(true)
    },
  }
}

function messageOf(topic: string, record: PutRecord): MessageToProduce {
  const { key, value, partition, headers = {}, timestamp } = record
  return {
    topic,
    ...(key !== undefined && { key: Buffer.from(key) }),
    ...(value !== null && { value: Buffer.from(value) }),
    ...(partition !== undefined && { partition }),
    ...(timestamp !== undefined && { timestamp }),
    headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
  }
}

export function shopAt(options: KafkaOptions) {
  return system('shop', {
    kind: 'other',
    allow: ['loopback'],
    connector: kafka({ ...patientCalls, ...options }),
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

export function sourceOf(connection: Connection, channel: unknown): Source {
  return connection.source?.(channel as never) as Source
}
