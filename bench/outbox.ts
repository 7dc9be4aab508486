import { join } from 'node:path'
import { startTestServers } from '../scripts/test-servers.ts'
import type { Servers } from './connectors/comparison.ts'
import { type Broker, type OpenBroker, publishInOrder } from './outbox/broker.ts'
import { runOutbox } from './outbox/in-engine.ts'
import { kafkaBroker } from './outbox/kafka.ts'
import { numbered, Order } from './outbox/numbered.ts'
import { rabbitBroker } from './outbox/rabbitmq.ts'
import { median, table } from './support/harness.ts'

// A flow publishes events on a topic, from the first acceptance in an embedded SQLite store until the last outcome is
// durable. *through*: another flow takes what is published to a sink in this process, and its outcomes count, too. *out*:
// nobody takes it. The topic is in the store, or is carried by a broker; there the client alone publishes the same, and
// reads it meanwhile, in turns. Each run has places of its own, in which the order of each key is checked, and that each
// event is there once. Arguments choose: `npm run bench -- outbox store kafka`.
const roundsEach = Number(process.env.ROUNDS ?? 5)
const floor = 5_000
const count = Number(process.env.COUNT ?? 20_000)
const json = process.argv.includes('--json')
const chosen = process.argv.slice(2).filter(arg => !arg.startsWith('--'))
const wants = (name: string) => chosen.length === 0 || chosen.includes(name)

const say = (line: string) => process.stderr.write(`${line}\n`)
const brokers = [kafkaBroker, rabbitBroker].filter(({ name }) => wants(name))
const root = join(import.meta.dirname, '..')
const servers = await startTestServers(
  root,
  say,
  brokers.map(({ server }) => server),
)
try {
  if (servers.missing.length > 0) throw new Error(servers.missing.join('\n'))
  const rows = wants('store') ? [await measuredStore()] : []
  for (const broker of brokers)
    for (const read of [false, true]) rows.push(await measured(broker, read, servers.env))
  console.log(json ? JSON.stringify({ rows }) : table(rows))
} finally {
  await servers.stop()
}

interface Round {
  readonly perSecond: number
  /** Processor time of this process, with all its threads, of a message. */
  readonly cpuMicroseconds: number
}

async function measuredStore() {
  const engine = await roundsOf(most => timed(() => runOutbox(undefined, true), most))
  return rowOf('store', true, engine)
}

/** The engine and the client alone take turns; the row's ratio is the median of those of the rounds. */
async function measured(broker: Broker, read: boolean, env: Servers) {
  const client: Round[] = []
  const engine = await roundsOf(async (most, counts) => {
    const alone = await onPlaces(broker, env, places => timed(async () => clientAlone(places, read), most))
    if (counts) client.push(alone)
    return onPlaces(broker, env, async places => {
      const round = await timed(() => runOutbox(places, read), most)
      if (!read) await checked(places, most + 1)
      return round
    })
  })
  return rowOf(broker.name, read, engine, client)
}

function rowOf(carrier: string, read: boolean, engine: readonly Round[], client: readonly Round[] = []) {
  const rates = engine.map(({ perSecond }) => perSecond)
  const theirs = client.map(({ perSecond }) => perSecond)
  const isCompared = theirs.length > 0
  return {
    carrier,
    way: read ? 'through' : 'out',
    'ordered messages /s': median(rates),
    lowest: Math.min(...rates),
    floor,
    'client /s': isCompared ? median(theirs) : '',
    'engine x client': isCompared ? median(rates.map((rate, n) => rate / (theirs[n] ?? Number.NaN))) : '',
    'cpu us, engine and client': [engine, ...(isCompared ? [client] : [])]
      .map(all => Math.round(median(all.map(each => each.cpuMicroseconds))))
      .join(' '),
  }
}

/** Those that count; before them is a shorter one, so that the code is compiled. */
async function roundsOf(measure: (most: number, counts: boolean) => Promise<Round>): Promise<Round[]> {
  await measure(count / 4, false)
  const all: Round[] = []
  for (let round = 0; round < roundsEach; round++) all.push(await measure(count, true))
  return all
}

interface Publishing {
  run(all: ReturnType<typeof numbered>): Promise<void>
  stop(): Promise<void>
}

/** The first of all does not count: with it everything is connected. */
async function timed(open: () => Promise<Publishing>, most: number): Promise<Round> {
  const opened = await open()
  await opened.run(numbered(0, 1))
  const all = numbered(1, most)
  const cpu = process.cpuUsage()
  const began = performance.now()
  await opened.run(all)
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  await opened.stop()
  return { perSecond: most / seconds, cpuMicroseconds: (user + system) / most }
}

async function onPlaces(broker: Broker, env: Servers, work: (places: OpenBroker) => Promise<Round>) {
  const places = await broker.open(env)
  try {
    return await work(places)
  } finally {
    await places.close()
  }
}

/** Publishes, and reads meanwhile if it is `read`, else at the end, to check what does not count. */
async function clientAlone(places: OpenBroker, read: boolean): Promise<Publishing> {
  const order = new Order()
  let given = 0
  if (read) await places.read(order)
  return {
    async run(all) {
      given += all.length
      await publishInOrder(places, all)
      if (read) await order.has(given)
    },
    stop: async () => (read ? order.mustHave(given) : checked(places, given)),
  }
}

/** What stands in the broker, read by the client alone. */
async function checked(places: OpenBroker, count: number): Promise<void> {
  const order = new Order()
  await places.read(order)
  await order.has(count)
  // What stands there twice would come now.
  await new Promise(resolve => setTimeout(resolve, 200))
  order.mustHave(count)
}
