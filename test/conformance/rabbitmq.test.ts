import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible } from '../../src/system/effect.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { describeSource, type SourceFixture } from '../../src/testing/describe-source.ts'
import { startBrokerProxy } from '../integration/broker-proxy.ts'
import {
  connectTo,
  rabbitUrl,
  shopAt,
  sinkOf,
  sourceOf,
  testBroker,
  watchAcknowledgements,
  withoutRabbit,
} from '../integration/rabbitmq-harness.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })
const refused = 'refuse me'

if (withoutRabbit) describe('rabbitmq', () => it('conforms', { skip: withoutRabbit }, () => {}))
else {
  for (const type of ['quorum', 'classic'] as const)
    describeSource(`rabbitmq (${type})`, () => sourceFixture(type), {
      ordered: false,
      identified: true,
      resumable: true,
      readAhead: 500,
      unreadable: 'defect',
    })
  for (const effect of [idempotent, irreversible])
    describeSink(`rabbitmq (${effect.kind})`, () => sinkFixture(effect), { effect: effect.kind })
}

async function sourceFixture(type: 'quorum' | 'classic'): Promise<SourceFixture> {
  const broker = await testBroker()
  const queue = await broker.queue(type)
  const taken = new Set<number>()
  const proxy = await startBrokerProxy(rabbitUrl, watchAcknowledgements(taken))
  const shop = shopAt({ url: proxy.url })
  const channel = shop.consume('rows', Row, { queue, prefetch: 500, deliveryLimit: 1_000 })
  const put = (records: readonly SuiteRecord[]) =>
    broker.put(
      queue,
      records.map(record => ({ id: `row-${record.n}`, body: JSON.stringify(record) })),
    )
  const all: SuiteRecord[] = []
  return {
    async put(records) {
      all.push(...records)
      await put(records)
    },
    recordOf: ({ body, data }) => (data ?? JSON.parse(String(Buffer.from(body ?? [])))) as SuiteRecord,
    disconnect: async () => proxy.cut(),
    repeat: () => put(all),
    putUnreadable: () => broker.put(queue, [{ id: 'unreadable', body: '{"n":' }]),
    acknowledged: async () => [...taken],
    async open() {
      const connection = await connectTo(shop)
      return {
        source: () => sourceOf(connection, channel),
        close: () => connection.close(),
        kill: async () => proxy.cut(),
      }
    },
    async destroy() {
      await proxy.close()
      await broker.close()
    },
  }
}

async function sinkFixture(effect: typeof idempotent | typeof irreversible): Promise<SinkFixture> {
  const broker = await testBroker()
  const queue = await broker.queue('quorum')
  const exchange = `${broker.name}-exchange`
  await broker.channel.assertExchange(exchange, 'direct')
  await broker.channel.bindQueue(queue, exchange, 'rows')
  const proxy = await startBrokerProxy(rabbitUrl)
  const shop = shopAt({ url: proxy.url })
  const channel = shop.publish('rows', Row, {
    exchange,
    // No queue is bound there.
    routingKey: ({ text }) => (text === refused ? 'nowhere' : 'rows'),
    effect,
  })
  const seen: { readonly id: unknown; readonly record: SuiteRecord }[] = []
  return {
    refused,
    down: async () => proxy.set('down'),
    up: async () => proxy.set('open'),
    stall: async () => proxy.set('silent'),
    resume: async () => proxy.set('open'),
    loseAnswer: async () => proxy.loseAnswer('effect-'),
    cutAnswer: async () => proxy.cutAnswer('effect-'),
    disconnect: async () => proxy.cut(),
    async open() {
      const connection = await connectTo(shop)
      return { sink: () => sinkOf(connection, channel), close: () => connection.close() }
    },
    async effects() {
      for (const { content, properties } of await broker.drain(queue))
        seen.push({ id: properties.messageId, record: JSON.parse(String(content)) })
      if (effect === irreversible) return seen.map(({ record }) => record)
      // As those do who recognize the message-id.
      return [...new Map(seen.map(({ id, record }) => [id, record])).values()]
    },
    async destroy() {
      await proxy.close()
      await broker.channel.deleteExchange(exchange)
      await broker.close()
    },
  }
}
