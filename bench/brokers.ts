import { join } from 'node:path'
import { startTestServers } from '../scripts/test-servers.ts'
import type { BrokerComparison } from './brokers/comparison.ts'
import { kafkaComparisons } from './brokers/kafka.ts'
import { mqttComparisons } from './brokers/mqtt.ts'
import { rabbitComparisons } from './brokers/rabbitmq.ts'
import { rounds, table } from './support/harness.ts'

// Each broker, in both directions, against its client alone in the same run: same broker, same batches, same number of
// calls at a time. `channel` is the channel's role called as the engine calls it. `engine` is a flow in a real engine over
// an SQLite store, from the acceptance of a message until its outcome is durable; beside the client alone, which keeps
// nothing, it is compared with a script that keeps its messages too (`kept`).
// Arguments choose brokers and bytes of a message: `npm run bench -- brokers kafka 100 1000`.
const roundsEach = Number(process.env.ROUNDS ?? 3)
const json = process.argv.includes('--json')
const chosen = process.argv.slice(2).filter(arg => !arg.startsWith('--'))
const sizes = chosen.map(Number).filter(Number.isFinite)
const names = chosen.filter(arg => !Number.isFinite(Number(arg)))
const all: readonly BrokerComparison[] = [...kafkaComparisons, ...rabbitComparisons, ...mqttComparisons]

const say = (line: string) => process.stderr.write(`${line}\n`)
const servers = await startTestServers(join(import.meta.dirname, '..'), say)
for (const missing of servers.missing) say(missing)
try {
  const rows = []
  for (const comparison of all) {
    const isNamed = names.length === 0 || names.some(name => comparison.broker.includes(name))
    const isSize = sizes.length === 0 || sizes.includes(comparison.bytes)
    if (isNamed && isSize) rows.push(await measured(comparison))
  }
  console.log(json ? JSON.stringify({ rows }) : table(rows))
} finally {
  await servers.stop()
}

async function measured({ broker, direction, client, bytes, durability, floor, open }: BrokerComparison) {
  const opened = await open(servers.env)
  try {
    const contenders = [opened.library, opened.channel, opened.kept, opened.engine] as const
    const [bare, channel, kept, engine] = await rounds(contenders, roundsEach)
    if (!bare || !channel || !kept || !engine) throw new Error('no rounds')
    const row = {
      ...{ broker, direction, client, bytes },
      'client /s': bare.perSecond,
      'channel /s': channel.perSecond,
      'kept /s': kept.perSecond,
      'engine /s': engine.perSecond,
      'client MB/s': (bare.perSecond * bytes) / 1e6,
      'engine MB/s': (engine.perSecond * bytes) / 1e6,
      'channel x client': channel.perSecond / bare.perSecond,
      'engine x kept': engine.perSecond / kept.perSecond,
      'engine x client': engine.perSecond / bare.perSecond,
      floor,
      'client alone': durability,
      'cpu us': [bare, channel, kept, engine].map(each => Math.round(each.cpuMicroseconds)).join(' '),
    }
    if (!json) say(`${broker}, ${direction}, ${bytes} bytes: ${row['engine x client'].toFixed(2)}`)
    return row
  } finally {
    await opened.close()
  }
}
