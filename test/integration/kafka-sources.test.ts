import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { type ConsumeOptions, text } from '../../src/connectors/kafka/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { type Model, model } from '../../src/model/model.ts'
import { Kept } from './capture-harness.ts'
import { until } from './kafka-engine.ts'
import {
  connectTo,
  kafkaBrokers,
  shopAt,
  sourceOf,
  type TestTopic,
  testTopic,
  withoutKafka,
} from './kafka-harness.ts'
import { startKafkaProxy } from './kafka-proxy.ts'

const Any: Model<unknown> = model('Any', { version: 1, schema: Type.Unknown() })
const Row: Model<unknown> = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer() }) })

/** Runs a source over a journal of its own while `work` does something. */
async function reading(
  topic: TestTopic,
  options: Partial<ConsumeOptions>,
  work: (kept: Kept, failed: () => unknown) => Promise<void>,
  more: { kept?: Kept; model?: Model<unknown>; brokers?: string } = {},
): Promise<void> {
  const { kept = new Kept(), model = Any, brokers = kafkaBrokers } = more
  const shop = shopAt({ brokers })
  const group = { group: `group-${topic.name}`, sessionTimeout: '6s' }
  const channel = shop.consume('rows', model, { topic: topic.name, ...group, ...options })
  const connection = await connectTo(shop)
  const stop = new AbortController()
  let failure: unknown
  const running = sourceOf(connection, channel)
    .run(kept, stop.signal)
    .catch(error => {
      failure = error
    })
  try {
    await work(kept, () => failure)
  } finally {
    stop.abort()
    await running
    await connection.close()
  }
}

const arrived = (kept: Kept, count: number, failed: () => unknown = () => undefined) =>
  until(
    () => {
      if (failed() !== undefined) throw failed()
      return kept.deliveries.length >= count
    },
    () => `${kept.deliveries.length} of ${count}`,
  )

const isDone = (work: () => Promise<unknown>) => () =>
  work().then(
    () => true,
    () => false,
  )

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

describe('kafka sources', { skip: withoutKafka, concurrency: 4 }, () => {
  const options = { timeout: 480_000 }

  it('carries bytes, time, key and headers over, whatever they are', options, () =>
    withTopic(async topic => {
      const value = '{"n":9007199254740993,"s":"\u{1f600}"}'
      const time = Date.now() - 60_000
      await topic.put([{ key: '键', value, headers: { trace: 'ü', ce_type: 'x' }, timestamp: BigInt(time) }])
      await reading(topic, {}, async (kept, failed) => {
        await arrived(kept, 1, failed)
        const [delivery] = kept.deliveries
        assert.equal(Buffer.from(delivery?.body ?? []).toString(), value)
        assert.equal(delivery?.time, time)
        assert.deepEqual({ ...delivery?.headers }, { trace: 'ü', ce_type: 'x', 'kafka.key': '键' })
        assert.match(delivery?.id ?? '', new RegExp(`^${topic.name}\\.[0-9a-f]{8}/0/0$`))
      })
    }),
  )

  it(
    'gives a record the id that its producer gave it, so that one that was sent twice is one message',
    options,
    () =>
      withTopic(async topic => {
        const event = { ce_id: '1', ce_source: '/erp' }
        for (let time = 0; time < 2; time++)
          await topic.put([
            { value: '{"n":1}', headers: event },
            { value: '{"n":2}', headers: { 'isthmus-effect-key': 'effect' } },
            { value: '{"n":3}', headers: { 'message-id': 'message' } },
            { value: '{"n":4}' },
          ])
        await reading(topic, {}, async (kept, failed) => {
          await arrived(kept, 5, failed)
          const ids = kept.deliveries.map(({ id }) => id)
          assert.deepEqual(ids.slice(0, 3), ['/erp 1', 'effect', 'message'])
        })
        const own = (record: { value: unknown }) => `n ${(record.value as { n: number }).n}`
        await reading(topic, { group: 'another', id: own }, async (kept, failed) => {
          await arrived(kept, 4, failed)
          assert.deepEqual([...new Set(kept.deliveries.map(({ id }) => id))], ['n 1', 'n 2', 'n 3', 'n 4'])
        })
      }),
  )

  it('delivers a record without value as null, as a defect, or as the author says', options, () =>
    withTopic(async topic => {
      await topic.put([
        { key: 'gone', value: null },
        { key: 'here', value: '{"n":1}' },
      ])
      await reading(topic, {}, async (kept, failed) => {
        await arrived(kept, 2, failed)
        assert.equal(kept.deliveries[0]?.data, null)
      })
      await reading(
        topic,
        { group: 'strict' },
        async (kept, failed) => {
          await arrived(kept, 2, failed)
          assert.match(kept.deliveries[0]?.defect ?? '', /has no value/)
        },
        { model: Row },
      )
      const record: ConsumeOptions['record'] = ({ key, value }) =>
        value === null ? { gone: key } : undefined
      await reading(topic, { group: 'own', record }, async (kept, failed) => {
        await arrived(kept, 1, failed)
        assert.deepEqual(
          kept.deliveries.map(({ data }) => data),
          [{ gone: 'gone' }],
        )
      })
    }),
  )

  it('reads text, and keeps bytes that are none as a defect', options, () =>
    withTopic(async topic => {
      await topic.put([{ value: 'plain 中文' }, { value: Buffer.from([0xff, 0xfe]), headers: { h: 'ok' } }])
      await reading(topic, { format: text(), record: ({ value }) => value }, async (kept, failed) => {
        await arrived(kept, 2, failed)
        assert.equal(kept.deliveries[0]?.data, 'plain 中文')
        assert.match(kept.deliveries[1]?.defect ?? '', /./)
        assert.deepEqual(Buffer.from(kept.deliveries[1]?.body ?? []), Buffer.from([0xff, 0xfe]))
      })
    }),
  )

  it('gives every group all records, and keeps the order of each partition', options, () =>
    withTopic(async topic => {
      const rows = Array.from({ length: 3000 }, (_, n) => ({
        key: `k${n % 50}`,
        value: `{"n":${n},"k":${n % 50}}`,
      }))
      await topic.put(rows)
      for (const group of ['one', 'two'])
        await reading(topic, { group: `${group}-${topic.name}` }, async (kept, failed) => {
          await arrived(kept, 3000, failed)
          const last = new Map<number, number>()
          for (const { body } of kept.deliveries) {
            const { n, k } = JSON.parse(Buffer.from(body ?? []).toString())
            assert.ok(n > (last.get(k) ?? -1), `key ${k}: ${n} came behind ${last.get(k)}`)
            last.set(k, n)
          }
        })
    }, 4),
  )

  it(
    'begins at the end once, and loses nothing from then on, also without the offsets of its group',
    options,
    () =>
      withTopic(async topic => {
        await topic.put([
          { value: '{"n":0}', partition: 0 },
          { value: '{"n":0}', partition: 1 },
        ])
        const kept = new Kept()
        const latest = { from: 'latest' } as const
        await reading(
          topic,
          latest,
          async (_, failed) => {
            await until(
              () => failed() !== undefined || kept.stored !== undefined,
              () => 'no place',
            )
          },
          { kept },
        )
        assert.equal(kept.deliveries.length, 0)
        // While nobody reads: and the brokers forget the group.
        await topic.put([
          { value: '{"n":1}', partition: 0 },
          { value: '{"n":2}', partition: 1 },
        ])
        await topic.admin.deleteGroups({ groups: [`group-${topic.name}`] })
        await reading(topic, latest, async (_, failed) => arrived(kept, 2, failed), { kept })
        assert.equal(kept.deliveries.length, 2)
      }, 2),
  )

  it('reads several topics in one group, as applications do that have one group for all', options, () =>
    withTopic(one =>
      withTopic(async other => {
        const shop = shopAt({ brokers: kafkaBrokers })
        const connection = await connectTo(shop)
        const stop = new AbortController()
        const topics = [one, other].map(topic => {
          const channel = shop.consume(topic.name, Any, { topic: topic.name, group: `group-${one.name}` })
          const kept = new Kept()
          return { topic, kept, running: sourceOf(connection, channel).run(kept, stop.signal) }
        })
        for (const { topic } of topics) await topic.put([{ value: '1' }, { value: '2' }])
        await Promise.all(topics.map(({ kept }) => arrived(kept, 2)))
        stop.abort()
        await Promise.all(topics.map(({ running }) => running))
        await connection.close()
      }),
    ),
  )

  it('reads partitions that come later from their begin', options, () =>
    withTopic(async topic => {
      await topic.put([{ value: '{"n":1}' }])
      await reading(topic, { from: 'latest' }, async (kept, failed) => {
        await until(
          () => failed() !== undefined || kept.stored !== undefined,
          () => 'no place',
        )
        await topic.admin.createPartitions({
          topics: [{ name: topic.name, count: 3, assignments: null }],
        })
        await until(
          async () => {
            await topic.put([{ value: '{"n":2}', partition: 2 }]).catch(() => undefined)
            return kept.deliveries.some(({ id }) => /\/2\/\d+$/.test(id ?? ''))
          },
          () => 'nothing of the new partition',
        )
        assert.ok(
          kept.deliveries.some(({ id }) => /\/2\/0$/.test(id ?? '')),
          'not from its begin',
        )
      })
    }),
  )

  it('stops with a gap where retention has deleted what was not read, while it runs too', options, () =>
    withTopic(async topic => {
      const kept = new Kept()
      kept.before = deliveries =>
        deliveries.length > 0 ? new Promise(resolve => setTimeout(resolve, 1500)) : undefined
      const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ value: `{"n":${n}}` }))
      await topic.put(rows(3))
      await reading(
        topic,
        {},
        async (_, failed) => {
          await arrived(kept, 3, failed)
          // Its next question is about what is gone by then.
          await topic.put(rows(4))
          const end = { partition: 0, offset: 7n }
          await topic.admin.deleteRecords({ topics: [{ name: topic.name, partitions: [end] }] })
          await topic.put(rows(1))
          await until(
            () => failed() !== undefined || kept.deliveries.length > 3,
            () => 'neither',
          )
          if (failed() === undefined) return
          const error = failed()
          assert.ok(error instanceof IsthmusError)
          assert.equal(error.code, 'SOURCE-GAP', error.message)
        },
        { kept },
      )
      // As after `isthmus resync`: a person knows, and wants what there is.
      kept.stored = undefined
      kept.before = () => {}
      await reading(topic, {}, async (again, failed) => arrived(again, kept.deliveries.length, failed), {
        kept,
      })
    }),
  )

  it('stops with a gap where its topic was deleted and made anew', options, () =>
    withTopic(async topic => {
      const kept = new Kept()
      await topic.put([{ value: '{"n":1}' }])
      await reading(topic, {}, async (_, failed) => arrived(kept, 1, failed), { kept })
      await topic.admin.deleteTopics({ topics: [topic.name] })
      await until(
        async () => {
          const made = topic.admin.createTopics({ topics: [topic.name], partitions: 1, replicas: 1 })
          return made.then(
            () => true,
            () => false,
          )
        },
        () => 'not made',
      )
      await reading(
        topic,
        {},
        async (_, failed) => {
          await until(
            () => failed() !== undefined,
            () => 'it went on',
          )
          assert.equal((failed() as IsthmusError).code, 'SOURCE-GAP')
        },
        { kept },
      )
    }),
  )

  it(
    'stops with a gap where its topic is made anew while it reads, and holds more than it had',
    options,
    () =>
      withTopic(async topic => {
        const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ value: `{"n":${n}}` }))
        await topic.put(rows(5))
        await reading(topic, {}, async (kept, failed) => {
          await arrived(kept, 5, failed)
          await topic.admin.deleteTopics({ topics: [topic.name] })
          const create = () => topic.admin.createTopics({ topics: [topic.name], partitions: 1, replicas: 1 })
          await until(isDone(create), () => 'not made')
          await until(
            isDone(() => topic.put(rows(20))),
            () => 'not written',
          )
          await until(
            () => failed() !== undefined,
            () => `it went on, and has ${kept.deliveries.length}`,
          )
          assert.equal((failed() as IsthmusError).code, 'SOURCE-GAP')
          assert.equal(kept.deliveries.length, 5)
        })
      }),
  )

  it('stops when it is told to, also while its brokers say nothing or are not there', options, () =>
    withTopic(async topic => {
      for (const mode of ['silent', 'down'] as const) {
        const proxy = await startKafkaProxy(kafkaBrokers)
        proxy.set(mode)
        const shop = shopAt({ brokers: proxy.brokers, connectTimeout: '5s', callTimeout: '200s' })
        const connection = await connectTo(shop)
        const stop = new AbortController()
        const channel = shop.consume('rows', Any, { topic: topic.name })
        const running = sourceOf(connection, channel).run(new Kept(), stop.signal)
        await delay(100)
        stop.abort()
        const late = delay(100_000, 'hangs', { ref: false })
        assert.equal(await Promise.race([running.then(() => 'ended'), late]), 'ended', mode)
        await connection.close()
        await proxy.close()
      }
    }),
  )

  it('says so when the topic is not there, and makes none', options, async () => {
    await withTopic(async topic => {
      await reading(topic, { topic: 'isthmus-absent' }, async (_, failed) => {
        await until(
          () => failed() !== undefined,
          () => 'no failure',
        )
        assert.match(String(failed()), /Unknown topic isthmus-absent/)
        assert.equal((failed() as IsthmusError).code, 'SOURCE-FAILED') // it may be made any moment
      })
      assert.ok(!(await topic.admin.listTopics()).includes('isthmus-absent'))
    })
  })

  it('says that the name of a broker is not known', options, () =>
    withTopic(topic =>
      reading(
        topic,
        {},
        async (_, failed) => {
          await until(
            () => failed() !== undefined,
            () => 'no failure',
          )
          assert.match(String(failed()), /ENOTFOUND|EAI_AGAIN/)
        },
        { brokers: 'kafka.invalid:9092' },
      ),
    ),
  )

  it('notices a connection that is silent, and goes on when it is not', options, () =>
    withTopic(async topic => {
      const proxy = await startKafkaProxy(kafkaBrokers)
      const kept = new Kept()
      try {
        await topic.put([{ value: '{"n":1}' }])
        await reading(
          topic,
          {},
          async (_, failed) => {
            await arrived(kept, 1, failed)
            proxy.set('silent')
            await topic.put([{ value: '{"n":2}' }])
            await until(
              () => failed() !== undefined,
              () => 'it believes that all is well',
            )
            assert.equal((failed() as IsthmusError).code, 'SOURCE-FAILED')
          },
          { kept, brokers: proxy.brokers },
        )
        proxy.cut()
        proxy.set('open')
        await reading(topic, {}, async (_, failed) => arrived(kept, 2, failed), {
          kept,
          brokers: proxy.brokers,
        })
        assert.equal(kept.deliveries.length, 2)
      } finally {
        await proxy.close()
      }
    }),
  )
})
