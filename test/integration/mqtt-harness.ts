import { randomBytes } from 'node:crypto'
import mqttJs, { type IPublishPacket, type MqttClient } from 'mqtt'
import { type MqttOptions, mqtt } from '../../src/connectors/mqtt/index.ts'
import type { ConnectContext, Connection } from '../../src/system/connector.ts'
import type { Sink, Source } from '../../src/system/roles.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import type { Watcher } from './broker-proxy.ts'
import { patientCalls } from './patience.ts'

const given = process.env.ISTHMUS_TEST_MQTT
if (given === undefined && process.env.ISTHMUS_REQUIRE_SERVERS === '1')
  throw new Error('ISTHMUS_TEST_MQTT is not set: it must be an mqtt:// URL with user and password')

/** For `skip` of node:test. */
export const withoutMqtt = given === undefined ? 'no MQTT broker: ISTHMUS_TEST_MQTT is not set' : false

/** An mqtt:// URL of the test server, with user and password. */
export const mqttUrl = given ?? 'mqtt://absent.invalid'

/** A name of its own for topics and sessions of one test. */
export const freshName = (): string => `test-${randomBytes(6).toString('hex')}`

/** Another library's client, beside ours. */
export async function otherClient(url = mqttUrl, options: object = {}): Promise<MqttClient> {
  return mqttJs.connectAsync(url, { protocolVersion: 5, ...options })
}

/** What is published to a filter from now on. */
export async function listenTo(client: MqttClient, filter: string): Promise<IPublishPacket[]> {
  const packets: IPublishPacket[] = []
  client.on('message', (_topic, _payload, packet) => packets.push(packet))
  await client.subscribeAsync(filter, { qos: 1 })
  return packets
}

/** What a connector is told of a broker whose URL has user and password. */
export function optionsFor(url: string, more: Partial<MqttOptions> = {}): MqttOptions {
  const { host, username, password } = new URL(url)
  return { url: `mqtt://${host}`, user: username, password, ...more }
}

export function plantAt(options: MqttOptions) {
  return system('plant', {
    kind: 'mes',
    allow: ['loopback'],
    connector: mqtt({ ...patientCalls, ...options }),
  })
}

export function connectTo(
  plant: ReturnType<typeof plantAt>,
  over: Partial<ConnectContext> = {},
): Promise<Connection> {
  return plant.connector.connect(connectContext({ system: 'plant', ...over }))
}

export function sinkOf(connection: Connection, channel: unknown): Sink {
  return connection.sink?.(channel as never) as Sink
}

export function sourceOf(connection: Connection, channel: unknown): Source {
  return connection.source?.(channel as never) as Source
}

/** Reads off a connection which JSON records `{ "n": ... }` were delivered there, and which acknowledged. */
export function watchAcknowledgements(acknowledged: Set<number>): () => Watcher {
  return () => {
    const delivered = new Map<number, number>()
    return {
      client: byPacket((type, rest) => {
        if (type >> 4 !== 4) return
        const n = delivered.get(rest.readUInt16BE(0))
        if (n !== undefined) acknowledged.add(n)
      }),
      server: byPacket((type, rest) => {
        if (type >> 4 !== 3 || (type & 6) === 0) return
        const topic = rest.readUInt16BE(0)
        const [, n] = /\{"n":(\d+)/.exec(rest.toString('latin1', 2 + topic, 2 + topic + 200)) ?? []
        if (n !== undefined) delivered.set(rest.readUInt16BE(2 + topic), Number(n))
      }),
    }
  }
}

/** A packet is its type, its length in up to four bytes of seven bits, and the rest. Source: MQTT 5, section 2.1. */
function byPacket(use: (type: number, rest: Buffer) => void): (chunk: Buffer) => void {
  let bytes: Buffer = Buffer.alloc(0)
  return chunk => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
    for (;;) {
      let length = 0
      let at = 1
      for (let shift = 0; at < bytes.length; shift += 7) {
        length += ((bytes[at] ?? 0) & 127) << shift
        if (((bytes[at++] ?? 0) & 128) === 0) break
      }
      if (at < 2 || bytes.length < at + length || ((bytes[at - 1] ?? 0) & 128) !== 0) return
      use(bytes[0] ?? 0, bytes.subarray(at, at + length))
      bytes = bytes.subarray(at + length)
    }
  }
}
