import { execFile } from 'node:child_process'
import { rmSync, statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installed } from './files/bare.ts'
import { type Case, cases } from './files/cases.ts'
import type { Reading } from './files/child.ts'
import { writeCsv } from './files/made-files.ts'
import { median, table } from './support/harness.ts'

// Large files through the files source, against a parser alone in the same run, each reading in a process of its own:
// 1 GB of CSV, the same in GB18030, 500 MB of XML, an xlsx of a million rows (3 GB of temporary space); with --small some
// MB of each. `channel` is the source into an intake that counts and keeps nothing. `engine` is a flow over an SQLite
// store, for a smaller file. Other arguments choose cases: `npm run bench -- files xlsx --small`. In each round every file
// is read by the parser and by the channel, one shortly after the other; a ratio is the median of those of the rounds.
const args = process.argv.slice(2)
const isSmall = args.includes('--small')
const chosen = args.filter(arg => !arg.startsWith('--'))
const roundsEach = Number(process.env.ROUNDS ?? 3)
const run = promisify(execFile)
const child = join(import.meta.dirname, 'files/child.ts')
const folder = await mkdtemp(join(tmpdir(), 'isthmus-bench-'))
const say = (line: string) => process.stderr.write(`${line}\n`)

interface Made {
  readonly file: Case
  readonly path: string
  readonly count: number
  readonly bare: Case['bare'][number]
  readonly rounds: { readonly bare: Reading; readonly channel: Reading }[]
}

try {
  const made: Made[] = []
  for (const file of cases.filter(({ name }) => isChosen(name))) made.push(await make(file))
  for (let round = 0; round < roundsEach; round++) for (const each of made) await measure(each, round)
  const parts = [made.map(summary), encodings(made), isChosen('engine') ? [await throughEngine()] : []]
  if (args.includes('--json'))
    console.log(JSON.stringify({ rows: parts[0], encodings: parts[1], engine: parts[2] }))
  else for (const part of parts) if (part.length > 0) console.log(`${table(part)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function isChosen(name: string): boolean {
  return chosen.length === 0 || chosen.some(text => name.toLowerCase().includes(text.toLowerCase()))
}

async function make(file: Case): Promise<Made> {
  const path = join(folder, file.name)
  const count = await file.make(path, isSmall)
  say(`${file.name}: ${count} records`)
  return { file, path, count, bare: await installed(file.bare), rounds: [] }
}

/** Who begins changes from round to round. */
async function measure({ file, path, count, bare, rounds }: Made, round: number): Promise<void> {
  const found: Partial<Record<string, Reading>> = {}
  for (const way of round % 2 === 0 ? [bare, 'channel'] : ['channel', bare])
    found[way] = await reading(file, way, path, count)
  const both = { bare: found[bare] as Reading, channel: found.channel as Reading }
  rounds.push(both)
  const shown = Object.entries(both).map(
    ([way, { seconds, cpu, peak }]) =>
      `${way} ${seconds.toFixed(1)} s (${cpu.toFixed(1)} s cpu, ${peak.toFixed(0)} MB)`,
  )
  say(`round ${round + 1}, ${file.name}: ${shown.join(', ')}; load ${loadavg()[0]?.toFixed(1)}`)
}

function summary({ file, path, count, bare, rounds }: Made) {
  const megabytes = statSync(path).size / 1024 / 1024
  const of = (value: (round: Made['rounds'][number]) => number) => median(rounds.map(value))
  return {
    file: file.name,
    MB: megabytes,
    records: count,
    parser: bare,
    'parser MB/s': of(round => megabytes / round.bare.seconds),
    'channel MB/s': of(round => megabytes / round.channel.seconds),
    'channel x parser': of(round => round.bare.seconds / round.channel.seconds),
    'by cpu': of(round => round.bare.cpu / round.channel.cpu),
    floor: '0.7',
    'peak MB': Math.max(...rounds.map(({ channel }) => channel.peak)),
    'parser peak MB': Math.max(...rounds.map(({ bare: alone }) => alone.peak)),
    'peak at most': '300',
  }
}

/** How many times as long a record takes in GB18030. */
function encodings(made: readonly Made[]) {
  const [utf8, other] = ['CSV', 'CSV in GB18030'].map(name => made.find(({ file }) => file.name === name))
  if (utf8 === undefined || other === undefined) return []
  const ratio = (value: (round: Made['rounds'][number]) => number) =>
    median(
      other.rounds.map((round, at) => {
        const same = utf8.rounds[at] as Made['rounds'][number]
        return value(round) / other.count / (value(same) / utf8.count)
      }),
    )
  return [
    {
      encoding: 'GB18030 x UTF-8, a record',
      parser: ratio(({ bare }) => bare.seconds),
      channel: ratio(({ channel }) => channel.seconds),
      'channel by cpu': ratio(({ channel }) => channel.cpu),
      'at most': '1.3',
    },
  ]
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
