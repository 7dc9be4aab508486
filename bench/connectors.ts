import { join } from 'node:path'
import { startTestServers } from '../scripts/test-servers.ts'
import type { Comparison, Servers } from './connectors/comparison.ts'
import { directoryComparisons } from './connectors/directory.ts'
import { documentComparisons } from './connectors/documents.ts'
import { httpCalls } from './connectors/http-calls.ts'
import { memory } from './connectors/memory.ts'
import { odataComparisons } from './connectors/odata.ts'
import { sqlCalls } from './connectors/sql-calls.ts'
import { sqlReading } from './connectors/sql-reading.ts'
import { ratio, rounds, table } from './support/harness.ts'

// Each connector, in each direction, against the library that it is built on: same server, same number of calls at a
// time, same batches. Servers are processes of their own. `channel` is the channel's role called as the engine calls it.
// `engine` is a flow in a real engine over an SQLite store, from the acceptance of a message until its outcome is
// durable; beside the library alone, which keeps nothing, it is compared with a script that keeps its messages too.
// Other arguments choose connectors: `npm run bench -- connectors rest soap`.
const roundsEach = Number(process.env.ROUNDS ?? 9)
const json = process.argv.includes('--json')
const chosen = process.argv.slice(2).filter(arg => !arg.startsWith('--'))
const all: readonly Comparison[] = [
  ...httpCalls,
  ...odataComparisons,
  ...sqlCalls,
  ...sqlReading,
  ...documentComparisons,
  ...directoryComparisons,
]

const say = (line: string) => process.stderr.write(`${line}\n`)
const servers = await startTestServers(join(import.meta.dirname, '..'), say)
for (const missing of servers.missing) say(missing)
try {
  const rows = []
  for (const comparison of all.filter(({ connector }) => isChosen(connector)))
    rows.push(await measured(comparison, servers.env))
  const peaks = isChosen('memory') ? await memory(servers.env) : []
  if (json) console.log(JSON.stringify({ rows, memory: peaks }))
  else for (const each of [rows, peaks]) if (each.length > 0) console.log(`${table(each)}\n`)
} finally {
  await servers.stop()
}

function isChosen(name: string): boolean {
  return chosen.length === 0 || chosen.some(text => name.toLowerCase().includes(text))
}

async function measured({ connector, role, library, floor, open }: Comparison, env: Servers) {
  const opened = await open(env)
  try {
    const contenders = [opened.library, opened.channel, opened.kept, opened.engine] as const
    const [bare, channel, kept, engine] = await rounds(contenders, roundsEach)
    if (!bare || !channel || !kept || !engine) throw new Error('no rounds')
    const row = {
      connector,
      role,
      library,
      'library /s': bare.perSecond,
      'channel /s': channel.perSecond,
      'kept /s': kept.perSecond,
      'engine /s': engine.perSecond,
      'channel x library': ratio(channel, bare),
      'engine x kept': ratio(engine, kept),
      'engine x library': ratio(engine, bare),
      floor: floor?.toFixed(1) ?? '',
      'cpu us': [bare, channel, kept, engine]
        .map(({ cpuMicroseconds }) => Math.round(cpuMicroseconds))
        .join(' '),
    }
    if (!json)
      say(`${connector}, ${role}: ${row['channel x library'].toFixed(2)}, ${row['engine x kept'].toFixed(2)}`)
    return row
  } finally {
    await opened.close()
  }
}
