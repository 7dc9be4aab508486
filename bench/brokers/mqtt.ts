import { randomBytes } from 'node:crypto'
import { idempotent, type SourceChannel, system } from 'isthmus'
import { mqtt } from 'isthmus/mqtt'
import { connect, connectAsync } from 'mqtt'
import { comparedCalls } from '../connectors/calls.ts'
import { inBatches, type Servers, sideBySide } from '../connectors/comparison.ts'
import { comparedReading } from '../connectors/reading.ts'
import type { BrokerComparison } from './comparison.ts'
import { Event, eventMaker } from './events.ts'

const common = { broker: 'mqtt', client: 'mqtt', bytes: 200 } as const

/** Without a floor: the client alone acknowledges before anything is kept. */
export const mqttComparisons: readonly BrokerComparison[] = [
  {
    ...common,
    direction: 'out',
    durability: 'acknowledged by a broker that does not sync',
    floor: 0,
    open: publish,
  },
  { ...common, direction: 'in', durability: 'acknowledges each, keeps nothing', floor: 0, open: subscribe },
]

function brokerOf(servers: Servers) {
  const url = servers.ISTHMUS_TEST_MQTT ?? ''
  const { host, username, password } = new URL(url)
  const connector = mqtt({ url: `mqtt://${host}`, user: username, password })
  const name = `bench-${randomBytes(4).toString('hex')}`
  return { url, name, target: system('broker', { kind: 'other', allow: ['loopback'], connector }) }
}

/** As many in one call, and as many calls at a time, as the connector. */
async function publish(servers: Servers) {
  const { url, name, target } = brokerOf(servers)
  const client = await connectAsync(url, { protocolVersion: 5 })
  return comparedCalls({
    make: eventMaker(common.bytes),
    target,
    channel: target.publish('events', Event, { topic: name, effect: idempotent }),
    count: 8_000,
    send: events =>
      sideBySide(2, [...inBatches(events, 100)], some =>
        Promise.all(some.map(event => client.publishAsync(name, JSON.stringify(event), { qos: 1 }))),
      ),
    close: () => client.endAsync(),
  })
}

/** Sessions in which everything waits already, one for us and one for the library. */
async function subscribe(servers: Servers) {
  const { url, name, target } = brokerOf(servers)
  const count = 8_000
  const make = eventMaker(common.bytes)
  const writer = await connectAsync(url, { protocolVersion: 5 })
  const session = { protocolVersion: 5, clean: false, properties: { sessionExpiryInterval: 600 } } as const
  const [ours, theirs] = [`${name}-ours`, `${name}-theirs`]
  return comparedReading({
    target,
    channel: target.subscribe('events', Event, {
      topics: [name],
      session: ours,
      lost: 'go on',
      id: ({ no }) => no,
    }) as unknown as SourceChannel<never>,
    count,
    async prepare() {
      for (const clientId of [ours, theirs]) {
        await (await connectAsync(url, { protocolVersion: 5, clean: true, clientId })).endAsync()
        const client = await connectAsync(url, { ...session, clientId })
        await client.subscribeAsync(name, { qos: 1 })
        await client.endAsync()
      }
      for (const some of inBatches(Array.from({ length: count }, make), 100))
        await Promise.all(some.map(event => writer.publishAsync(name, JSON.stringify(event), { qos: 1 })))
    },
    async read(onPage) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const client = connect(url, { ...session, clientId: theirs })
      const page: object[] = []
      let got = 0
      client.on('message', (_topic, payload) => {
        got++
        if (page.push(JSON.parse(String(payload))) < 200 && got < count) return
        onPage(page.splice(0))
        if (got === count) resolve()
      })
      await promise
      await client.endAsync()
    },
    close: () => writer.endAsync(),
  })
}
