import { randomBytes } from 'node:crypto'
import { type ConfirmChannel, connect } from 'amqplib'
import { idempotent, type SourceChannel, system } from 'isthmus'
import { rabbitmq } from 'isthmus/rabbitmq'
import { comparedCalls } from '../connectors/calls.ts'
import { inBatches, type Servers, sideBySide } from '../connectors/comparison.ts'
import { comparedReading } from '../connectors/reading.ts'
import type { BrokerComparison } from './comparison.ts'
import { countOf, Event, eventMaker, sizes } from './events.ts'

export const rabbitComparisons: readonly BrokerComparison[] = sizes.flatMap(bytes => {
  const common = { broker: 'rabbitmq', client: 'amqplib', bytes, floor: 0.7 } as const
  return [
    {
      ...common,
      direction: 'out',
      durability: 'confirmed by a quorum queue of one node, which syncs',
      open: (servers: Servers) => publish(servers, bytes),
    },
    {
      ...common,
      direction: 'in',
      durability: 'acknowledges 250 at once, keeps nothing',
      open: (servers: Servers) => consume(servers, bytes),
    },
  ] as const
})

/** A quorum queue of its own. */
async function openQueue(servers: Servers) {
  const url = servers.ISTHMUS_TEST_RABBITMQ ?? ''
  const connection = await connect(url, { noDelay: true })
  const channel = await connection.createConfirmChannel()
  const queue = `bench-${randomBytes(4).toString('hex')}`
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  return {
    ...{ connection, channel, queue },
    target: system('broker', { kind: 'other', allow: ['loopback'], connector: rabbitmq({ url }) }),
    async close() {
      await channel.deleteQueue(queue)
      await connection.close()
    },
  }
}

/** Persistent, mandatory, with a message-id; resolves when all are confirmed. */
function put(channel: ConfirmChannel, queue: string, events: readonly Event[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let left = events.length
  const confirmed = (error: unknown) => {
    if (error) reject(error)
    else if (--left === 0) resolve()
  }
  const options = { persistent: true, mandatory: true, contentType: 'application/json' }
  for (const event of events)
    channel.publish(
      '',
      queue,
      Buffer.from(JSON.stringify(event)),
      { ...options, messageId: event.no },
      confirmed,
    )
  return promise
}

/** As many before their confirms, and as many calls at a time, as the connector. */
async function publish(servers: Servers, bytes: number) {
  const { channel, queue, target, close } = await openQueue(servers)
  return comparedCalls({
    make: eventMaker(bytes),
    target,
    channel: target.publish('events', Event, { routingKey: queue, effect: idempotent }),
    count: countOf(bytes, 8_000),
    send: events => sideBySide(2, [...inBatches(events, 250)], some => put(channel, queue, some)),
    close,
  })
}

/** Each contender finds a full queue and empties it, with the same prefetch, and acknowledges as many at once. */
async function consume(servers: Servers, bytes: number) {
  const { connection, channel, queue, target, close } = await openQueue(servers)
  const count = countOf(bytes, 8_000)
  const make = eventMaker(bytes)
  return comparedReading({
    target,
    channel: target.consume('events', Event, { queue }) as unknown as SourceChannel<never>,
    count,
    async prepare() {
      await channel.purgeQueue(queue)
      for (const some of inBatches(Array.from({ length: count }, make), 500)) await put(channel, queue, some)
    },
    async read(onPage) {
      const reader = await connection.createChannel()
      await reader.prefetch(500)
      const { promise, resolve } = Promise.withResolvers<void>()
      const page: object[] = []
      let got = 0
      await reader.consume(queue, message => {
        if (message === null) return
        got++
        if (page.push(JSON.parse(String(message.content))) < 250 && got < count) return
        onPage(page.splice(0))
        reader.ack(message, true)
        if (got === count) resolve()
      })
      await promise
      await reader.close()
    },
    close,
  })
}
