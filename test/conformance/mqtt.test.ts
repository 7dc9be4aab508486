import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible } from '../../src/system/effect.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { describeSource, type SourceFixture } from '../../src/testing/describe-source.ts'
import { startBrokerProxy } from '../integration/broker-proxy.ts'
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
  watchAcknowledgements,
  withoutMqtt,
} from '../integration/mqtt-harness.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })
const refused = 'refuse me'

if (withoutMqtt) describe('mqtt', () => it('conforms', { skip: withoutMqtt }, () => {}))
else {
  for (const version of [5, 4] as const)
    describeSource(`mqtt (${version})`, () => sourceFixture(version), {
      ordered: false,
      identified: true,
      resumable: true,
      readAhead: 200,
      unreadable: 'defect',
    })
  for (const effect of [idempotent, irreversible])
    describeSink(`mqtt (${effect.kind})`, () => sinkFixture(effect), { effect: effect.kind })
}

async function sourceFixture(version: 5 | 4): Promise<SourceFixture> {
  const name = freshName()
  const taken = new Set<number>()
  const proxy = await startBrokerProxy(mqttUrl, watchAcknowledgements(taken))
  const plant = plantAt(optionsFor(proxy.url, { version }))
  const channel = plant.subscribe('rows', Row, {
    topics: [`${name}/+`],
    session: name,
    id: ({ n }) => `row-${n}`,
    prefetch: 200,
  })
  // The session begins before anything is put, as it has for every source but a new one.
  const options = { clientId: name, clean: false, protocolVersion: version, properties: expiry(version) }
  const first = await otherClient(mqttUrl, options)
  await first.subscribeAsync(`${name}/+`, { qos: 1 })
  await first.endAsync()
  const writer = await otherClient()
  const put = async (text: string) => void (await writer.publishAsync(`${name}/rows`, text, { qos: 1 }))
  const all: SuiteRecord[] = []
  const putAll = (records: readonly SuiteRecord[]) =>
    Promise.all(records.map(record => put(JSON.stringify(record)))).then(() => {})
  return {
    async put(records) {
      all.push(...records)
      await putAll(records)
    },
    recordOf: ({ data }) => data as SuiteRecord,
    disconnect: async () => proxy.cut(),
    repeat: () => putAll(all),
    putUnreadable: () => put('{"n":'),
    losePlace: async () => {
      const other = await otherClient(mqttUrl, { clientId: name, clean: true })
      await other.endAsync()
    },
    acknowledged: async () => [...taken],
    async open() {
      const connection = await connectTo(plant)
      return {
        source: () => sourceOf(connection, channel),
        close: () => connection.close(),
        kill: async () => proxy.cut(),
      }
    },
    async destroy() {
      await proxy.close()
      const other = await otherClient(mqttUrl, { clientId: name, clean: true })
      await other.endAsync()
      await writer.endAsync()
    },
  }
}

function expiry(version: 5 | 4) {
  return version === 5 ? { sessionExpiryInterval: 600 } : undefined
}

async function sinkFixture(effect: typeof idempotent | typeof irreversible): Promise<SinkFixture> {
  const name = freshName()
  const proxy = await startBrokerProxy(mqttUrl)
  const plant = plantAt(optionsFor(proxy.url))
  const channel = plant.publish('rows', Row, {
    // Nobody may write below secret/.
    topic: ({ text }) => (text === refused ? `secret/${name}` : `${name}/rows`),
    effect,
  })
  const reader = await otherClient()
  const packets = await listenTo(reader, `${name}/rows`)
  return {
    refused,
    down: async () => proxy.set('down'),
    up: async () => proxy.set('open'),
    stall: async () => proxy.set('silent'),
    resume: async () => proxy.set('open'),
    loseAnswer: async () => proxy.loseAnswer('effect-'),
    cutAnswer: async () => proxy.cutAnswer('effect-'),
    disconnect: async () => proxy.cut(),
    async open() {
      const connection = await connectTo(plant)
      return { sink: () => sinkOf(connection, channel), close: () => connection.close() }
    },
    async effects() {
      // What was published before this one has come when it comes.
      const mark = `mark-${packets.length}-${Math.random()}`
      await reader.publishAsync(`${name}/rows`, mark, { qos: 1 })
      while (!packets.some(({ payload }) => String(payload) === mark)) await new Promise(setImmediate)
      const seen = packets
        .filter(({ payload }) => !String(payload).startsWith('mark-'))
        .map(({ payload, properties }) => ({
          id: properties?.userProperties?.['message-id'],
          record: JSON.parse(String(payload)) as SuiteRecord,
        }))
      if (effect === irreversible) return seen.map(({ record }) => record)
      // As those do who recognize the message-id.
      return [...new Map(seen.map(({ id, record }) => [id, record])).values()]
    },
    async destroy() {
      await proxy.close()
      await reader.endAsync()
    },
  }
}
