import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { largestMessage } from '../../scripts/servers/rabbitmq.ts'
import type { ConsumeOptions, RabbitOptions } from '../../src/connectors/rabbitmq/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { flow } from '../../src/flow/flow-builder.ts'
import type { Delivery } from '../../src/message/message.ts'
import { model } from '../../src/model/model.ts'
import { idempotent } from '../../src/system/effect.ts'
import type { Intake } from '../../src/system/roles.ts'
import { startBrokerProxy } from './broker-proxy.ts'
import { runEngine, testEnds } from './engine-run.ts'
import { Kept } from './files-harness.ts'
import {
  connectTo,
  outgoing,
  rabbitUrl,
  shopAt,
  sinkOf,
  sourceOf,
  testBroker,
  withoutRabbit,
} from './rabbitmq-harness.ts'

const Anything = model('Anything', { version: 1, schema: Type.Unknown() })
const never = new AbortController().signal

/** Runs the source until the intake has so many deliveries, and ends it in order. */
async function take(options: ConsumeOptions, count: number, kept = new Kept()): Promise<Kept> {
  const shop = shopAt({ url: rabbitUrl })
  const connection = await connectTo(shop)
  const stop = new AbortController()
  const running = sourceOf(connection, shop.consume('in', Anything, options)).run(kept, stop.signal)
  while (kept.deliveries.length < count) await Promise.race([running, delay(2)])
  stop.abort()
  await running
  await connection.close()
  return kept
}

/** The error with which the source ends. */
async function failureOf(
  options: ConsumeOptions,
  intake: Intake = new Kept(),
  more: Partial<RabbitOptions> = {},
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<IsthmusError> {
  const shop = shopAt({ url: rabbitUrl, ...more })
  const connection = await connectTo(shop)
  const running = sourceOf(connection, shop.consume('in', Anything, options)).run(intake, never)
  const failed = running.then(
    () => assert.fail('it ended'),
    error => error,
  )
  await meanwhile()
  const error = await failed
  await connection.close()
  assert.ok(error instanceof IsthmusError, String(error))
  return error
}

describe('rabbitmq', { skip: withoutRabbit }, () => {
  it('carries what stands beside a body, and every digit within', async () => {
    const broker = await testBroker()
    const queue = await broker.queue()
    const text = '{"n":9007199254740993,"a":0.1,"z":-0,"big":1e400}'
    const properties = { messageId: 'one', correlationId: 'c', contentType: 'application/json', priority: 3 }
    const headers = { tenant: '中文', tries: 2, list: ['a', 1] }
    broker.channel.publish('', queue, Buffer.from(text), { ...properties, headers, timestamp: 1_700_000_000 })
    await broker.put(queue, [
      { body: '{"n":1,"n":2}' },
      { body: Buffer.from([0xff, 0xfe]) },
      { body: '{"__proto__":1}' },
    ])
    const [first, ...others] = (await take({ queue }, 4)).deliveries as [Delivery, ...Delivery[]]
    assert.equal(String(Buffer.from(first.body ?? [])), text)
    assert.deepEqual(first.data, { n: '9007199254740993', a: 0.1, z: -0, big: '1e400' })
    const { id, time, subject } = first
    assert.deepEqual({ id, time, subject }, { id: 'one', time: 1_700_000_000_000, subject: queue })
    assert.deepEqual(first.headers, {
      ...{ tenant: '中文', tries: '2', list: '["a",1]' },
      ...{ 'content-type': 'application/json', 'correlation-id': 'c', priority: '3' },
      ...{ exchange: '', 'routing-key': queue },
    })
    for (const { defect, body } of others) assert.ok(defect && body, 'it is set aside with its bytes')
    await broker.close()
  })

  it('takes the identity from the data, if it is told to', async () => {
    const broker = await testBroker()
    const queue = await broker.queue()
    await broker.put(queue, [{ id: 'other', body: '{"no":"A"}' }, { body: '{}' }])
    const { deliveries } = await take({ queue, id: record => (record as { no: string }).no.toLowerCase() }, 2)
    assert.equal(deliveries[0]?.id, 'a')
    assert.match(deliveries[1]?.defect ?? '', /undefined/)
    await broker.close()
  })

  it('sets aside what is never acknowledged, before the queue drops it', async () => {
    const broker = await testBroker()
    const dead = await broker.queue()
    const lost = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead }
    const queue = await broker.queue('quorum', { 'x-delivery-limit': 3, ...lost })
    await broker.put(queue, [{ id: 'poison', body: '{"n":1}' }])
    const kept = new Kept()
    const poisoned: Intake = {
      position: async () => undefined,
      async accept(deliveries) {
        // It kills whoever reads it.
        if (deliveries.some(({ defect }) => defect === undefined)) throw new Error('dead')
        return kept.accept(deliveries)
      },
    }
    for (let n = 0; n < 2; n++)
      assert.equal((await failureOf({ queue, deliveryLimit: 3 }, poisoned)).code, 'SOURCE-FAILED')
    const { defects } = await take({ queue, deliveryLimit: 3 }, 1, kept)
    assert.match(defects[0]?.defect ?? '', /delivered 3 times/)
    assert.equal(String(Buffer.from(defects[0]?.body ?? [])), '{"n":1}')
    assert.deepEqual([await broker.count(queue), await broker.count(dead)], [0, 0])
    await broker.close()
  })

  it('says what is missing, and stops when its queue is deleted', async () => {
    const broker = await testBroker()
    const missing = await failureOf({ queue: 'nowhere' })
    assert.equal(missing.code, 'SOURCE-FAILED')
    assert.match(missing.message, /no queue 'nowhere'/)
    const queue = await broker.queue()
    const gone = await failureOf({ queue }, new Kept(), {}, async () => {
      while ((await broker.channel.checkQueue(queue)).consumerCount === 0) await delay(5)
      await broker.channel.deleteQueue(queue)
    })
    assert.equal(gone.code, 'SOURCE-FAILED')
    assert.match(gone.message, /cancelled/)
    await broker.close()
  })

  it('declares what is not there, and says in what it differs if it is', async () => {
    const broker = await testBroker()
    const [exchange, queue] = [`${broker.name}-topics`, `${broker.name}-own`]
    const declare = {
      exchanges: [{ name: exchange, type: 'topic' }],
      queues: [{ name: queue, arguments: { 'x-delivery-limit': 5 } }],
      bindings: [{ queue, exchange, routingKey: 'order.#' }],
    } as const
    const shop = shopAt({ url: rabbitUrl })
    const connection = await connectTo(shop)
    const routingKey = (record: unknown) => (record as { to: string }).to
    const publish = { exchange, routingKey, effect: idempotent, declare }
    const sink = sinkOf(connection, shop.publish('out', Anything, publish))
    const answers = await sink.write([outgoing(1, { to: 'order.new' }), outgoing(2, { to: 'stock' })], never)
    assert.deepEqual(answers[0], { ok: true })
    assert.equal(codeOf(answers[1]), 'TARGET-REFUSED')
    assert.equal((await take({ queue, declare }, 1)).deliveries[0]?.subject, 'order.new')
    const classic = { queues: [{ name: queue, type: 'classic' }] } as const
    const differs = await failureOf({ queue, declare: classic })
    assert.equal(differs.fate, 'pause')
    assert.match(differs.message, /x-queue-type|x-delivery-limit/)
    const [unknown] = await sinkOf(
      connection,
      shop.publish('lost', Anything, { exchange: 'nowhere', effect: idempotent }),
    ).write([outgoing(1, {})], never)
    assert.equal(codeOf(unknown), 'TARGET-CONTRACT')
    assert.match(messageOf(unknown), /no exchange 'nowhere'/)
    await connection.close()
    await broker.channel.deleteQueue(queue)
    await broker.channel.deleteExchange(exchange)
    await broker.close()
  })

  it('refuses what is too large for the server, and serves the others', async () => {
    const broker = await testBroker()
    const queue = await broker.queue()
    const shop = shopAt({ url: rabbitUrl })
    const connection = await connectTo(shop)
    const options = { routingKey: queue, effect: idempotent, messageLimit: 2 * largestMessage }
    const sink = sinkOf(connection, shop.publish('out', Anything, options))
    const large = outgoing(2, 'x'.repeat(largestMessage))
    const answers = await sink.write([outgoing(1, 1), large, outgoing(3, 3)], never)
    assert.equal(codeOf(answers[1]), 'TARGET-REFUSED')
    assert.match(messageOf(answers[1]), new RegExp(`${largestMessage}`))
    for (const n of [0, 2]) assert.ok(answers[n]?.ok || codeOf(answers[n]) === 'TARGET-UNANSWERED')
    assert.deepEqual(await sink.write([outgoing(1, 1), outgoing(3, 3)], never), [{ ok: true }, { ok: true }])
    // From now on it is known, and costs nobody his channel.
    const [again, other] = await sink.write([large, outgoing(4, 4)], never)
    assert.equal(codeOf(again), 'TARGET-REFUSED')
    assert.deepEqual(other, { ok: true })
    await connection.close()
    await broker.close()
  })

  it('takes a message once whose acknowledgement was lost', { timeout: 240_000 }, async () => {
    const broker = await testBroker()
    const queue = await broker.queue('quorum')
    const proxy = await startBrokerProxy(rabbitUrl)
    const ends = testEnds<{ n: number }>()
    const shop = shopAt({ url: proxy.url })
    const consumed = shop.consume('in', Anything, { queue })
    const run = await runEngine(
      [ends.system, shop],
      [
        flow('in')
          .from(consumed)
          .to(ends.arrived as never),
      ],
    )
    // Class 60, method 80.
    let lost = 0
    proxy.losing = chunk => lost < 2 && chunk.includes(Buffer.from([0, 60, 0, 80])) && lost++ < 2
    await broker.put(
      queue,
      Array.from({ length: 300 }, (_, n) => ({ id: `m${n}`, body: `{"n":${n}}` })),
    )
    while (ends.effects.size < 300 || lost < 2 || (await broker.count(queue)) > 0) await delay(10)
    await run.stop()
    assert.deepEqual(
      [...ends.effects.values()].map(({ n }) => n).sort((a, b) => a - b),
      Array.from({ length: 300 }, (_, n) => n),
    )
    assert.ok(run.events.some(({ type }) => type === 'duplicate'))
    await proxy.close()
    await broker.close()
  })

  it('notices a connection on which nothing comes any more', { timeout: 240_000 }, async () => {
    const broker = await testBroker()
    const queue = await broker.queue()
    const proxy = await startBrokerProxy(rabbitUrl)
    const silent = await failureOf({ queue }, new Kept(), { url: proxy.url, heartbeat: '1s' }, async () => {
      while ((await broker.channel.checkQueue(queue)).consumerCount === 0) await delay(5)
      proxy.set('silent')
    })
    assert.equal(silent.code, 'SOURCE-FAILED')
    await proxy.close()
    await broker.close()
  })

  it('tells credentials, vhosts and addresses that are wrong, and no password', async () => {
    const url = new URL(rabbitUrl)
    url.password = 'canary-password'
    const wrong = await failureOf({ queue: 'q' }, new Kept(), { url: url.href })
    const nowhere = await failureOf({ queue: 'q' }, new Kept(), { url: `${rabbitUrl}/nowhere` })
    assert.equal(wrong.code, 'TARGET-CREDENTIALS', wrong.message)
    assert.match(nowhere.message, /vhost/)
    for (const error of [wrong, nowhere]) {
      assert.ok(!`${error.message} ${error.stack} ${JSON.stringify(error.detail)}`.includes('canary'))
    }
    const shop = shopAt({ url: 'amqp://user:canary-password@broker/vhost' })
    assert.ok(!JSON.stringify(shop.connector.summary).includes('canary'))
    await assert.rejects(connectTo(shopAt({ url: rabbitUrl }), { allows: () => false }), {
      code: 'TARGET-ADDRESS',
    })
    for (const url of ['http://user:canary@x', 'amqp://user:canary%@x'])
      await assert.rejects(connectTo(shopAt({ url })), (error: IsthmusError) => {
        return error.code === 'CONFIG-INVALID' && !error.message.includes('canary')
      })
  })

  it('refuses what makes no sense when it is declared', () => {
    const shop = shopAt({ url: rabbitUrl })
    const wrong = [
      () => shop.consume('in', Anything, { queue: '' }),
      () => shop.consume('in', Anything, { queue: 'amq.gen' }),
      () => shop.consume('in', Anything, { queue: 'q', prefetch: 0 }),
      () => shop.consume('in', Anything, { queue: 'q', deliveryLimit: 1.5 }),
      () => shop.publish('out', Anything, { effect: idempotent }),
      () => shop.publish('out', Anything, { exchange: 'e', effect: idempotent, messageLimit: -1 }),
      () =>
        shop.consume('in', Anything, { queue: 'q', declare: { exchanges: [{ name: '', type: 'topic' }] } }),
    ]
    for (const declare of wrong) assert.throws(declare, { code: 'FLOW-DEFINITION' }, String(declare))
  })
})

type Answered = Awaited<ReturnType<ReturnType<typeof sinkOf>['write']>>[number] | undefined

function codeOf(answer: Answered): string {
  return answer && !answer.ok ? (answer.error as IsthmusError).code : 'ok'
}

function messageOf(answer: Answered): string {
  return answer && !answer.ok ? (answer.error as IsthmusError).message : ''
}
