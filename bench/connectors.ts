import type { Comparison } from './connectors/comparison.ts'
import { httpCalls } from './connectors/http-calls.ts'
import { rounds, table } from './support/harness.ts'

// Each connector, in each direction, against the library that it is built on: same server, same number of calls at a
// time, same batches. `channel` is its role called as the engine calls it; `engine` is a flow in a real engine over an
// SQLite store, from the acceptance of a message until its outcome is durable. Servers are processes of their own.
// Names after the options choose connectors: `npm run bench -- connectors rest soap`.
const roundsEach = Number(process.env.ROUNDS ?? 5)
const json = process.argv.includes('--json')
const chosen = process.argv.slice(2).filter(arg => !arg.startsWith('--'))

const comparisons = httpCalls.filter(({ connector }) => isChosen(connector))
const rows = []
for (const comparison of comparisons) {
  const row = await measured(comparison)
  if (!json) process.stderr.write(`${row.connector} ${row.role}: ${row['engine x']?.toFixed(2)}\n`)
  rows.push(row)
}
console.log(json ? JSON.stringify(rows) : table(rows))

function isChosen(name: string): boolean {
  return chosen.length === 0 || chosen.some(text => name.includes(text))
}

async function measured({ connector, role, library, floor, open }: Comparison) {
  const opened = await open()
  try {
    const [bare, channel, engine] = await rounds([opened.bare, opened.channel, opened.engine], roundsEach)
    if (!bare || !channel || !engine) throw new Error('no rounds')
    return {
      connector,
      role,
      library,
      'library /s': bare.perSecond,
      'channel /s': channel.perSecond,
      'engine /s': engine.perSecond,
      'channel x': channel.perSecond / bare.perSecond,
      'engine x': engine.perSecond / bare.perSecond,
      floor: floor ?? '',
      'cpu us, library': bare.cpuMicroseconds,
      channel: channel.cpuMicroseconds,
      engine: engine.cpuMicroseconds,
    }
  } finally {
    await opened.close()
  }
}
