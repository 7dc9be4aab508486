import { Admin } from '@platformatic/kafka'
import amqp from 'amqplib'
import { connectAsync } from 'mqtt'
import type { BrokerName } from './brokers.ts'

/** The topic by which Kafka carries what the factory of this name has accepted. */
export function transportTopic(factory: string): string {
  return `${factory}.intake`
}

/** Takes away what a broker that others use too has kept for the factory of this name. */
export async function forget(
  broker: BrokerName,
  env: Readonly<Record<string, string>>,
  factory: string,
): Promise<void> {
  const events = ['order-placed', 'price-changed', 'sales-order-confirmed'].map(
    event => `${factory}.${event}`,
  )
  if (broker === 'kafka') await forgetKafka(env.KAFKA_BROKERS ?? '', [...events, transportTopic(factory)])
  else if (broker === 'rabbitmq') await forgetRabbit(env.RABBITMQ_URL ?? '', events)
  else await forgetSession(env, `${factory}-temperatures`)
}

/** The consumer groups are called as the topics. */
async function forgetKafka(brokers: string, topics: readonly string[]): Promise<void> {
  const admin = new Admin({ clientId: 'factory', bootstrapBrokers: brokers.split(',') })
  try {
    const ours = (names: Iterable<string>) => [...names].filter(name => topics.includes(name))
    const groups = ours((await admin.listGroups()).keys())
    if (groups.length > 0) await admin.deleteGroups({ groups })
    const there = ours(await admin.listTopics())
    if (there.length > 0) await admin.deleteTopics({ topics: there })
  } finally {
    await admin.close()
  }
}

async function forgetRabbit(url: string, exchanges: readonly string[]): Promise<void> {
  const connection = await amqp.connect(url)
  try {
    const channel = await connection.createChannel()
    for (const exchange of exchanges) {
      await channel.deleteQueue(`${exchange}.isthmus`)
      await channel.deleteExchange(exchange)
    }
  } finally {
    await connection.close()
  }
}

/** A session ends when somebody begins anew under its name. */
async function forgetSession(env: Readonly<Record<string, string>>, clientId: string): Promise<void> {
  const { MQTT_URL = '', MQTT_USER: username, MQTT_PASSWORD: password } = env
  const login = username ? { username, password } : {}
  const client = await connectAsync(MQTT_URL, { ...login, clientId, clean: true, protocolVersion: 5 })
  await client.endAsync()
}
