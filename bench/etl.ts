import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Reading } from './etl/child.ts'
import { writeCustomers, writeSales } from './etl/made-csv.ts'
import { median, table } from './support/harness.ts'

// A million rows of eight columns of CSV (`--rows 10000000` for more): parsed, trimmed, dates and decimals read, one row
// kept of each number, joined with 10,000 customers, added up by region and day, and written. By DuckDB alone in one SQL
// script; by a pipeline of SQL models over the same database; by a pipeline whose rows go one by one through typed steps
// with cleaning, over a source that does nothing but cut lines, or over the files connector; by those steps alone, from the bytes of the file to the cells of columns, which nobody writes; and by
// pandas, where python3 has it. Each in a process of its own; `--memory 256MB` is DuckDB's limit. All but the steps alone
// must come to the same sum. Other arguments choose ways: `npm run bench -- etl rows`.
const args = process.argv.slice(2)
const option = (name: string, usual: string) => args[args.indexOf(`--${name}`) + 1 || args.length] ?? usual
const count = Number(option('rows', '1000000'))
const memory = option('memory', '1GB')
const roundsEach = Number(process.env.ROUNDS ?? 3)
const ways = ['duckdb', 'pipeline', 'rows', 'files', 'steps', 'pandas'] as const
const chosen = ways.filter(way => args.includes(way) || !ways.some(each => args.includes(each)))
const run = promisify(execFile)
const folder = await mkdtemp(join(tmpdir(), 'isthmus-etl-'))
const [sales, customers] = [join(folder, 'sales.csv'), join(folder, 'customers.csv')]
const say = (line: string) => process.stderr.write(`${line}\n`)

try {
  await writeSales(sales, count)
  await writeCustomers(customers)
  const readings = new Map<string, Reading[]>()
  for (let round = 0; round < roundsEach; round++)
    for (const way of round % 2 === 0 ? chosen : chosen.toReversed()) {
      const reading = await measure(way)
      if (reading) readings.set(way, [...(readings.get(way) ?? []), reading])
    }
  const whole = [...readings].flatMap(([way, each]) => (way === 'steps' ? [] : each))
  const sums = new Set(whole.map(({ sum }) => sum))
  if (sums.size > 1) throw new Error(`the ways come to different sums: ${[...sums].join(', ')}`)
  const rows = [...readings].map(([way, each]) => summary(way, each, readings.get('duckdb')))
  console.log(args.includes('--json') ? JSON.stringify(rows) : table(rows))
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measure(way: (typeof ways)[number]): Promise<Reading | undefined> {
  try {
    const reading = way === 'pandas' ? await byPandas() : await byChild(way)
    const { seconds, cpu, peak } = reading
    say(
      `${way}: ${seconds.toFixed(2)} s, ${cpu.toFixed(2)} s cpu, ${peak.toFixed(0)} MB; load ${loadavg()[0]?.toFixed(1)}`,
    )
    return reading
  } catch (error) {
    if (way !== 'pandas' || !String(error).includes("No module named 'pandas'")) throw error
    say('pandas: left out, python3 does not have it')
    return undefined
  }
}

async function byChild(way: string): Promise<Reading> {
  const child = join(import.meta.dirname, 'etl/child.ts')
  const { stdout } = await run(process.execPath, [child, way, sales, customers, memory])
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

async function byPandas(): Promise<Reading> {
  const { stdout } = await run('python3', [join(import.meta.dirname, 'etl/with-pandas.py'), sales, customers])
  const [sum = '', ...figures] = stdout.trim().split(' ')
  const [seconds = 0, cpu = 0, peak = 0] = figures.map(Number)
  return { seconds, cpu, peak, sum }
}

function summary(way: string, each: readonly Reading[], base: readonly Reading[] | undefined) {
  const of = (value: (reading: Reading) => number, all = each) => median(all.map(value))
  const against = (value: (reading: Reading) => number) => of(value) / of(value, base ?? each)
  return {
    way,
    rows: count,
    seconds: of(({ seconds }) => seconds),
    'cpu seconds': of(({ cpu }) => cpu),
    'rows/s': count / of(({ seconds }) => seconds),
    'rows/cpu s': count / of(({ cpu }) => cpu),
    'time x DuckDB': against(({ seconds }) => seconds),
    'cpu x DuckDB': against(({ cpu }) => cpu),
    'peak MB': Math.max(...each.map(({ peak }) => peak)),
  }
}
