import { randomBytes } from 'node:crypto'
import { type ChannelModel, type ConfirmChannel, connect, type GetMessage } from 'amqplib'
import { type RabbitOptions, rabbitmq } from '../../src/connectors/rabbitmq/index.ts'
import type { ConnectContext, Connection } from '../../src/system/connector.ts'
import type { Outgoing, Sink, Source } from '../../src/system/roles.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import type { Watcher } from './broker-proxy.ts'
import { patientCalls } from './patience.ts'

const given = process.env.ISTHMUS_TEST_RABBITMQ
if (given === undefined && process.env.ISTHMUS_REQUIRE_SERVERS === '1')
  throw new Error('ISTHMUS_TEST_RABBITMQ is not set: it must be an amqp:// URL whose user may configure')

/** For `skip` of node:test. */
export const withoutRabbit = given === undefined ? 'no RabbitMQ: ISTHMUS_TEST_RABBITMQ is not set' : false

/** An amqp:// URL of the test server. */
export const rabbitUrl = given ?? 'amqp://absent.invalid'

/** Queues and exchanges of its own, and a client beside ours to look into them. */
export interface TestBroker {
  /** Begins every name of this test. */
  readonly name: string
  readonly channel: ConfirmChannel
  queue(type?: 'quorum' | 'classic', more?: object): Promise<string>
  /** Publishes to the queue, each with a message-id, and waits until all are confirmed. */
  put(
    queue: string,
    messages: readonly { readonly id?: string; readonly body: string | Buffer }[],
  ): Promise<void>
  /** Takes out what is ready. */
  drain(queue: string): Promise<GetMessage[]>
  count(queue: string): Promise<number>
  close(): Promise<void>
}

export async function testBroker(url = rabbitUrl): Promise<TestBroker> {
  const name = `test-${randomBytes(6).toString('hex')}`
  const connection: ChannelModel = await connect(url)
  connection.on('error', () => {})
  const channel = await connection.createConfirmChannel()
  channel.on('error', () => {})
  const queues: string[] = []
  return {
    name,
    channel,
    async queue(type = 'classic', more = {}) {
      const queue = `${name}-${queues.length}`
      queues.push(queue)
      await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': type, ...more } })
      return queue
    },
    async put(queue, messages) {
      for (const { id, body } of messages)
        channel.publish('', queue, Buffer.from(body), {
          persistent: true,
          ...(id !== undefined && { messageId: id }),
        })
      await channel.waitForConfirms()
    },
    async drain(queue) {
      const found: GetMessage[] = []
      for (;;) {
        const message = await channel.get(queue, { noAck: true })
        if (message === false) return found
        found.push(message)
      }
    },
    count: async queue => (await channel.checkQueue(queue)).messageCount,
    async close() {
      for (const queue of queues) await channel.deleteQueue(queue).catch(() => {})
      await connection.close().catch(() => {})
    },
  }
}

export function shopAt(options: RabbitOptions) {
  return system('shop', {
    kind: 'other',
    allow: ['loopback'],
    connector: rabbitmq({ ...patientCalls, ...options }),
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

export function outgoing(n: number, data: unknown): Outgoing {
  return { data, effectKey: `effect-${n}`, key: `key-${n}`, messageId: `message-${n}`, attempt: 1 }
}

/** Reads off a connection which JSON records `{ "n": ... }` were delivered there, and which acknowledged. */
export function watchAcknowledgements(acknowledged: Set<number>): () => Watcher {
  return () => {
    const delivered = new Map<number, number>()
    let tag: number | undefined
    return {
      client: byFrame((type, payload) => {
        if (type !== 1 || payload.readUInt32BE(0) !== ackMethod) return
        const upTo = Number(payload.readBigUInt64BE(4))
        for (const [each, n] of delivered) {
          if (each !== upTo && !(payload[12] === 1 && each < upTo)) continue
          acknowledged.add(n)
          delivered.delete(each)
        }
      }),
      server: byFrame((type, payload) => {
        if (type === 1 && payload.readUInt32BE(0) === deliverMethod)
          tag = Number(payload.readBigUInt64BE(5 + (payload[4] ?? 0)))
        if (type !== 3 || tag === undefined) return
        const [, n] = /^\{"n":(\d+)/.exec(payload.toString('latin1', 0, 30)) ?? []
        if (n !== undefined) delivered.set(tag, Number(n))
        tag = undefined
      }),
    }
  }
}

/** Class 60 (basic), methods 80 and 60. Source: AMQP 0-9-1. */
const ackMethod = (60 << 16) + 80
const deliverMethod = (60 << 16) + 60

/** A frame is its type, channel, length, payload and an end. */
function byFrame(use: (type: number, payload: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    // The first eight bytes of a client are no frame.
    if (rest.subarray(0, 4).toString() === 'AMQP') rest = rest.subarray(8)
    while (rest.length >= 7 && rest.length >= rest.readUInt32BE(3) + 8) {
      const length = rest.readUInt32BE(3)
      use(rest[0] ?? 0, rest.subarray(7, 7 + length))
      rest = rest.subarray(length + 8)
    }
  }
}
