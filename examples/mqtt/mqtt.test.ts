import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { startInstance } from '../../src/server/instance.ts'
import { listenTo, mqttUrl, otherClient, withoutMqtt } from '../../test/integration/mqtt-harness.ts'
import { until } from '../../test/integration/sql-harness.ts'
import example from './isthmus.ts'

test('readings of the shop floor are kept, and alarms go back', {
  skip: withoutMqtt,
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-mqtt-'))
  const path = join(folder, 'history.db')
  const { host, username, password } = new URL(mqttUrl)
  const broker = { PLANT_MQTT: `mqtt://${host}`, PLANT_USER: username, PLANT_PASSWORD: password }
  // Machines that report before anybody has ever listened are not heard: the session is there first.
  const session = { clean: false, clientId: 'isthmus-readings', properties: { sessionExpiryInterval: 3_600 } }
  const before = await otherClient(mqttUrl, session)
  await before.subscribeAsync('plant/+/+/temperature', { qos: 1 })
  await before.endAsync()
  const client = await otherClient()
  const alarms = await listenTo(client, 'alarms/#')
  const measure = (machine: string, celsius: number) =>
    client.publishAsync(
      `plant/3/${machine}/temperature`,
      JSON.stringify({ celsius, at: '2026-05-04T12:00:00Z' }),
      { qos: 1 },
    )
  await measure('press-1', 40.5)
  await measure('press-2', 81.5)
  const environment = { HISTORY: path, ...broker }
  const instance = await startInstance({
    landscape: example,
    data: folder,
    port: 0,
    control: { port: 0 },
    environment,
    log: () => {},
  })
  const database = new DatabaseSync(path)
  const rows = () => {
    try {
      return database.prepare('select machine, line, celsius from readings order by machine').all()
    } catch {
      return []
    }
  }
  try {
    // The same again, as a machine does that has not heard the broker.
    await measure('press-2', 81.5)
    await until(() => rows().length === 2 && alarms.length > 0)
    assert.deepEqual(
      rows().map(row => Object.values(row)),
      [
        ['press-1', '3', 40.5],
        ['press-2', '3', 81.5],
      ],
    )
    assert.deepEqual(
      alarms.map(({ topic, payload }) => [topic, String(payload)]),
      [['alarms/press-2', '{"machine":"press-2","text":"81.5 °C at 2026-05-04T12:00:00Z"}']],
    )
  } finally {
    await instance.stop()
    database.close()
    await client.publishAsync('alarms/press-2', '', { qos: 1, retain: true })
    await client.endAsync()
    await (await otherClient(mqttUrl, { clean: true, clientId: 'isthmus-readings' })).endAsync()
    rmSync(folder, { recursive: true, force: true })
  }
})
