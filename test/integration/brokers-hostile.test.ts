import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { freePort } from '../../scripts/servers/kept.ts'
import { mosquitto } from '../../scripts/servers/mosquitto.ts'
import type { IsthmusError } from '../../src/errors.ts'
import { model } from '../../src/model/model.ts'
import { idempotent } from '../../src/system/effect.ts'
import type { Answer, Sink } from '../../src/system/roles.ts'
import { startBrokerProxy } from './broker-proxy.ts'
import { Kept } from './capture-harness.ts'
import * as mqtt from './mqtt-harness.ts'
import * as rabbit from './rabbitmq-harness.ts'

const Anything = model('Anything', { version: 1, schema: Type.Unknown() })
const never = new AbortController().signal
const options = { timeout: 480_000 }

interface Row {
  readonly n: number
  readonly text?: string
  readonly isBad?: boolean
}

const rowsWith = (bad: number): Row[] =>
  Array.from({ length: 150 }, (_, n) => (n === bad ? { n, isBad: true } : { n }))

/** A header, or a user property, that is good for all rows but one. */
const headersWith = (text: unknown) => (row: unknown) => ({
  text: ((row as Row).isBad ? text : 'good') as string,
})

/** One code per row that was not taken, by its number. */
function refusals(answers: readonly Answer[]): [number, string][] {
  return answers.flatMap((answer, n) =>
    answer.ok ? [] : [[n, (answer.error as IsthmusError).code] as [number, string]],
  )
}

const write = (sink: Sink, rows: readonly Row[]) =>
  sink.write(
    rows.map(row => rabbit.outgoing(row.n, row)),
    never,
  )

/** What no broker takes in a header; MQTT brokers drop the connection over it, or the client cannot write it at all. */
const unsendable: readonly (readonly [what: string, text: unknown])[] = [
  ['too long', 'x'.repeat(70_000)],
  ['with a control character', 'a\u0001b'],
  ['with a NUL', 'a\0b'],
  ['with half a surrogate pair', 'a\ud800'],
  ['with what is no character', 'a\ufffe'],
  ['not there', undefined],
]

const withoutDaemon = mosquitto.missingPackages().length > 0 && 'Mosquitto is not installed'

describe('mqtt', { skip: mqtt.withoutMqtt }, () => {
  for (const [what, text] of unsendable)
    it(`sets aside the one message with a property that is ${what}`, options, async () => {
      const plant = mqtt.plantAt(mqtt.optionsFor(mqtt.mqttUrl))
      const connection = await mqtt.connectTo(plant)
      const topic = mqtt.freshName()
      const channel = plant.publish('out', Anything, {
        topic,
        effect: idempotent,
        properties: headersWith(text),
      })
      const sink = mqtt.sinkOf(connection, channel)
      // Behind as many as go at a time, too: there it is written where nobody waits for it.
      for (const at of [3, 140]) {
        const answers = await write(sink, rowsWith(at))
        assert.deepEqual(
          refusals(answers).map(([n]) => n),
          [at],
        )
        assert.match(refusals(answers)[0]?.[1] ?? '', /^(MSG-ENCODE|TARGET-REFUSED)$/)
      }
      await connection.close()
    })

  it('refuses what is larger than the broker takes, with all that stands around it', {
    ...options,
    skip: withoutDaemon,
  }, async t => {
    const url = await smallBroker(t)
    const plant = mqtt.plantAt({ url })
    const connection = await mqtt.connectTo(plant)
    const channel = plant.publish('out', Anything, { topic: 'rows', effect: idempotent })
    const sink = mqtt.sinkOf(connection, channel)
    const rows = Array.from({ length: 60 }, (_, n) => ({ n, text: 'x'.repeat(n === 30 ? 960 : 10) }))
    assert.deepEqual(refusals(await write(sink, rows)), [[30, 'TARGET-REFUSED']])
    await connection.close()
  })

  it('pauses where the broker keeps nothing for those who come later', {
    ...options,
    skip: withoutDaemon,
  }, async t => {
    const url = await smallBroker(t, 'retain_available false')
    const plant = mqtt.plantAt({ url })
    const connection = await mqtt.connectTo(plant)
    const channel = plant.publish('out', Anything, { topic: 'rows', retain: true, effect: idempotent })
    const [answer] = await write(mqtt.sinkOf(connection, channel), [{ n: 1 }])
    assert.ok(answer?.ok === false)
    const { code, fate } = answer.error as IsthmusError
    assert.deepEqual([code, fate], ['TARGET-CONTRACT', 'pause'])
    await connection.close()
  })

  it('gets all through but the one message over which the broker leaves without a word', {
    ...options,
    skip: withoutDaemon,
  }, async t => {
    const url = await smallBroker(t)
    const plant = mqtt.plantAt({ url, version: 4 })
    const connection = await mqtt.connectTo(plant)
    const sink = mqtt.sinkOf(
      connection,
      plant.publish('out', Anything, { topic: 'rows', effect: idempotent }),
    )
    const rows = Array.from({ length: 60 }, (_, n) => ({ n, text: 'x'.repeat(n === 30 ? 2_000 : 10) }))
    await write(sink, rows)
    // It is tried again with the others, as it is by the engine.
    for (let attempt = 0; attempt < 2; attempt++)
      assert.deepEqual(refusals(await write(sink, rows)), [[30, 'TARGET-UNANSWERED']])
    await connection.close()
  })
})

/** Takes packets of up to 1,000 bytes; MQTT 3.1.1 has no way to say so. */
async function smallBroker(t: { after(end: () => void): void }, more = ''): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-mosquitto-'))
  const port = await freePort()
  const file = join(folder, 'mosquitto.conf')
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'max_packet_size 1000',
    'user root',
    more,
  ]
  writeFileSync(file, lines.join('\n'))
  const daemon = spawn('/usr/sbin/mosquitto', ['-c', file], { stdio: 'ignore' })
  t.after(async () => {
    daemon.kill()
    if (daemon.exitCode === null) await once(daemon, 'exit')
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `mqtt://127.0.0.1:${port}`
  for (;;) {
    const plant = mqtt.plantAt({ url })
    const connection = await mqtt.connectTo(plant)
    const isUp = await connection.check().then(
      () => true,
      () => false,
    )
    await connection.close()
    if (isUp) return url
    await delay(20)
  }
}

describe('rabbitmq', { skip: rabbit.withoutRabbit }, () => {
  for (const [what, text] of unsendable)
    it(`sets aside the one message with a header that is ${what}`, options, async () => {
      const broker = await rabbit.testBroker()
      const queue = await broker.queue()
      const shop = rabbit.shopAt({ url: rabbit.rabbitUrl })
      const connection = await rabbit.connectTo(shop)
      const channel = shop.publish('out', Anything, {
        routingKey: queue,
        effect: idempotent,
        headers: headersWith(text),
      })
      const answers = await write(rabbit.sinkOf(connection, channel), rowsWith(140))
      assert.deepEqual(refusals(answers), [[140, 'MSG-ENCODE']])
      assert.equal(await broker.count(queue), 149)
      await connection.close()
      await broker.close()
    })

  it('stops when it is told to, also while its server says nothing', options, async () => {
    const broker = await rabbit.testBroker()
    const queue = await broker.queue()
    const proxy = await startBrokerProxy(rabbit.rabbitUrl)
    const shop = rabbit.shopAt({ url: proxy.url, heartbeat: '200s', callTimeout: '200s' })
    const connection = await rabbit.connectTo(shop)
    const kept = new Kept()
    const stop = new AbortController()
    const source = rabbit.sourceOf(connection, shop.consume('in', Anything, { queue }))
    const running = source.run(kept, stop.signal)
    await broker.put(queue, [{ id: 'a', body: '1' }])
    while (kept.deliveries.length === 0) await delay(5)
    proxy.set('silent')
    stop.abort()
    const late = delay(100_000, 'hangs', { ref: false })
    assert.equal(await Promise.race([running.then(() => connection.close()), late]), undefined)
    await proxy.close()
    await broker.close()
  })
})
