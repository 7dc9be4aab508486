import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { until } from './kafka-engine.ts'
import { kafkaBrokers, withoutKafka } from './kafka-harness.ts'
import { Following, newTopic, type OpenOptions, openTransport, recordOf } from './transport-harness.ts'

const options = { timeout: 480_000 }

async function opened(t: TestContext, over: OpenOptions = {}) {
  const transport = await openTransport(over)
  t.after(() => transport.close())
  return transport
}

describe('kafka as transport', { skip: withoutKafka, ...options }, () => {
  let admin: Admin
  before(() => {
    admin = new Admin({ clientId: 'tests', bootstrapBrokers: kafkaBrokers.split(','), retries: 10 })
  })
  after(() => admin.close())

  const made = async (topic: string, configs: Readonly<Record<string, string>>, partitions = 2) => {
    const list = Object.entries(configs).map(([name, value]) => ({ name, value }))
    await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs: list })
  }

  it('hands over what was produced, in order, and goes on from a place', async t => {
    const transport = await opened(t)
    await transport.check(4)
    const heads = Array.from({ length: 2500 }, (_, n) => `head ${n}`)
    await Promise.all([
      transport.produce(heads.map(head => recordOf(2, head))),
      transport.produce([recordOf(0, 'other'), recordOf(3, '', '')]),
    ])
    const following = new Following(transport, 2)
    await until(
      () => following.heads.length >= heads.length,
      () => String(following.heads.length),
    )
    assert.deepEqual(following.heads, heads)
    await following.stop()
    await transport.produce([recordOf(2, 'later')])
    const again = new Following(transport, 2, following.next)
    const other = new Following(transport, 0)
    await until(
      () => again.heads.length > 0 && other.heads.length > 0,
      () => String(again.heads),
    )
    assert.deepEqual([again.heads, other.heads], [['later'], ['other']])
  })

  it('takes bytes and text as they are', async t => {
    const transport = await opened(t)
    await transport.check(1)
    const head = '{"text":"\\u0000 \\ud800 中"}'
    const bodies = [Buffer.alloc(0), Buffer.from([0, 255, 0xd8]), Buffer.alloc(3_000_000, 7)]
    await transport.produce(bodies.map(body => ({ partition: 0, head, body })))
    const found: Buffer[] = []
    const end = new AbortController()
    await transport.follow(
      0,
      undefined,
      async ({ records }) => {
        for (const record of records) {
          assert.equal(record.head, head)
          found.push(Buffer.from(record.body))
        }
        if (found.length === bodies.length) end.abort()
      },
      end.signal,
    )
    assert.deepEqual(found, bodies)
  })

  it('refuses what is larger than the topic takes, and takes the rest', async t => {
    const topic = newTopic()
    await made(topic, { 'max.message.bytes': '20000' })
    const transport = await opened(t, { topic })
    await transport.check(2)
    const small = Array.from({ length: 50 }, (_, n) => recordOf(n % 2, `small ${n}`, 'x'.repeat(3000)))
    const tooLarge = transport.produce([recordOf(1, 'large', 'x'.repeat(30_000))])
    const rest = small.map(record => transport.produce([record]))
    await assert.rejects(tooLarge, { code: 'MSG-LIMIT' })
    await Promise.all(rest)
    const following = new Following(transport, 1)
    await until(
      () => following.heads.length >= 25,
      () => String(following.heads.length),
    )
    assert.equal(following.heads.includes('large'), false)
  })

  it('stops where records were deleted before they were taken over, and goes on when told so', async t => {
    const transport = await opened(t)
    await transport.check(2)
    const topic = transport.topic
    await transport.produce(['1', '2', '3', '4'].map(head => recordOf(0, head)))
    const following = new Following(transport, 0)
    await until(
      () => following.heads.length === 4,
      () => String(following.heads),
    )
    await following.stop()
    await transport.produce(['5', '6', '7'].map(head => recordOf(0, head)))
    await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 6n }] }] })
    const gap = /A gap is possible: \S+\/0 should go on at 4, but begins at 6/
    await assert.rejects(new Following(transport, 0, following.next).ended, {
      code: 'SOURCE-GAP',
      message: gap,
    })
    await assert.rejects(new Following(transport, 0).ended, { code: 'SOURCE-GAP' })
    const told = new Following(transport, 0, null)
    await until(
      () => told.heads.length > 0,
      () => String(told.heads),
    )
    assert.deepEqual(told.heads, ['7'])
  })

  it('stops where the topic was made anew, or holds less than was read', async t => {
    const transport = await opened(t)
    await transport.check(1)
    await transport.produce([recordOf(0, '1')])
    const following = new Following(transport, 0)
    await until(
      () => following.heads.length > 0,
      () => String(following.heads),
    )
    await following.stop()
    const place = following.next as { topic: string; next: string }
    const ahead = new Following(transport, 0, { ...place, next: '9' })
    await assert.rejects(ahead.ended, { code: 'SOURCE-GAP', message: /its log has been cut off/ })
    const other = new Following(transport, 0, { ...place, topic: '11111111-2222-3333-4444-555555555555' })
    await assert.rejects(other.ended, { code: 'SOURCE-GAP', message: /made anew/ })
    const later = new Following(transport, 0, { ...place, epoch: 99 })
    await assert.rejects(later.ended, { code: 'SOURCE-GAP', message: /its log has been cut off/ })
  })

  it('stops where the topic is made anew while it is followed', async t => {
    const transport = await opened(t, { timeout: '20s' })
    await transport.check(1)
    await transport.produce([recordOf(0, 'old 1'), recordOf(0, 'old 2')])
    const following = new Following(transport, 0)
    await until(
      () => following.heads.length === 2,
      () => String(following.heads),
    )
    await admin.deleteTopics({ topics: [transport.topic] })
    await until(
      () =>
        made(transport.topic, {}, 1).then(
          () => true,
          () => false,
        ),
      () => 'the topic is not made',
    )
    const again = await opened(t, { topic: transport.topic })
    await again.check(1)
    await again.produce([1, 2, 3, 4].map(n => recordOf(0, `new ${n}`)))
    await assert.rejects(following.ended, { code: 'SOURCE-GAP' })
    assert.deepEqual(following.heads, ['old 1', 'old 2'])
  })

  it('says what is wrong with a topic before anything is carried, and changes none', async t => {
    const [few, compact, loose] = [newTopic(), newTopic(), newTopic()]
    await made(few, {}, 3)
    await made(compact, { 'cleanup.policy': 'compact' })
    await made(loose, { 'retention.ms': '60000', 'retention.bytes': '1000000' })
    const checked = async (over: OpenOptions) => await (await opened(t, over)).check(2)
    await assert.rejects(checked({ topic: few }), { code: 'CONFIG-INVALID', message: /has 3 partitions/ })
    await assert.rejects(checked({ topic: compact }), { code: 'CONFIG-INVALID', message: /cleanup\.policy/ })
    await assert.rejects(checked({ create: false }), { code: 'CONFIG-INVALID', message: /There is no topic/ })
    const before = await admin.describeConfigs({ resources: [{ resourceType: 2, resourceName: loose }] })
    const warnings = await checked({ topic: loose })
    for (const part of ['1 replica', 'retention.ms', 'retention.bytes', 'message.timestamp.type'])
      assert.ok(
        warnings.some(warning => warning.includes(part)),
        `${part}: ${warnings.join('\n')}`,
      )
    const after = await admin.describeConfigs({ resources: [{ resourceType: 2, resourceName: loose }] })
    assert.deepEqual(after, before)
  })

  it('makes its topic once, when several look at the same moment, and nothing else', async t => {
    const topic = newTopic()
    const before = new Set(await admin.listTopics({}))
    const transports = await Promise.all([1, 2, 3].map(() => opened(t, { topic, retention: 3_600_000 })))
    await Promise.all(transports.map(transport => transport.check(5)))
    const found = (await admin.listTopics({})).filter(name => !before.has(name) && name.startsWith(topic))
    assert.deepEqual(found, [topic])
    const [described] = await admin.describeConfigs({ resources: [{ resourceType: 2, resourceName: topic }] })
    const setting = (name: string) => described?.configs.find(config => config.name === name)?.value
    assert.equal(setting('retention.ms'), '3600000')
    assert.equal(setting('cleanup.policy'), 'delete')
    const groups = await admin.listGroups({})
    assert.equal(
      [...groups.keys()].some(group => group.includes(topic)),
      false,
    )
  })
})
