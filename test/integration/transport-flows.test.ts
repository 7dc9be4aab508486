import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { IsthmusError } from '../../src/errors.ts'
import type { Delivery } from '../../src/message/message.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import { until } from './kafka-engine.ts'
import { kafkaBrokers, withoutKafka } from './kafka-harness.ts'
import { startKafkaProxy } from './kafka-proxy.ts'
import { numbersByKey, type Plant, type PlantOptions, partitions, startPlant } from './transport-engine.ts'
import { newTopic, type OpenOptions, openTransport } from './transport-harness.ts'

const options = { timeout: 480_000 }

const reading = (n: number, key = `key-${n % 7}`): Delivery => ({ id: `id-${n}`, data: { n, key } })
const from1To = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

async function plantOn(t: TestContext, over: OpenOptions & Partial<PlantOptions> = {}): Promise<Plant> {
  const transport = await openTransport(over)
  t.after(() => transport.close())
  await transport.check(partitions)
  const plant = await startPlant({ store: memoryStore(), transport, ...over })
  t.after(() => plant.stop())
  return plant
}

const state =
  ({ byKey, byNumber, fatal, events }: Plant) =>
  () =>
    `${byKey.length} + ${byNumber.length}, ${String(fatal)}, ${JSON.stringify(events.filter(({ type }) => type === 'source'))}`

describe('flows behind a transport', { skip: withoutKafka, ...options }, () => {
  it('keeps the order of each key in each flow, with one id for both', async t => {
    const plant = await plantOn(t)
    const intake = await plant.intake
    const ids: string[] = []
    for (let n = 1; n <= 600; n += 50) {
      const receipts = await intake.accept(from1To(50).map(each => reading(n + each - 1)))
      ids.push(...receipts.map(({ id }) => id))
    }
    await until(() => plant.byKey.length + plant.byNumber.length >= 1200, state(plant))
    for (const numbers of Object.values(numbersByKey(plant.byKey)))
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
    for (const items of [plant.byKey, plant.byNumber])
      assert.deepEqual(new Set(items.map(({ messageId }) => messageId)), new Set(ids))
    assert.equal(plant.seen('accepted').length, 1200)
    assert.deepEqual(plant.fatal, [])
  })

  it('accepts a repeat as if it were none, and runs it once in each flow', async t => {
    const plant = await plantOn(t)
    const intake = await plant.intake
    const receipts = (await Promise.all(from1To(5).map(() => intake.accept([reading(1), reading(2)])))).flat()
    assert.deepEqual(new Set(receipts.map(({ status }) => status)), new Set(['accepted']))
    assert.equal(new Set(receipts.map(({ id }) => id)).size, 10)
    await until(() => plant.seen('duplicate').length === 16, state(plant))
    await until(() => plant.byKey.length + plant.byNumber.length >= 4, state(plant))
    assert.deepEqual([plant.byKey.length, plant.byNumber.length], [2, 2])
  })

  it('runs every message that its source has not named', async t => {
    const plant = await plantOn(t, { flows: 1 })
    const intake = await plant.intake
    for (const n of [1, 1, 1]) await intake.accept([{ data: { n, key: 'same' } }])
    await until(() => plant.byKey.length >= 3, state(plant))
    assert.equal(plant.byKey.length, 3)
  })

  it('sets other data under a known identity aside in each flow, and takes the same data in other bytes for a repeat', async t => {
    const plant = await plantOn(t)
    const intake = await plant.intake
    const bytes = (text: string): Delivery => ({ id: 'one', body: Buffer.from(text) })
    await intake.accept([bytes('{"n":1,"key":"a"}')])
    await intake.accept([bytes('{"key":"a", "n":1}')])
    await intake.accept([bytes('{"n":1,"key":"a","text":"other"}')])
    await until(() => plant.seen('setback').length >= 2, state(plant))
    await until(() => plant.byKey.length + plant.byNumber.length >= 2, state(plant))
    for (const event of plant.seen('setback'))
      assert.equal(event.type === 'setback' && event.code, 'MESSAGE-CONFLICT')
    assert.deepEqual([plant.byKey.length, plant.byNumber.length], [1, 1])
    assert.equal(plant.seen('duplicate').length, 2)
    const rows = await plant.engine.store.read.unfinished({ flow: 'by-key', limit: 10 })
    assert.match(rows[0]?.error?.reason ?? '', /^Other data were accepted under its identity \(one\) before/)
  })

  it('knows what the store had accepted before there was a transport', async t => {
    const store = memoryStore()
    const before = await startPlant({ store })
    await (await before.intake).accept([reading(1), reading(2)])
    await until(() => before.byKey.length + before.byNumber.length >= 4, state(before))
    const plant = await plantOn(t, { store, claim: { token: 1, clean: true, partitions } })
    // Behind the other, since the store is closed by the first that stops.
    t.after(() => before.stop())
    const intake = await plant.intake
    await intake.accept([reading(1), { id: 'id-2', data: { n: 2, key: 'another' } }, reading(3)])
    await until(() => plant.byKey.length + plant.byNumber.length >= 2, state(plant))
    await until(() => plant.seen('setback').length >= 2, state(plant))
    assert.deepEqual(
      plant.byKey.map(({ data }) => data.n),
      [3],
    )
    assert.equal(plant.seen('duplicate').length, 2)
  })

  it('goes on accepting while the store is away', async t => {
    const store = memoryStore()
    let away = false
    const accept: Store['accept'] = async (...call) => {
      if (away) throw new IsthmusError('STORE-UNAVAILABLE', 'The store is away.')
      return await store.accept(...call)
    }
    const plant = await plantOn(t, { store: { ...store, accept } })
    const intake = await plant.intake
    await intake.accept([reading(1)])
    await until(() => plant.byKey.length === 1, state(plant))
    away = true
    for (const n of from1To(20)) await intake.accept([reading(n + 1)])
    assert.equal(plant.byKey.length, 1)
    away = false
    await until(() => plant.byKey.length + plant.byNumber.length >= 42, state(plant))
    assert.equal(plant.engine.closed(), undefined)
    assert.deepEqual(plant.fatal, [])
  })

  it('ends at once when another has taken its partition', async t => {
    const store = memoryStore()
    let fenced = false
    const accept: Store['accept'] = async (messages, position) => {
      if (fenced && position?.token !== undefined) throw new IsthmusError('STORE-FENCED', 'Another holds it.')
      return await store.accept(messages, position)
    }
    const plant = await plantOn(t, { store: { ...store, accept } })
    fenced = true
    await (await plant.intake).accept([reading(1)])
    await until(() => plant.fatal.length > 0, state(plant))
    const [error] = plant.fatal
    assert.equal(error instanceof IsthmusError && error.code, 'STORE-FENCED')
    assert.deepEqual([plant.byKey.length, plant.byNumber.length], [0, 0])
  })

  it('refuses for now what Kafka does not take, and takes it when it does', async t => {
    const proxy = await startKafkaProxy(kafkaBrokers)
    t.after(() => proxy.close())
    const plant = await plantOn(t, { brokers: proxy.brokers, timeout: '10s' })
    const intake = await plant.intake
    await intake.accept([reading(1)])
    proxy.set('down')
    await assert.rejects(intake.accept([reading(2)]), { code: 'ADMISSION-CLOSED', retryAfter: 1_000 })
    proxy.set('open')
    await until(async () => {
      const again = await intake.accept([reading(2)]).catch(() => undefined)
      return again !== undefined
    }, state(plant))
    await until(() => plant.byKey.length + plant.byNumber.length >= 4, state(plant))
    assert.deepEqual(plant.byKey.map(({ data }) => data.n).toSorted(), [1, 2])
  })

  it('writes once what was written and not answered', async t => {
    const proxy = await startKafkaProxy(kafkaBrokers)
    t.after(() => proxy.close())
    const plant = await plantOn(t, { brokers: proxy.brokers, flows: 1 })
    const intake = await plant.intake
    for (const n of from1To(6)) {
      if (n % 2 === 0) proxy.loseAnswer('produce')
      const accepted = () => intake.accept([{ id: `id-${n}`, data: { n, key: 'a' } }])
      await until(
        () =>
          accepted().then(
            () => true,
            () => false,
          ),
        state(plant),
      )
    }
    await until(() => plant.byKey.length >= 6, state(plant))
    assert.deepEqual(
      plant.byKey.map(({ data }) => data.n),
      from1To(6),
    )
  })

  it('passes over what others wrote into the topic, and waits where it cannot read', async t => {
    const topic = newTopic()
    const plant = await plantOn(t, { topic, flows: 1 })
    const { put } = await writerOf(t)
    await put(topic, 0, undefined)
    await put(topic, 1, '{"v":2}')
    await until(() => plant.seen('foreign').length > 0, state(plant))
    const failed = () =>
      plant.events.filter(e => e.type === 'source' && e.source === 'transport/1' && e.state === 'failed')
    await until(() => failed().length > 0, state(plant))
    const [event] = failed()
    assert.match((event?.type === 'source' && event.reason) || '', /another version of Isthmus/)
    const intake = await plant.intake
    await intake.accept(from1To(40).map(n => reading(n, `key-${n}`)))
    await until(() => plant.byKey.length > 20, state(plant))
  })
})

const writerOf = async (t: TestContext) => {
  const { Producer } = await import('@platformatic/kafka')
  const producer = new Producer({ clientId: 'tests', bootstrapBrokers: kafkaBrokers.split(',') })
  t.after(() => producer.close(true))
  return {
    put: (topic: string, partition: number, head: string | undefined) =>
      producer.send({
        messages: [
          {
            ...{ topic, partition, value: Buffer.from('foreign') },
            ...(head && { headers: new Map([[Buffer.from('isthmus'), Buffer.from(head)]]) }),
          },
        ],
      }),
  }
}
