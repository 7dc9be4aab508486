import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { Type } from 'typebox'
import type { KafkaOptions, SaslOptions } from '../../src/connectors/kafka/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { model } from '../../src/model/model.ts'
import { addressRule } from '../../src/system/network.ts'
import type { Setting } from '../../src/system/setting.ts'
import { secret } from '../../src/system/setting.ts'
import {
  connectTo,
  kafkaBrokers,
  secured,
  shopAt,
  sinkOf,
  testTopic,
  withoutKafka,
  withoutSecured,
} from '../integration/kafka-harness.ts'
import { readTopic } from '../integration/kafka-reader.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
const never = new AbortController().signal
const item = { data: { n: 1 }, effectKey: 'effect', key: 'key', messageId: 'message', attempt: 1 }

const file = (name: string) => readFileSync(join(secured.certificates, name), 'utf8')
const secrets: Readonly<Record<string, string>> = { PASSWORD: secured.password, WRONG: 'guessed-and-wrong' }
const resolve = (setting: Setting) =>
  typeof setting === 'string' ? setting : (secrets[setting.name] ?? file(setting.name))

async function failure(options: KafkaOptions, over: object = {}): Promise<IsthmusError> {
  const connection = await connectTo(shopAt({ connectTimeout: '15s', callTimeout: '20s', ...options }), {
    resolve,
    ...over,
  })
  try {
    await connection.check()
  } catch (error) {
    assert.ok(error instanceof IsthmusError, inspect(error))
    return error
  } finally {
    await connection.close()
  }
  throw new Error('it was let in')
}

async function writes(options: KafkaOptions): Promise<void> {
  const topic = await testTopic()
  const shop = shopAt(options)
  const connection = await connectTo(shop, { resolve })
  try {
    await connection.check()
    const [answer] = await sinkOf(connection, shop.produce('rows', Row, { topic: topic.name })).write(
      [item],
      never,
    )
    if (!answer?.ok) throw answer?.error
    assert.equal((await readTopic(topic.name)).length, 1)
  } finally {
    await connection.close()
    await topic.destroy()
  }
}

const sasl = (mechanism: SaslOptions['mechanism'], password = 'PASSWORD'): SaslOptions => ({
  ...{ mechanism, user: secured.user, password: secret(password) },
})

describe('kafka with secured listeners', { skip: withoutSecured, concurrency: 3 }, () => {
  const options = { timeout: 240_000 }
  for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
    it(`logs in by ${mechanism}`, options, () => writes({ brokers: secured.sasl, sasl: sasl(mechanism) }))
    it(`pauses when ${mechanism} is refused, and shows no password`, options, async () => {
      const error = await failure({ brokers: secured.sasl, sasl: sasl(mechanism, 'WRONG') })
      assert.equal(error.code, 'TARGET-CREDENTIALS', error.message)
      assert.doesNotMatch(`${error.message} ${inspect(error.detail)}`, /guessed-and-wrong/)
    })
  }

  it('encrypts, with an authority and a certificate of its own', options, () => {
    const tls = { ca: secret('ca.crt'), cert: secret('client.crt'), key: secret('client.key') }
    return writes({ brokers: secured.tls, tls })
  })

  it('encrypts and logs in', options, () => {
    const tls = { ca: secret('ca.crt') }
    return writes({ brokers: secured.both, tls, sasl: sasl('SCRAM-SHA-512') })
  })

  it(
    'does not trust an authority that nobody named, nor goes on without a certificate that is asked for',
    options,
    async () => {
      const unknown = await failure({ brokers: secured.both, tls: true, sasl: sasl('PLAIN') })
      assert.equal(unknown.code, 'TARGET-CONTRACT', unknown.message)
      const bare = await failure({ brokers: secured.tls, tls: { ca: secret('ca.crt') } })
      assert.match(bare.code, /^TARGET-(UNAVAILABLE|CONTRACT|CREDENTIALS)$/)
    },
  )
})

describe('kafka at addresses', { skip: withoutKafka, concurrency: 3 }, () => {
  const allows = addressRule([])

  it('is not called where it may not be, by an address or by a name', { timeout: 240_000 }, async () => {
    const port = kafkaBrokers.split(':')[1]
    for (const host of ['127.0.0.1', 'localhost']) {
      const error = await failure({ brokers: `${host}:${port}` }, { allows })
      assert.equal(error.code, 'TARGET-ADDRESS', error.message)
    }
  })

  it('is not followed to a broker elsewhere', { timeout: 240_000 }, async () => {
    // The broker names itself by 127.0.0.1, to which this leads, and which is not allowed.
    const [host = '', port = ''] = kafkaBrokers.split(':')
    const forwarder = createServer(client => {
      const upstream = connect(Number(port), host)
      for (const socket of [client, upstream]) socket.on('error', () => undefined)
      client.pipe(upstream).pipe(client)
    }).listen(0, '127.0.0.2')
    await once(forwarder, 'listening')
    const address = forwarder.address()
    const brokers = `127.0.0.2:${typeof address === 'object' ? address?.port : ''}`
    const topic = await testTopic()
    const shop = shopAt({ brokers, callTimeout: '20s', connectTimeout: '15s' })
    const connection = await connectTo(shop, { allows: found => found === '127.0.0.2' })
    try {
      const channel = shop.produce('rows', Row, { topic: topic.name })
      const [answer] = await sinkOf(connection, channel).write([item], never)
      assert.ok(answer && !answer.ok && answer.error instanceof IsthmusError)
      assert.equal(answer.error.code, 'TARGET-ADDRESS', answer.error.message)
    } finally {
      await connection.close()
      await topic.destroy()
      forwarder.close()
    }
  })

  it('takes brokers that are written as host and port, and does not repeat others', async () => {
    for (const brokers of ['user:password@host:9092', 'host:99999', '', 'http://host'])
      await assert.rejects(connectTo(shopAt({ brokers })), (error: unknown) => {
        assert.ok(error instanceof IsthmusError)
        assert.equal(error.code, 'CONFIG-INVALID')
        assert.doesNotMatch(error.message, /password/)
        return true
      })
  })
})
