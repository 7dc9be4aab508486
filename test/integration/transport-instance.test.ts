import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { rest } from '../../src/connectors/rest/index.ts'
import { flow, landscape, type Outgoing, system } from '../../src/index.ts'
import type { LogEntry } from '../../src/observe/log.ts'
import { type Instance, startInstance } from '../../src/server/instance.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { Reading, testEnds, until } from './kafka-engine.ts'
import { kafkaBrokers, secured, withoutSecured } from './kafka-harness.ts'
import { newTopic } from './transport-harness.ts'

const options = { timeout: 480_000 }

async function started(t: TestContext, transport: string, extra: Readonly<Record<string, string>> = {}) {
  const data = mkdtempSync(join(tmpdir(), 'isthmus-transport-'))
  const schema = freshSchema()
  const effects: Outgoing<Reading>[] = []
  const log: LogEntry[] = []
  const { ends, counted } = testEnds(item => effects.push(item))
  const shop = system('shop', { kind: 'other', connector: rest({ url: 'http://127.0.0.1:9' }) })
  const made = shop.webhook('made', Reading, { verify: 'unsigned', id: r => String(r.n) })
  const counting = flow('counting')
    .from(made)
    .key(r => r.key)
    .to(counted)
  const starting = startInstance({
    landscape: landscape({ name: 'plant', systems: [shop, ends], flows: [counting] }),
    ...{ data, port: 0, control: { port: 0 }, log: record => log.push(record) },
    environment: { ...extra, ISTHMUS_STORE: `${testUrl}?schema=${schema}`, ISTHMUS_TRANSPORT: transport },
  })
  t.after(async () => {
    await (await starting.catch(() => undefined))?.stop(1_000)
    await dropSchema(schema)
    rmSync(data, { recursive: true })
  })
  return { instance: await starting, effects, log }
}

const post = ({ url }: Instance, n: number, key: string) =>
  fetch(`${url}/hooks/shop/made`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ n, key }),
  })

describe('an instance with a transport', { skip: withoutSecured || withoutPostgres, ...options }, () => {
  it('logs in over TLS, answers a webhook once Kafka has the message, and runs it', async t => {
    const query = new URLSearchParams({
      ...{
        topic: newTopic(),
        sasl: 'SCRAM-SHA-512',
        user: secured.user,
        ca: `${secured.certificates}/ca.crt`,
      },
    })
    const password = { ISTHMUS_TRANSPORT_PASSWORD: secured.password }
    const { instance, effects, log } = await started(t, `kafka://${secured.both}?${query}`, password)
    const isHeard = async () => (await post(instance, 1, 'key-1')).status === 202
    await until(isHeard, () => JSON.stringify(log.slice(-10)))
    const answers = await Promise.all([1, 2, 3, 3, 3].map(n => post(instance, n, `key-${n}`)))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 202, 202, 202],
    )
    await until(
      () => effects.length >= 3,
      () => JSON.stringify(log.slice(-10)),
    )
    assert.deepEqual(effects.map(({ data }) => data.n).toSorted(), [1, 2, 3])
    assert.equal(JSON.stringify(log).includes(secured.password), false)
    const warned = log.filter(({ event }) => event === 'transport').map(({ text }) => text)
    assert.match(String(warned), /has 1 replica/)
  })

  it('does not start on a topic that has other partitions than the store', async t => {
    const topic = newTopic()
    const admin = new Admin({ clientId: 'tests', bootstrapBrokers: [kafkaBrokers], retries: 10 })
    t.after(() => admin.close())
    await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 })
    await assert.rejects(started(t, `kafka://${kafkaBrokers}?topic=${topic}`), {
      code: 'CONFIG-INVALID',
      message: /has 3 partitions, and the store has 16/,
    })
  })
})
