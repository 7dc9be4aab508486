import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { kafka } from '../../src/connectors/kafka/index.ts'
import { rabbitmq } from '../../src/connectors/rabbitmq/index.ts'
import { flow } from '../../src/flow/flow-builder.ts'
import { model } from '../../src/model/model.ts'
import { system } from '../../src/system/system.ts'
import { type CarriedTopic, topic } from '../../src/system/topic.ts'
import { runEngine, testEnds } from './engine-run.ts'
import { kafkaBrokers, testTopic, withoutKafka } from './kafka-harness.ts'
import { rabbitUrl, testBroker, withoutRabbit } from './rabbitmq-harness.ts'

interface Order {
  readonly no: string
}

const Order = model('Order', { version: 1, key: 'no', schema: Type.Object({ no: Type.String() }) })
const placed = topic<Order>('order-placed', Order)
const count = 300

/** Publishes orders in one flow and reads them in two others; gives what arrived, by flow. */
async function publishAndRead(
  systems: Parameters<typeof runEngine>[0],
  carried: CarriedTopic<Order>,
  foreign: () => Promise<void>,
) {
  const [shop, stock, finance] = [testEnds<Order>(), testEnds<Order>(), testEnds<Order>()]
  const named = (ends: typeof shop, name: string) => {
    const { system: own, made, arrived } = ends
    const rename = <C extends object>(channel: C) => ({ ...channel, system: name })
    return { system: { ...own, name }, made: rename(made), arrived: rename(arrived) }
  }
  const [from, first, second] = [named(shop, 'shop'), named(stock, 'stock'), named(finance, 'finance')]
  const flows = [
    flow('intake').from(from.made).to(placed),
    flow('stock').from(placed).to(first.arrived),
    flow('finance').from(placed).to(second.arrived),
  ]
  const run = await runEngine([from.system, first.system, second.system, ...systems], flows, [carried])
  try {
    const orders = Array.from({ length: count }, (_, n) => ({ id: `o${n}`, data: { no: `o${n}` } }))
    await (await shop.intake).accept(orders)
    // From here on our queue is there for others, too.
    while (stock.effects.size === 0) await delay(5)
    await foreign()
    while (stock.effects.size < count + 1 || finance.effects.size < count + 1) await delay(20)
    // Whatever came twice would have come by now, or comes with the next.
    await delay(200)
    return [stock, finance].map(({ effects }) => [...effects.values()].map(({ no }) => no).sort())
  } finally {
    await run.stop()
  }
}

const expected = [...Array.from({ length: count }, (_, n) => `o${n}`), 'foreign'].sort()

test('a topic that Kafka carries reaches both flows, and so does the event of another program', {
  skip: withoutKafka,
  timeout: 240_000,
}, async t => {
  const target = await testTopic(kafkaBrokers, { partitions: 3 })
  t.after(() => target.destroy())
  const events = system('events', {
    kind: 'other',
    allow: ['loopback'],
    connector: kafka({ brokers: kafkaBrokers }),
  })
  const group = `test-${randomBytes(6).toString('hex')}`
  const carried = events.carry(placed, { topic: target.name, group })
  const event = { specversion: '1.0', id: '1', source: '/other', type: 'Order.v1', data: { no: 'foreign' } }
  const foreign = async () => {
    const headers = { 'content-type': 'application/cloudevents+json' }
    // Twice, as a producer may: it is one event.
    for (let n = 0; n < 2; n++) await target.put([{ value: JSON.stringify(event), headers }])
  }
  assert.deepEqual(await publishAndRead([events], carried, foreign), [expected, expected])
})

test('a topic that RabbitMQ carries reaches both flows, and is an event that others can read', {
  skip: withoutRabbit,
  timeout: 240_000,
}, async t => {
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
  const carried = events.carry(placed, { exchange })
  const foreign = async () => {
    const headers = {
      'cloudEvents:id': '1',
      'cloudEvents:source': '/other',
      'cloudEvents:type': 'Order.v1',
      'cloudEvents:specversion': '1.0',
    }
    const body = Buffer.from('{"no":"foreign"}')
    for (let n = 0; n < 2; n++) broker.channel.publish(exchange, '', body, { persistent: true, headers })
    await broker.channel.waitForConfirms()
  }
  assert.deepEqual(await publishAndRead([events], carried, foreign), [expected, expected])
  const seen = await broker.drain(other)
  const ours = seen.find(({ content }) => content.toString() === '{"no":"o7"}')
  const { headers = {}, contentType, messageId } = ours?.properties ?? {}
  assert.equal(contentType, 'application/json')
  assert.equal(headers.cloudEvents_id, messageId)
  assert.equal(headers.cloudEvents_type, 'Order.v1')
  assert.equal(headers.cloudEvents_source, 'urn:isthmus:topic:order-placed')
})

test('a topic that RabbitMQ carries and no flow reads makes no queue, which would fill the server', {
  skip: withoutRabbit,
  timeout: 240_000,
}, async t => {
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
  const ends = testEnds<Order>()
  const connector = rabbitmq({ url: rabbitUrl })
  const events = system('events', { kind: 'other', allow: ['loopback'], connector })
  const publishing = [flow('intake').from(ends.made).to(placed)]
  const run = await runEngine([ends.system, events], publishing, [events.carry(placed, { exchange })])
  await (await ends.intake).accept([{ id: 'o1', data: { no: 'o1' } }])
  while ((await broker.count(other)) < 1) await delay(20)
  await run.stop()
  assert.equal((await broker.channel.deleteQueue(`${exchange}.isthmus`)).messageCount, 0)
})
