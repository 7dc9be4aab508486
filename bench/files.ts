import { execFile } from 'node:child_process'
import { rmSync, statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installed } from './files/bare.ts'
import { type Case, cases } from './files/cases.ts'
import type { Reading } from './files/child.ts'
import { writeCsv } from './files/made-files.ts'
import { median, table } from './support/harness.ts'

// Large files through the files source, against a parser alone in the same run, each reading in a process of its own:
// 1 GB of CSV, the same in GB18030, 500 MB of XML, an xlsx of a million rows; with --small some MB of each. `channel` is
// the source into an intake that counts and keeps nothing. `engine` is a flow over an SQLite store, for a smaller file.
// Other arguments choose cases: `npm run bench -- files xlsx --small`.
const args = process.argv.slice(2)
const isSmall = args.includes('--small')
const chosen = args.filter(arg => !arg.startsWith('--'))
const roundsEach = Number(process.env.ROUNDS ?? 3)
const run = promisify(execFile)
const child = join(import.meta.dirname, 'files/child.ts')
const folder = await mkdtemp(join(tmpdir(), 'isthmus-bench-'))
const say = (line: string) => process.stderr.write(`${line}\n`)

try {
  const rows = []
  for (const each of cases.filter(({ name }) => isChosen(name))) rows.push(await measured(each))
  const engine = isChosen('engine') ? [await throughEngine()] : []
  if (args.includes('--json')) console.log(JSON.stringify({ rows, engine }))
  else for (const part of [rows, engine]) if (part.length > 0) console.log(`${table(part)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function isChosen(name: string): boolean {
  return chosen.length === 0 || chosen.some(text => name.toLowerCase().includes(text.toLowerCase()))
}

async function measured(each: Case) {
  const path = join(folder, 'file')
  const count = await each.make(path, isSmall)
  const bare = await installed(each.bare)
  say(`${each.name}: ${count} records`)
  const found: Record<'bare' | 'channel', Reading[]> = { bare: [], channel: [] }
  for (let round = 0; round < roundsEach; round++) {
    found.bare.push(await reading(each, bare, path, count))
    found.channel.push(await reading(each, 'channel', path, count))
  }
  const megabytes = statSync(path).size / 1024 / 1024
  rmSync(path)
  const [alone, channel] = [found.bare, found.channel].map(list =>
    median(list.map(({ seconds }) => seconds)),
  ) as [number, number]
  const peak = Math.max(...found.channel.map(reading => reading.peak))
  return {
    file: each.name,
    MB: megabytes,
    records: count,
    parser: bare,
    'parser MB/s': megabytes / alone,
    'channel MB/s': megabytes / channel,
    'channel x parser': alone / channel,
    floor: '0.7',
    'us per record': (channel / count) * 1e6,
    'peak MB': peak,
    'parser peak MB': Math.max(...found.bare.map(reading => reading.peak)),
    'peak at most': '300',
  }
}

/** From the begin of the engine, with its store, until the outcome of the last record is durable. */
async function throughEngine() {
  const path = join(folder, 'orders')
  const count = await writeCsv(path, (isSmall ? 2 : 20) * 1024 * 1024)
  const { seconds, peak } = await reading(cases[0] as Case, 'engine', path, count)
  return { file: 'CSV through an engine', records: count, 'records/s': count / seconds, 'peak MB': peak }
}

async function reading(each: Case, way: string, path: string, count: number): Promise<Reading> {
  const { stdout } = await run(process.execPath, [child, each.name, way, path, String(count)])
  return JSON.parse(stdout)
}
