import type { Channel } from 'amqplib'
import type { Topology } from './config.ts'

/** Declares what is not there yet. Rejects where something is there that differs: the server says in what. */
export async function declare(channel: Channel, topology: Topology): Promise<void> {
  const { exchanges = [], queues = [], bindings = [] } = topology
  for (const { name, type, arguments: given = {} } of exchanges)
    await channel.assertExchange(name, type, { durable: true, arguments: { ...given } })
  for (const { name, type = 'quorum', arguments: given = {} } of queues)
    await channel.assertQueue(name, { durable: true, arguments: { ...given, 'x-queue-type': type } })
  for (const { queue, exchange, routingKey = '', arguments: given = {} } of bindings)
    await channel.bindQueue(queue, exchange, routingKey, { ...given })
}
