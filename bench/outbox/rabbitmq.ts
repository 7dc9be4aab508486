import { randomBytes } from 'node:crypto'
import { connect } from 'amqplib'
import { system } from 'isthmus'
import { rabbitmq } from 'isthmus/rabbitmq'
import { rabbitmq as server } from '../../scripts/servers/rabbitmq.ts'
import type { Servers } from '../connectors/comparison.ts'
import type { Broker, OpenBroker } from './broker.ts'
import { events } from './in-engine.ts'
import type { Numbered, Order } from './numbered.ts'

export const rabbitBroker: Broker = { name: 'rabbitmq', server, open }

/** An exchange with one quorum queue, from which the flow reads, or the client alone. */
async function open(servers: Servers): Promise<OpenBroker> {
  const url = servers.ISTHMUS_TEST_RABBITMQ ?? ''
  const connection = await connect(url, { noDelay: true })
  const channel = await connection.createConfirmChannel()
  const exchange = `bench-${randomBytes(4).toString('hex')}`
  const queue = `${exchange}.isthmus`
  await channel.assertExchange(exchange, 'fanout', { durable: true })
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  await channel.bindQueue(queue, exchange, '')
  const broker = system('broker', { kind: 'other', allow: ['loopback'], connector: rabbitmq({ url }) })
  return {
    broker,
    carried: broker.carry(events, { exchange, queue }),
    batch: 250,
    publish: some =>
      Promise.all(
        some.map(event => {
          const { promise, resolve, reject } = Promise.withResolvers<void>()
          const confirmed = (error: unknown) => (error ? reject(error) : resolve())
          channel.publish(exchange, '', Buffer.from(JSON.stringify(event)), propertiesOf(event), confirmed)
          return promise
        }),
      ).then(() => undefined),
    async read(order: Order) {
      const reader = await connection.createChannel()
      await reader.prefetch(500)
      let got = 0
      await reader.consume(queue, message => {
        if (message === null) return
        order.take(JSON.parse(String(message.content)))
        if (++got % 250 === 0) reader.ack(message, true)
      })
    },
    async close() {
      await channel.deleteQueue(queue)
      await channel.deleteExchange(exchange)
      await connection.close()
    },
  }
}

function propertiesOf({ no, key }: Numbered) {
  const headers = {
    cloudEvents_id: no,
    cloudEvents_source: 'urn:bench',
    cloudEvents_type: 'Numbered.v1',
    cloudEvents_specversion: '1.0',
    cloudEvents_partitionkey: key,
  }
  return { persistent: true, mandatory: true, contentType: 'application/json', messageId: no, headers }
}
