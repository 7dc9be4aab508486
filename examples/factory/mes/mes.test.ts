import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  freshName,
  listenTo,
  mqttUrl,
  otherClient,
  withoutMqtt,
} from '../../../test/integration/mqtt-harness.ts'
import { temporaryFolder } from '../../../test/temporary-folder.ts'
import { ask, type Simulated, startSimulated } from '../processes.ts'
import { MesDatabase, type MesTruth, type SentEvent } from './database.ts'
import { generate } from './traffic.ts'
import { sign } from './webhooks.ts'

test('an event is decided by seed and number, but for its time', () => {
  assert.deepEqual(generate(7, 123, 0), generate(7, 123, 0))
  assert.notDeepEqual(generate(7, 124, 0).consumption, generate(8, 124, 0).consumption)
  const many = Array.from({ length: 5000 }, (_, n) => generate(1, n, 0))
  const share = (of: (event: (typeof many)[number]) => boolean) => many.filter(of).length / many.length
  assert.ok(Math.abs(share(({ sends }) => sends === 2) - 0.03) < 0.01)
  for (const quirk of ['wrong-unit', 'unknown-unit', 'unknown-material', 'too-much'])
    assert.ok(share(event => event.quirk === quirk) > 0, quirk)
  assert.equal(generate(1, 1, 0).consumption.consumedAt, '1970-01-01 08:00:00')
})

test('a MES that is killed forgets no event, and repeats each until it is answered 2xx', async t => {
  const folder = temporaryFolder('mes')
  const receiver = await startReceiver()
  t.after(() => receiver.close())
  const args = { port: 0, data: join(folder, 'mes.db'), seed: 3, webhook: receiver.url }
  const start = async (rate: number) => {
    const mes = await startSimulated('mes', { ...args, rate }, { env: { MES_HOOK_SECRET: secret } })
    t.after(mes.kill)
    return mes
  }
  const sent = (mes: Simulated) => ask<{ events: SentEvent[] }>(`${mes.url}/truth`)

  const killed = await start(200)
  while ((await sent(killed)).events.length < 100) await delay(20)
  await killed.kill()
  receiver.accepting = true
  const mes = await start(0)
  while ((await ask<{ unsent: number }>(`${mes.url}/figures`)).unsent > 0) await delay(20)

  const { events } = await sent(mes)
  assert.ok(events.length >= 100)
  assert.deepEqual([...receiver.accepted].sort(), events.map(({ eventId }) => eventId).sort())
  assert.ok(
    events.some(({ answers }) => answers === 2),
    'some are sent twice on purpose',
  )
})

const secret = `whsec_${Buffer.from('a secret of the hook').toString('base64')}`

/** Takes signed webhooks once it is accepting; before, it answers 503. */
async function startReceiver() {
  const accepted = new Set<string>()
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('')
    const id = request.headers['webhook-id'] as string
    const expected = sign(secret, id, body, request.headers['webhook-timestamp'] as string)
    const signed = request.headers['webhook-signature'] === expected['webhook-signature']
    if (signed && receiver.accepting) accepted.add(id)
    response.writeHead(signed && receiver.accepting ? 202 : 503).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    accepted,
    accepting: false,
    close: () => server.close(),
  }
  return receiver
}

test('a production order of one name is made once, in whole lots, and a killed MES still tells of it', async t => {
  const folder = temporaryFolder('production')
  const receiver = await startReceiver()
  t.after(() => receiver.close())
  const args = { port: 0, data: join(folder, 'mes.db'), rate: 0, finished: receiver.url }
  const start = async () => {
    const mes = await startSimulated('mes', args, { env: { MES_HOOK_SECRET: secret } })
    t.after(mes.kill)
    return mes
  }
  const killed = await start()
  const put = async (path: string) => {
    const body = JSON.stringify({ product: 'PUMP-50', pieces: 26 })
    return (await fetch(`${killed.url}/production-orders/${path}`, { method: 'PUT', body })).status
  }
  for (const _ of ['first', 'again']) assert.equal(await put('SO-1'), 200)
  assert.equal(await put('SO-2/cancellation'), 200)
  assert.equal(await put('SO-2'), 422)
  const orders = async (mes: Simulated) => (await ask<MesTruth>(`${mes.url}/truth`)).productionOrders
  while ((await orders(killed)).some(({ state }) => state === 'open')) await delay(20)
  await killed.kill()
  receiver.accepting = true
  const mes = await start()
  while ((await ask<{ producing: number }>(`${mes.url}/figures`)).producing > 0) await delay(20)
  assert.deepEqual([...receiver.accepted], ['finished-SO-1'])
  assert.deepEqual(
    (await orders(mes)).map(({ order, pieces, state }) => [order, pieces, state]),
    [
      ['SO-1', 50, 'finished'],
      ['SO-2', 0, 'cancelled'],
    ],
  )
})

test('sensors publish each reading until somebody has taken it', { skip: withoutMqtt }, async t => {
  const folder = temporaryFolder('sensors')
  const topics = freshName()
  const { username, password, host } = new URL(mqttUrl)
  const env = { MQTT_URL: `mqtt://${host}`, MQTT_USER: username, MQTT_PASSWORD: password }
  const data = join(folder, 'mes.db')
  const args = { port: 0, data, rate: 0, readings: 20, topics }
  const mes = await startSimulated('mes', args, { env })
  t.after(mes.kill)
  const truth = () => ask<MesTruth>(`${mes.url}/truth`)
  while ((await truth()).readings.length < 5) await delay(20)
  const client = await otherClient()
  t.after(() => client.endAsync())
  const packets = await listenTo(client, `${topics}/+/temperature`)
  await ask(`${mes.url}/rate`, { rate: 0 })
  const { readings } = await truth()
  const heard = () =>
    new Map(
      packets.map(({ topic, payload }) => {
        const { no, celsius } = JSON.parse(String(payload)) as { no: number; celsius: string }
        return [no, { no, station: topic.split('/')[1], celsius }]
      }),
    )
  while (heard().size < readings.length) await delay(20)
  assert.deepEqual(
    [...heard().values()].sort((a, b) => a.no - b.no),
    readings,
  )
  const db = new MesDatabase(data)
  t.after(() => db.close())
  while (db.unsentReadings().length > 0) await delay(20)
})
