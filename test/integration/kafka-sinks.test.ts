import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import kafkajs from 'kafkajs'
import { Type } from 'typebox'
import { avro, bearer, type ProduceOptions, text } from '../../src/connectors/kafka/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { type Model, model } from '../../src/model/model.ts'
import type { Answer, Outgoing } from '../../src/system/roles.ts'
import { secret } from '../../src/system/setting.ts'
import { Kept } from './capture-harness.ts'
import { until } from './kafka-engine.ts'
import {
  connectTo,
  kafkaBrokers,
  shopAt,
  sinkOf,
  sourceOf,
  type TestTopic,
  testTopic,
  withoutKafka,
} from './kafka-harness.ts'
import { startKafkaProxy } from './kafka-proxy.ts'
import { readTopic } from './kafka-reader.ts'
import { startTestRegistry } from './kafka-registry.ts'

const Any: Model<unknown> = model('Any', { version: 1, schema: Type.Unknown() })
const never = new AbortController().signal

const item = (n: number, data: unknown = { n }, key = `key ${n}`): Outgoing => ({
  ...{ data, effectKey: `effect-${n}`, key, messageId: `message-${n}`, attempt: 1 },
})

async function writing(
  topic: TestTopic,
  options: Partial<ProduceOptions<unknown>>,
  items: readonly Outgoing[],
  more: { brokers?: string } = {},
): Promise<Answer[]> {
  const shop = shopAt({ brokers: kafkaBrokers, ...more })
  const connection = await connectTo(shop)
  try {
    return await sinkOf(connection, shop.produce('rows', Any, { topic: topic.name, ...options })).write(
      items,
      never,
    )
  } finally {
    await connection.close()
  }
}

async function withTopic(
  work: (topic: TestTopic) => Promise<void>,
  partitions = 1,
  configs = {},
): Promise<void> {
  const topic = await testTopic(kafkaBrokers, { partitions, configs })
  try {
    await work(topic)
  } finally {
    await topic.destroy()
  }
}

function codeOf(answer: Answer | undefined): string {
  assert.ok(answer && !answer.ok, 'it succeeded')
  assert.ok(answer.error instanceof IsthmusError, String(answer.error))
  return answer.error.code
}

const allOk = (answers: readonly Answer[]) => {
  for (const answer of answers) if (!answer.ok) throw answer.error
}

describe('kafka sinks', { skip: withoutKafka, concurrency: 4 }, () => {
  const options = { timeout: 480_000 }

  it('writes key, value, headers and effect key, to the partition that other clients choose', options, () =>
    withTopic(async topic => {
      const headers = (data: unknown) => ({ trace: `t${(data as { n: number }).n}`, 中: '文' })
      allOk(await writing(topic, { headers }, [item(1), item(2), item(3, { n: 3 }, '中文')]))
      const written = await readTopic(topic.name)
      assert.equal(written.length, 3)
      for (const { headers, key, value } of written) {
        const { n } = JSON.parse(String(value))
        assert.deepEqual({ ...headers }, { 'isthmus-effect-key': `effect-${n}`, trace: `t${n}`, 中: '文' })
        assert.equal(key, n === 3 ? '中文' : `key ${n}`)
      }
      // Another client, which takes its partitioner from that of Apache Kafka, puts them into the same partitions.
      const other = new kafkajs.Kafka({ brokers: [kafkaBrokers], logLevel: 0 })
      const producer = other.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
      await producer.connect()
      await producer.send({
        topic: topic.name,
        messages: written.map(({ key }) => ({ key: key ?? '', value: 'x' })),
      })
      await producer.disconnect()
      const places = new Map<string | undefined, Set<number>>()
      for (const { key, partition } of await readTopic(topic.name))
        places.set(key, (places.get(key) ?? new Set()).add(partition))
      assert.deepEqual(
        [...places.values()].map(({ size }) => size),
        [1, 1, 1],
      )
    }, 8),
  )

  it('writes text, null as a record without value, and to partitions that the author names', options, () =>
    withTopic(async topic => {
      const partition = () => 1
      allOk(await writing(topic, { format: text(), partition }, [item(1, '中'), item(2, null)]))
      const written = await readTopic(topic.name)
      assert.deepEqual(
        written.map(({ partition, value }) => [partition, value?.toString()]),
        [
          [1, '中'],
          [1, undefined],
        ],
      )
      const [far] = await writing(topic, { partition: () => 2 }, [item(3)])
      assert.equal(codeOf(far), 'TARGET-REFUSED')
    }, 2),
  )

  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const)
    it(`compresses by ${compression}`, options, () =>
      withTopic(async topic => {
        const items = Array.from({ length: 100 }, (_, n) => item(n, { n, text: 'same '.repeat(100) }))
        allOk(await writing(topic, { compression }, items))
        const written = await readTopic(topic.name)
        assert.equal(written.length, 100)
        assert.ok(written.every(({ value }) => JSON.parse(String(value)).text.length === 500))
      }),
    )

  it('pauses, saying so, where the topic is not there, and has it made only if it may', options, () =>
    withTopic(async topic => {
      const absent = `${topic.name}-absent`
      const [answer] = await writing(topic, { topic: absent }, [item(1)])
      assert.equal(codeOf(answer), 'TARGET-CONTRACT')
      assert.ok(answer && !answer.ok && answer.error instanceof IsthmusError)
      assert.equal(answer.error.fate, 'pause')
      assert.match(answer.error.message, /Unknown topic/)
      assert.ok(!(await topic.admin.listTopics()).includes(absent))
      allOk(await writing(topic, { topic: absent, create: true }, [item(1)]))
      await topic.admin.deleteTopics({ topics: [absent] })
    }),
  )

  it('refuses headers that would begin a line of their own, and text that UTF-8 cannot hold', options, () =>
    withTopic(async topic => {
      const headers = (data: unknown) => ({ h: String(data) })
      const [bad, good] = await writing(topic, { headers }, [item(1, 'a\r\nb: c'), item(2, 'fine')])
      assert.equal(codeOf(bad), 'MSG-ENCODE')
      assert.ok(good?.ok)
      const [broken] = await writing(topic, {}, [item(3, { n: 3 }, '\ud800')])
      assert.equal(codeOf(broken), 'MSG-ENCODE')
    }),
  )

  it('halves batches until the topic takes them', options, () =>
    withTopic(
      async topic => {
        const items = Array.from({ length: 40 }, (_, n) =>
          item(n, { n, text: 'x'.repeat(n === 7 ? 5000 : 300) }),
        )
        const answers = await writing(topic, {}, items)
        assert.equal(codeOf(answers[7]), 'TARGET-REFUSED')
        allOk(answers.filter((_, n) => n !== 7))
        assert.equal(new Set((await readTopic(topic.name)).map(({ key }) => key)).size, 39)
      },
      1,
      { 'max.message.bytes': '3000' },
    ),
  )

  it(
    'shows readers all of a transaction or nothing, and lets only the later of two processes go on',
    options,
    () =>
      withTopic(async topic => {
        const transactionalId = `transactions of ${topic.name}`.replaceAll(' ', '-')
        const shop = shopAt({ brokers: kafkaBrokers })
        const channel = shop.produce('rows', Any, { topic: topic.name, transactionalId })
        const [earlier, later] = [await connectTo(shop), await connectTo(shop)]
        const sink = sinkOf(earlier, channel)
        allOk(await sink.write([item(1), item(2)], never))
        allOk(await sinkOf(later, channel).write([item(3)], never))
        for (let time = 0; time < 2; time++) {
          const [fenced] = await sink.write([item(4)], never)
          assert.equal(codeOf(fenced), 'TARGET-CONTRACT')
          assert.ok(fenced && !fenced.ok && /transactionalId/.test(String(fenced.error)), String(fenced))
        }
        allOk(await sinkOf(later, channel).write([item(5)], never))
        await earlier.close()
        await later.close()
        const keys = (await readTopic(topic.name)).map(({ key }) => key)
        assert.deepEqual(keys.sort(), ['key 1', 'key 2', 'key 3', 'key 5'])
      }, 2),
  )

  it(
    'discards a producer whose transaction was not answered in time, and never goes on with it',
    options,
    () =>
      withTopic(async topic => {
        const proxy = await startKafkaProxy(kafkaBrokers)
        const shop = shopAt({ brokers: proxy.brokers, callTimeout: '10s' })
        const channel = shop.produce('rows', Any, {
          topic: topic.name,
          transactionalId: `held-${topic.name}`,
        })
        const connection = await connectTo(shop)
        try {
          const sink = sinkOf(connection, channel)
          allOk(await sink.write([item(1)], never))
          proxy.holdBack('endTransaction')
          const [held] = await sink.write([item(2)], never)
          assert.equal(codeOf(held), 'TARGET-UNANSWERED')
          // What was held back arrives when another transaction of ours is under way, if it arrives at all.
          const again = sink.write([item(2), item(3)], never)
          proxy.release()
          const answers = await again
          const left = [item(2), item(3)].filter((_, n) => !answers[n]?.ok)
          if (left.length > 0) allOk(await sink.write(left, never))
          const written = await readTopic(topic.name)
          const keys = new Set(written.map(({ headers }) => headers['isthmus-effect-key']))
          assert.deepEqual([...keys].sort(), ['effect-1', 'effect-2', 'effect-3'])
        } finally {
          await connection.close()
          await proxy.close()
        }
      }),
  )

  it('has a repeat that nobody answered in the topic once, while the producer lives', options, () =>
    withTopic(async topic => {
      const proxy = await startKafkaProxy(kafkaBrokers)
      try {
        proxy.loseAnswer('produce')
        allOk(await writing(topic, {}, [item(1), item(2)], { brokers: proxy.brokers }))
        assert.equal((await readTopic(topic.name)).length, 2)
        assert.ok(proxy.count('produce') >= 2)
      } finally {
        await proxy.close()
      }
    }),
  )

  it('writes and reads Avro by a registry, which it asks once, with its credentials', options, () =>
    withTopic(async topic => {
      const registry = await startTestRegistry('Bearer let-me-in')
      const decimal = { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 }
      const fields = [
        { name: 'id', type: 'long' },
        { name: 'amount', type: decimal },
      ]
      const schema = { type: 'record', name: 'Order', fields }
      const place = { url: registry.url, auth: bearer(secret('REGISTRY')) }
      const context = { resolve: (setting: unknown) => (typeof setting === 'string' ? setting : 'let-me-in') }
      const shop = shopAt({ brokers: kafkaBrokers })
      const connection = await connectTo(shop, context)
      const format = avro({ registry: place, schema: JSON.stringify(schema) })
      const newer = avro({
        registry: place,
        schema: JSON.stringify({
          ...schema,
          fields: [...fields, { name: 'unit', type: 'string', default: 'KG' }],
        }),
      })
      try {
        const sink = sinkOf(connection, shop.produce('out', Any, { topic: topic.name, format }))
        const orders = [
          { id: '9223372036854775807', amount: '12.50' },
          { id: 2, amount: '-0.01' },
        ]
        const [unknown] = await sink.write([item(1, orders[0])], never)
        assert.equal(codeOf(unknown), 'TARGET-CONTRACT')
        registry.register(`${topic.name}-value`, schema)
        allOk(
          await sink.write(
            orders.map((order, n) => item(n, order)),
            never,
          ),
        )
        const [wrong] = await sink.write([item(5, { id: 1.5, amount: 'x' })], never)
        assert.equal(codeOf(wrong), 'MSG-ENCODE')
        assert.match(wrong?.ok === false ? String(wrong.error) : '', / id: The schema wants a whole number/)
        await topic.put([{ value: Buffer.from([0, 0, 0, 0, 99, 1]) }, { value: 'no avro' }])
        for (const [name, reader, more] of [
          ['as-written', avro({ registry: place }), {}],
          ['newer', newer, { unit: 'KG' }],
        ] as const) {
          const kept = new Kept()
          const stop = new AbortController()
          const channel = shop.consume(name, Any, {
            topic: topic.name,
            group: `${name}-${topic.name}`,
            format: reader,
          })
          const running = sourceOf(connection, channel).run(kept, stop.signal)
          await until(
            () => kept.deliveries.length === 4,
            () => `${kept.deliveries.length} of 4`,
          )
          stop.abort()
          await running
          assert.equal(kept.deliveries[0]?.defect, undefined)
          assert.deepEqual(
            kept.deliveries.slice(0, 2).map(({ data }) => data),
            orders.map(order => ({ ...order, ...more })),
          )
          assert.match(kept.deliveries[2]?.defect ?? '', /does not know schema 99/)
          assert.match(kept.deliveries[3]?.defect ?? '', /does not begin with/)
        }
        const asked = registry.requests.filter(line => line.startsWith('GET /schemas/ids/1'))
        assert.equal(asked.length, 2, 'each channel asks once')
      } finally {
        await connection.close()
        await registry.close()
      }
    }),
  )
})
