import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { kafka } from '../../src/connectors/kafka/index.ts'
import { rabbitmq } from '../../src/connectors/rabbitmq/index.ts'
import { flow } from '../../src/flow/flow-builder.ts'
import { model } from '../../src/model/model.ts'
import type { Span } from '../../src/observe/tracing/span.ts'
import { Tracer } from '../../src/observe/tracing/tracer.ts'
import { system } from '../../src/system/system.ts'
import { type CarriedTopic, topic } from '../../src/system/topic.ts'
import { runEngine, testEnds } from '../integration/engine-run.ts'
import { kafkaBrokers, testTopic, withoutKafka } from '../integration/kafka-harness.ts'
import { rabbitUrl, testBroker, withoutRabbit } from '../integration/rabbitmq-harness.ts'

interface Order {
  readonly no: string
}

const Order = model('Order', { version: 1, key: 'no', schema: Type.Object({ no: Type.String() }) })
const placed = topic<Order>('order-placed', Order)
const trace = '4bf92f3577b34da6a3ce929d0e0e4736'

/** One order with a context is published in one flow and read in another, through a broker; gives the spans, by name. */
async function followed(
  events: Parameters<typeof runEngine>[0][number],
  carried: CarriedTopic<Order>,
): Promise<ReadonlyMap<string, Span>> {
  const ends = testEnds<Order>()
  const flows = [flow('intake').from(ends.made).to(placed), flow('stock').from(placed).to(ends.arrived)]
  const spans = new Map<string, Span>()
  const tracer = new Tracer(
    (_, sampled) => sampled === true,
    span => spans.set(span.name, span),
  )
  const run = await runEngine([ends.system, events], flows, [carried], tracer)
  try {
    const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01`, tracestate: 'vendor=1' }
    await (await ends.intake).accept([{ id: '1', data: { no: '1' }, headers }])
    while (!spans.has('settle stock')) await delay(20)
    return spans
  } finally {
    await run.stop()
  }
}

function assertOneTrace(spans: ReadonlyMap<string, Span>, channel: string): void {
  const names: string[] = []
  for (let span = spans.get('settle stock'); span; ) {
    names.unshift(span.name)
    assert.equal(span.traceId, trace)
    assert.equal(span.traceState, 'vendor=1')
    const { parentId } = span
    span = [...spans.values()].find(({ spanId }) => spanId === parentId)
  }
  assert.deepEqual(
    names.filter(name => !name.startsWith('call ') && !name.startsWith('accept events')),
    ['accept ends.made', 'run intake', 'run stock', 'settle stock'],
  )
  assert.ok(names.includes(`call ${channel}`), names.join())
}

test('a trace goes on through Kafka', { skip: withoutKafka, timeout: 240_000 }, async t => {
  const target = await testTopic(kafkaBrokers, { partitions: 1 })
  t.after(() => target.destroy())
  const connector = kafka({ brokers: kafkaBrokers })
  const events = system('events', { kind: 'other', allow: ['loopback'], connector })
  const group = `test-${randomBytes(6).toString('hex')}`
  const spans = await followed(events, events.carry(placed, { topic: target.name, group }))
  assertOneTrace(spans, 'events.order-placed')
})

test('a trace goes on through RabbitMQ', { skip: withoutRabbit, timeout: 240_000 }, async t => {
  const broker = await testBroker()
  const exchange = `${broker.name}-placed`
  await broker.channel.assertExchange(exchange, 'fanout', { durable: true })
  const other = await broker.queue()
  await broker.channel.bindQueue(other, exchange, '')
  t.after(async () => {
    await broker.channel.deleteQueue(`${exchange}.isthmus`)
    await broker.channel.deleteExchange(exchange)
    await broker.close()
  })
  const events = system('events', {
    kind: 'other',
    allow: ['loopback'],
    connector: rabbitmq({ url: rabbitUrl }),
  })
  const spans = await followed(events, events.carry(placed, { exchange }))
  assertOneTrace(spans, 'events.order-placed')
  const [seen] = await broker.drain(other)
  const { headers = {} } = seen?.properties ?? {}
  const call = spans.get('call events.order-placed')
  assert.equal(headers.traceparent, `00-${trace}-${call?.spanId}-01`)
  assert.equal(headers.cloudEvents_traceparent, headers.traceparent)
})
