import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { largestPayload, mosquitto, startPrivateMosquitto } from '../../scripts/servers/mosquitto.ts'
import type { MqttOptions, SubscribeOptions } from '../../src/connectors/mqtt/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { model } from '../../src/model/model.ts'
import { idempotent } from '../../src/system/effect.ts'
import type { Intake } from '../../src/system/roles.ts'
import { Kept } from './files-harness.ts'
import {
  connectTo,
  freshName,
  listenTo,
  mqttUrl,
  optionsFor,
  otherClient,
  plantAt,
  sinkOf,
  sourceOf,
  withoutMqtt,
} from './mqtt-harness.ts'
import { outgoing } from './rabbitmq-harness.ts'

const Anything = model('Anything', { version: 1, schema: Type.Unknown() })
const never = new AbortController().signal

/** A source that runs until it is stopped; `log` has what it warns of. */
async function follow(
  options: SubscribeOptions,
  kept: Intake = new Kept(),
  more: Partial<MqttOptions> = {},
  url = mqttUrl,
) {
  const log: string[] = []
  const plant = plantAt(optionsFor(url, more))
  const connection = await connectTo(plant, { log: (_level, text) => void log.push(text) })
  const stop = new AbortController()
  const running = sourceOf(connection, plant.subscribe('in', Anything, options)).run(kept, stop.signal)
  running.catch(() => {})
  return {
    log,
    running,
    async stop() {
      stop.abort()
      await running
      await connection.close()
    },
    /** The error with which it ends. */
    async failure(): Promise<IsthmusError> {
      const error = await running.then(
        () => assert.fail('it ended'),
        error => error,
      )
      await connection.close()
      assert.ok(error instanceof IsthmusError, String(error))
      return error
    },
  }
}

/** It has its session and subscriptions, and will miss nothing. */
async function subscribed(kept: Kept): Promise<void> {
  while (kept.stored === undefined) await delay(2)
}

async function count(kept: Kept, n: number): Promise<void> {
  while (kept.deliveries.length < n) await delay(2)
}

describe('mqtt', { skip: withoutMqtt }, () => {
  for (const version of [5, 4] as const)
    it(`delivers what came while it was away, and what is retained once (${version})`, async () => {
      const name = freshName()
      const other = await otherClient()
      await other.publishAsync(`${name}/state`, '"on"', { qos: 1, retain: true })
      const options = { topics: [`${name}/#`], session: name }
      const kept = new Kept()
      const first = await follow(options, kept, { version })
      await count(kept, 1)
      await first.stop()
      assert.equal(kept.deliveries[0]?.headers?.retain, 'true')
      await other.publishAsync(`${name}/a/b`, '1', { qos: 1 })
      const second = await follow(options, kept, { version })
      await count(kept, 2)
      await other.publishAsync(`${name}/a/b`, '2', { qos: 1 })
      await count(kept, 3)
      await second.stop()
      assert.deepEqual(kept.data, ['on', 1, 2])
      assert.deepEqual(kept.deliveries[1]?.headers, { topic: `${name}/a/b` })
      await other.publishAsync(`${name}/state`, '', { qos: 1, retain: true })
      await other.endAsync()
    })

  it('makes records of topics and payloads, and carries what stands beside them', async () => {
    const name = freshName()
    const kept = new Kept()
    const source = await follow(
      {
        topics: [`${name}/+/#`],
        session: name,
        retained: false,
        record: (value, { levels: [line, sensor] }) => ({ line, sensor, value }),
        id: (_record, { topic }) => topic,
      },
      kept,
    )
    await subscribed(kept)
    const other = await otherClient()
    const properties = {
      userProperties: { unit: '°C' },
      contentType: 'application/json',
      correlationData: Buffer.from('c'),
    }
    await other.publishAsync(`${name}/3/press/temp`, '9007199254740993', { qos: 1, properties })
    await other.publishAsync(`${name}/4/oven`, 'not json', { qos: 1 })
    await count(kept, 2)
    await source.stop()
    const [reading, defect] = kept.deliveries
    assert.deepEqual(reading?.data, { line: '3', sensor: 'press/temp', value: '9007199254740993' })
    assert.equal(reading?.id, `${name}/3/press/temp`)
    assert.equal(reading?.headers?.unit, '°C')
    assert.equal(reading?.headers?.['correlation-data'], 'Yw==')
    assert.equal(String(Buffer.from(defect?.body ?? [])), 'not json')
    assert.ok(defect?.defect)
    await other.endAsync()
  })

  it('forgets filters that are not declared any more', async () => {
    const name = freshName()
    const kept = new Kept()
    const first = await follow({ topics: [`${name}/a`, `${name}/b`], session: name }, kept)
    await subscribed(kept)
    await first.stop()
    const stored = JSON.stringify(kept.stored)
    const second = await follow({ topics: [`${name}/b`], session: name }, kept)
    while (JSON.stringify(kept.stored) === stored) await delay(2)
    const other = await otherClient()
    await other.publishAsync(`${name}/a`, '1', { qos: 1 })
    await other.publishAsync(`${name}/b`, '2', { qos: 1 })
    await count(kept, 1)
    await second.stop()
    assert.deepEqual(kept.data, [2])
    await other.endAsync()
  })

  it('never takes a refused subscription for silence', async () => {
    for (const version of [5, 4] as const) {
      const name = freshName()
      const source = await follow({ topics: ['secret/#'], session: name }, new Kept(), { version })
      const { code, message } = await source.failure()
      // MQTT 3.1.1 has one word for all reasons.
      assert.equal(code, version === 5 ? 'TARGET-CREDENTIALS' : 'SOURCE-FAILED')
      assert.match(message, /secret\/#/)
    }
  })

  it('tells when another one takes its session over', async () => {
    const name = freshName()
    const options = { topics: [`${name}/#`], session: name }
    const kept = new Kept()
    const first = await follow(options, kept)
    await subscribed(kept)
    const second = await follow(options, new Kept())
    const { code, message } = await first.failure()
    assert.equal(code, 'SOURCE-FAILED')
    // Not every broker says why.
    assert.match(message, /taken the session over|the connection was lost/)
    await second.stop()
  })

  it('goes on after a session was lost, if it is told to, and warns', async () => {
    const name = freshName()
    const options = { topics: [`${name}/#`], session: name, lost: 'go on' } as const
    const kept = new Kept()
    const first = await follow(options, kept)
    await subscribed(kept)
    await first.stop()
    await (await otherClient(mqttUrl, { clientId: name, clean: true })).endAsync()
    const second = await follow(options, kept)
    while (second.log.length === 0) await delay(2)
    assert.match(second.log.join(), /gap is possible/)
    const other = await otherClient()
    // Subscribed again: asked until it has come.
    while (kept.deliveries.length === 0) {
      await other.publishAsync(`${name}/a`, '1', { qos: 1 })
      await delay(5)
    }
    await second.stop()
    await other.endAsync()
  })

  it('stops reading while nothing is accepted, also what has no acknowledgement', async () => {
    const name = freshName()
    const kept = new Kept()
    let isOpen = false
    const intake: Intake = {
      position: () => kept.position(),
      async accept(deliveries, options) {
        if (!isOpen && deliveries.length > 0)
          throw new IsthmusError('ADMISSION-CLOSED', 'closed by the test', { retryAfter: 5 })
        return kept.accept(deliveries, options)
      },
    }
    const source = await follow({ topics: [`${name}/#`], session: name, prefetch: 10 }, intake)
    await subscribed(kept)
    const other = await otherClient()
    for (let n = 0; n < 500; n++) other.publish(`${name}/a`, String(n), { qos: 0 })
    await other.publishAsync(`${name}/b`, '500', { qos: 1 })
    isOpen = true
    await count(kept, 501)
    await source.stop()
    assert.deepEqual(
      kept.data,
      Array.from({ length: 501 }, (_, n) => n),
    )
    await other.endAsync()
  })

  it('publishes with the properties of MQTT 5, and refuses what the broker does not take', async () => {
    const name = freshName()
    const other = await otherClient()
    const packets = await listenTo(other, `${name}/#`)
    const plant = plantAt(optionsFor(mqttUrl))
    const connection = await connectTo(plant)
    const topic = (record: unknown) => (record as { to: string }).to
    const properties = () => ({ plant: '3' })
    const out = { topic, effect: idempotent, retain: true, expiry: '1h', properties, messageLimit: 1_000 }
    const sink = sinkOf(connection, plant.publish('out', Anything, out))
    const sent = [
      outgoing(1, { to: `${name}/a` }),
      outgoing(2, { to: `${name}/+` }),
      outgoing(3, { to: `secret/${name}` }),
      outgoing(4, { to: `${name}/a`, text: 'x'.repeat(1_000) }),
      outgoing(5, { to: `other-${name}` }),
    ]
    const answers = await sink.write(sent, never)
    assert.deepEqual(
      answers.map(answer => (answer.ok ? answer.result : (answer.error as IsthmusError).code)),
      [undefined, 'TARGET-REFUSED', 'TARGET-REFUSED', 'TARGET-REFUSED', 'no subscribers'],
    )
    while (packets.length === 0) await delay(2)
    assert.equal(packets[0]?.properties?.userProperties?.['message-id'], 'effect-1')
    assert.equal(packets[0]?.properties?.userProperties?.plant, '3')
    assert.equal(packets[0]?.properties?.contentType, 'application/json')
    const fixed = plant.publish('fixed', Anything, { topic: `secret/${name}`, effect: idempotent })
    const [denied] = await sinkOf(connection, fixed).write([outgoing(6, 1)], never)
    assert.equal(denied?.ok === false && (denied.error as IsthmusError).code, 'TARGET-CREDENTIALS')
    const most = plant.publish('most', Anything, {
      topic: name,
      effect: idempotent,
      messageLimit: 2 * largestPayload,
    })
    const [large] = await sinkOf(connection, most).write([outgoing(7, 'x'.repeat(largestPayload))], never)
    assert.ok(large?.ok === false, 'what the broker drops is not claimed')
    await connection.close()
    for (const retained of [`${name}/a`, `other-${name}`])
      await other.publishAsync(retained, '', { qos: 1, retain: true })
    await other.endAsync()
  })

  it('tells wrong credentials and addresses, and no password', async () => {
    const options = { topics: ['a'], session: freshName() }
    const source = await follow(options, new Kept(), { password: 'canary-password' })
    const error = await source.failure()
    assert.equal(error.code, 'TARGET-CREDENTIALS')
    assert.ok(!`${error.message} ${error.stack}`.includes('canary'))
    await assert.rejects(connectTo(plantAt(optionsFor(mqttUrl)), { allows: () => false }), {
      code: 'TARGET-ADDRESS',
    })
    await assert.rejects(
      connectTo(plantAt({ url: mqttUrl.replace('mqtt:', 'mqtts:') })),
      (thrown: IsthmusError) => {
        return thrown.code === 'CONFIG-INVALID' && !thrown.message.includes(new URL(mqttUrl).password)
      },
    )
  })

  it('refuses what makes no sense when it is declared', () => {
    const plant = plantAt({ url: 'mqtt://broker' })
    plant.subscribe('first', Anything, { topics: ['a'], session: 's' })
    const wrong = [
      () => plant.subscribe('in', Anything, { topics: [], session: 'x' }),
      () => plant.subscribe('in', Anything, { topics: ['a/#/b'], session: 'x' }),
      () => plant.subscribe('in', Anything, { topics: ['a'], session: '' }),
      () => plant.subscribe('in', Anything, { topics: ['a'], session: 's' }),
      () => plant.subscribe('in', Anything, { topics: ['a'], session: 'x', prefetch: 0 }),
      () => plant.publish('out', Anything, { topic: 'a/+', effect: idempotent }),
    ]
    for (const declare of wrong) assert.throws(declare, { code: 'FLOW-DEFINITION' }, String(declare))
  })
})

const skip = mosquitto.missingPackages().length > 0 && 'Mosquitto is not installed'

it('mqtt delivers what a broker had written down before it was killed', {
  skip,
  timeout: 240_000,
}, async () => {
  const broker = await startPrivateMosquitto()
  const name = freshName()
  const options = { topics: [`${name}/#`], session: name }
  const kept = new Kept()
  const first = await follow(options, kept, {}, broker.url)
  await subscribed(kept)
  await first.stop()
  const plant = plantAt(optionsFor(broker.url))
  const connection = await connectTo(plant)
  const sink = sinkOf(connection, plant.publish('out', Anything, { topic: `${name}/a`, effect: idempotent }))
  const all = Array.from({ length: 200 }, (_, n) => outgoing(n, n))
  assert.ok((await sink.write(all.slice(0, 100), never)).every(({ ok }) => ok))
  await broker.save()
  await broker.killAndRestart()
  let left = all.slice(100)
  while (left.length > 0) {
    const answers = await sink.write(left, never)
    left = left.filter((_, n) => !answers[n]?.ok)
    if (left.length > 0) await delay(10)
  }
  const second = await follow(options, kept, {}, broker.url)
  await count(kept, 200)
  await second.stop()
  assert.deepEqual(
    kept.data,
    all.map(({ data }) => data),
  )
  await connection.close()
  await broker.stop()
})
